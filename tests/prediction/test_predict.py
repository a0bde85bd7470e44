import numpy as np
import pytest
import torch
from torch import nn

from buffycoat.models.network import Network
from buffycoat.prediction.predict import embed_rows, predict_chunks, predict_rows
from buffycoat.prediction.views import VIEWS


@pytest.fixture
def network():
    torch.manual_seed(0)
    backbone = nn.Sequential(
        nn.Conv2d(3, 4, 5, 2), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.Flatten()
    )
    flat = backbone(torch.zeros(2, 3, 12, 12)).shape[1]
    head = nn.Linear(flat, 3)
    mean, std = (0.5,) * 3, (0.25,) * 3
    return Network(backbone, head, mean=mean, std=std, n_features=flat, n_classes=3, facts={})


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (10, 12, 12, 3), np.uint8)


def by_hand(network, pixels):
    network.eval()
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        return network(images).softmax(1).numpy()


def test_probabilities_are_those_of_the_network_in_evaluation_mode(network, pixels):
    network.train()
    rows = np.array([7, 0, 3])
    p = predict_rows(network, pixels, rows, batch_size=2)
    assert network.training, "the mode that it had was not restored"
    assert p == pytest.approx(by_hand(network, pixels)[rows], abs=1e-6)
    assert p.dtype == np.float32


def test_the_answers_do_not_depend_on_the_batch_size(network, pixels):
    rows = np.arange(10)
    whole = predict_rows(network, pixels, rows)
    assert predict_rows(network, pixels, rows, batch_size=3) == pytest.approx(whole, abs=1e-6)


def test_views_are_averaged(network, pixels):
    p = predict_rows(network, pixels, np.arange(10), views="flips")
    turned = [pixels, pixels[:, :, ::-1], pixels[:, ::-1], pixels[:, ::-1, ::-1]]
    expected = np.mean([by_hand(network, np.ascontiguousarray(t)) for t in turned], axis=0)
    assert p == pytest.approx(expected, abs=1e-6)


def test_turns_answer_an_image_and_its_quarter_turn_alike(network, pixels):
    turned = np.ascontiguousarray(np.rot90(pixels, axes=(1, 2)))
    rows = np.arange(10)
    one = predict_rows(network, pixels, rows, views="turns")
    assert predict_rows(network, turned, rows, views="turns") == pytest.approx(one, abs=1e-6)


@pytest.mark.parametrize("name", VIEWS)
def test_wide_images_keep_their_shape_in_every_view(name):
    wide = torch.rand(2, 3, 6, 9)
    assert all(view(wide).shape == wide.shape for view, _ in VIEWS[name])


def test_weighted_views_are_a_weighted_mean(network, pixels):
    from buffycoat.prediction.views import mean_answer

    images = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    answers = []
    found = mean_answer(lambda seen: answers.append(seen.float()) or answers[-1], images, "scales")
    wanted = answers[0] * 0.5 + answers[1] * 0.25 + answers[2] * 0.25
    assert found.numpy() == pytest.approx(wanted.numpy(), abs=1e-3)
    assert (answers[0] != answers[1]).any()


def test_no_rows_give_empty_answers(network, pixels):
    assert predict_rows(network, pixels, np.array([], int)).shape == (0, 3)
    assert embed_rows(network, pixels, np.array([], int)).shape == (0, network.n_features)


def test_features_lead_to_the_logits(network, pixels):
    features = embed_rows(network, pixels, np.arange(10), batch_size=4)
    with torch.no_grad():
        p = network.head(torch.from_numpy(features)).softmax(1).numpy()
    assert p == pytest.approx(by_hand(network, pixels), abs=1e-6)


def test_progress_is_told(network, pixels):
    told = []
    predict_rows(
        network, pixels, np.arange(10), batch_size=4, on_progress=lambda *n: told.append(n)
    )
    assert told == [(4, 10), (8, 10), (10, 10)]


def test_the_caller_is_not_left_in_inference_mode(network, pixels):
    parts = predict_chunks(network, [pixels, pixels], precision="bf16")
    next(parts)
    assert not torch.is_inference_mode_enabled()
    assert not torch.is_autocast_enabled("cpu")
