"""What adaptation does to a network, against what it should be by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from buffycoat.errors import SettingError
from buffycoat.models.build import build_network
from buffycoat.models.network import Network
from buffycoat.models.settings import ModelSettings
from buffycoat.prediction.adaptation.classes import (
    estimate_frequencies,
    expect_frequencies,
    keep_classes,
)
from buffycoat.prediction.adaptation.few_labels import fit_head, look_up_neighbours
from buffycoat.prediction.adaptation.norms import mix_statistics
from buffycoat.prediction.adaptation.tuning import confident_rows, self_train, tune
from buffycoat.prediction.predict import embed_rows, predict_rows
from buffycoat.registry import Choice


class Pooled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.norm(images).mean((2, 3))


def network(n_classes: int = 3) -> Network:
    torch.manual_seed(0)
    how = {"mean": (0.0,) * 3, "std": (1.0,) * 3, "n_features": 3, "n_classes": n_classes}
    return Network(Pooled(), nn.Linear(3, n_classes), **how).eval()


def images(n: int = 64, seed: int = 0, level: int = 100) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(level - 20, level + 20, (n, 8, 8, 3), np.uint8)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_statistics_are_those_of_the_mixed_population(share):
    net, pixels = network(), images()
    assert mix_statistics(net, pixels, share) == 1
    seen = (pixels / 255.0).reshape(-1, 3)
    mean, var = seen.mean(0), seen.var(0, ddof=1)
    norm = net.backbone.norm
    np.testing.assert_allclose(norm.running_mean, share * mean, atol=1e-5)
    mixed = (1 - share) + share * var + share * (1 - share) * mean**2
    np.testing.assert_allclose(norm.running_var, mixed, atol=1e-4)
    assert norm.momentum == 0.1
    assert not norm.training


def test_few_images_and_no_norms_change_nothing():
    net = network()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    assert mix_statistics(net, images(15), 0.5) == 0
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_kept_classes_answer_as_before_among_themselves():
    net, pixels = network(4), images()
    before = predict_rows(net, pixels, np.arange(64))[:, [3, 1]]
    keep_classes(net, [3, 1])
    after = predict_rows(net, pixels, np.arange(64))
    np.testing.assert_allclose(after, before / before.sum(1, keepdims=True), atol=1e-6)


def test_a_head_that_is_not_linear_is_refused():
    net = network()
    net.head = nn.Identity()
    with pytest.raises(SettingError, match="not linear"):
        keep_classes(net, [0])


def test_a_last_layer_without_a_bias_gets_none():
    net = network()
    net.head = nn.Linear(3, 3, bias=False)
    few = np.arange(3)
    with pytest.raises(SettingError, match="last layer has no bias"):
        expect_frequencies(net, np.full(3, 1 / 3), np.ones(3))
    with pytest.raises(SettingError, match="last layer has no bias"):
        fit_head(net, embed_rows(net, images(), few), few)


def test_frequencies_are_found_and_expected():
    rng = np.random.default_rng(0)
    truth = np.array([0.7, 0.2, 0.1])
    labels = rng.choice(3, 20_000, p=truth)
    seen = rng.normal(labels * 1.5, 1.0)
    p = np.exp(-0.5 * (seen[:, None] - 1.5 * np.arange(3)) ** 2)  # learned with equal classes
    p /= p.sum(1, keepdims=True)
    learned = np.array([10.0, 10.0, 10.0])
    found = estimate_frequencies(p, learned)
    np.testing.assert_allclose(found, truth, atol=0.02)
    net, pixels = network(), images()
    before = predict_rows(net, pixels, np.arange(64))
    expect_frequencies(net, found, learned)
    wanted = before * found
    after = predict_rows(net, pixels, np.arange(64))
    np.testing.assert_allclose(after, wanted / wanted.sum(1, keepdims=True), atol=1e-5)


def two_kinds(n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Images of two kinds that differ in red and green."""
    pixels, labels = images(n), np.arange(n) % 2
    pixels[labels == 1, :, :, 0] += 60
    pixels[labels == 0, :, :, 1] += 60
    return pixels, labels


@pytest.mark.parametrize("way", ["head", "neighbours"])
def test_a_few_labels_tell_two_kinds_apart(way):
    net, (pixels, labels) = network(2), two_kinds()
    net.head.weight.data *= -1 if predict_rows(net, pixels, np.arange(40)).argmax(1)[0] == 0 else 1
    few = np.arange(8)
    features = embed_rows(net, pixels, few)
    {"head": fit_head, "neighbours": look_up_neighbours}[way](net, features, labels[few])
    rest = np.arange(8, 40)
    assert (predict_rows(net, pixels, rest).argmax(1) == labels[rest]).mean() >= 0.95


def test_tuning_makes_the_labels_likelier():
    net, (pixels, labels) = network(2), two_kinds()
    rows = np.arange(40)
    before = predict_rows(net, pixels, rows)[rows, labels]
    tune(net, pixels, labels, rounds=100, seed=1)
    after = predict_rows(net, pixels, rows)[rows, labels]
    assert np.log(after).mean() > np.log(before).mean()


def test_without_evidence_the_new_head_is_the_softened_old_one():
    net = network(2)
    before = net.head.weight.detach().clone()
    features = np.repeat(np.ones((1, 3), np.float32), 2, axis=0)
    fit_head(net, features, np.array([0, 1]))
    np.testing.assert_allclose(net.head.weight.detach(), 0.3 * before, atol=0.2)


def test_the_surer_half_of_each_class_is_confident():
    p = np.array([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7], [0.45, 0.55]])
    assert confident_rows(p).tolist() == [0, 2, 3, 4]
    assert confident_rows(np.array([[1.0, 0.0, 0.0]])).tolist() == [0]


def test_self_training_repeats_and_keeps_statistics():
    pixels, _ = two_kinds()
    states = []
    for _ in range(2):
        net = network(2)
        self_train(net, pixels, rounds=2, seed=3)
        states.append(net.state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert torch.equal(states[0]["backbone.norm.running_mean"], torch.zeros(3))
    assert not torch.equal(states[0]["head.weight"], network(2).state_dict()["head.weight"])


def test_neighbours_are_built_again_by_their_settings():
    head = Choice("neighbours", {"n_cells": 5})
    settings = ModelSettings(model=Choice("small_cnn"), weights="none", head=head)
    net = build_network(settings, 3, image_px=(32, 32))
    pixels = np.zeros((2, 32, 32, 3), np.uint8)
    assert predict_rows(net, pixels, np.arange(2)).shape == (2, 3)


def test_a_head_of_several_layers_keeps_all_but_the_last():
    net, (pixels, labels) = network(2), two_kinds()
    torch.manual_seed(1)
    net.head = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
    first = net.head[0].weight.detach().clone()
    few, rest = np.arange(8), np.arange(8, 40)
    fit_head(net, embed_rows(net, pixels, few), labels[few])
    assert torch.equal(net.head[0].weight, first)
    assert (predict_rows(net, pixels, rest).argmax(1) == labels[rest]).mean() >= 0.95
    net.head = nn.Sequential(nn.Linear(3, 2), nn.Identity())
    with pytest.raises(SettingError, match="no chain of layers"):
        fit_head(net, embed_rows(net, pixels, few), labels[few])
