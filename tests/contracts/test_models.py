"""What every network keeps to: the registered ones, and some of timm's and torchvision's."""

import copy
import inspect
from functools import cache

import numpy as np
import pytest
import torch

from buffycoat.models.build import build_network
from buffycoat.models.published import models
from buffycoat.models.saving import load_network, save_network
from buffycoat.models.settings import ModelSettings
from buffycoat.registry import Choice

N_CLASSES = 5
TIMM = ["mobilenetv2_050", "resnet10t", "convnext_atto", "vit_tiny_patch16_224", "test_vit3"]
TORCHVISION = ["squeezenet1_1", "mnasnet0_5"]
SIZES = {"pbc_cnn_1": (64, 64), "pbc_cnn_2": (96, 96), "mnasnet0_5": (64, 48)}
NAMES = [*models, *TIMM, *TORCHVISION]


def settings_of(name):
    return ModelSettings(model=Choice(name), weights="none")


def size_of(name):
    return SIZES.get(name, (32, 32))


@cache
def built(name):
    return build_network(settings_of(name), N_CLASSES, image_px=size_of(name), seed=3)


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def network(name):
    """Shared by the tests that leave it as it is."""
    return built(name)


@pytest.fixture
def own(name):
    """For one test to change."""
    return copy.deepcopy(built(name))


@pytest.fixture
def images(name):
    random = np.random.default_rng(5)
    return torch.from_numpy(random.integers(0, 256, (2, 3, *size_of(name)), dtype=np.uint8))


def test_logits_and_features_have_the_shapes_that_the_network_says(network, images):
    with torch.no_grad():
        features = network.features(images)
        assert features.shape == (2, network.n_features)
        assert torch.equal(network.head(features), network(images))
        assert network(images).shape == (2, N_CLASSES)


def test_it_comes_in_evaluation_mode_and_is_deterministic(network, images):
    assert not any(module.training for module in network.modules())
    with torch.no_grad():
        assert torch.equal(network(images), network(images))


def test_a_gradient_reaches_every_parameter(own, images):
    own.train()
    torch.manual_seed(0)
    own(images).square().mean().backward()
    lost = [n for n, p in own.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert not lost


def test_bytes_and_shares_of_one_agree(network, images):
    with torch.no_grad():
        torch.testing.assert_close(network(images), network(images.float() / 255))


def test_bfloat16_stays_near(network, images):
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        rough = network(images).float()
    with torch.no_grad():
        exact = network(images)
    assert (rough - exact).abs().max() < 0.1 * exact.abs().max() + 0.1


def test_channels_last_gives_the_same(own, images):
    with torch.no_grad():
        plain = own(images)
        moved = own.to(memory_format=torch.channels_last)
        found = moved(images.to(memory_format=torch.channels_last))
    torch.testing.assert_close(found, plain, rtol=1e-4, atol=1e-4)


def test_blocks_hold_every_parameter_once_with_the_head_last(network):
    blocks = network.blocks()
    listed = [name for names in blocks.values() for name in names]
    assert sorted(listed) == sorted(name for name, _ in network.named_parameters())
    assert list(blocks)[-1] == "head"
    assert all(blocks.values())
    assert len(blocks) > 2


def test_saving_and_loading_changes_no_bit(network, images, name, tmp_path):
    path = save_network(network, tmp_path / "network.safetensors")
    again = load_network(path, settings_of(name), N_CLASSES, image_px=size_of(name))
    state = again.state_dict()
    assert state.keys() == network.state_dict().keys()
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())
    with torch.no_grad():
        assert torch.equal(network(images), again(images))


def test_a_seed_gives_the_weights_and_leaves_the_global_generator(network, name):
    before = torch.get_rng_state()
    twin = build_network(settings_of(name), N_CLASSES, image_px=size_of(name), seed=3)
    other = build_network(settings_of(name), N_CLASSES, image_px=size_of(name), seed=4)
    assert torch.equal(before, torch.get_rng_state())
    state = network.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in twin.state_dict().items())
    assert any(not torch.equal(value, state[key]) for key, value in other.state_dict().items())


def test_the_head_makes_classes_of_features_wider_than_the_classes(network):
    last = [module for module in network.head.modules() if isinstance(module, torch.nn.Linear)][-1]
    assert last.out_features == N_CLASSES
    assert network.n_features > 2 * N_CLASSES


@pytest.mark.parametrize("name", list(models))
def test_cutting_a_network_into_backbone_and_head_changes_no_answer(network, images, name):
    takes_size = "image_px" in inspect.signature(models.get(name)).parameters
    torch.manual_seed(3)
    sized = {"image_px": size_of(name)} if takes_size else {}
    whole = models.get(name)(n_classes=N_CLASSES, **sized).eval()
    with torch.no_grad():
        assert torch.equal(network(images), whole(network.normalised(images)))


def test_training_mode_comes_and_goes(own):
    assert all(module.training for module in own.train().modules())
    assert not any(module.training for module in own.eval().modules())


def test_its_facts_say_that_it_starts_from_scratch(network):
    assert network.facts["weights"] == "none"
    assert network.facts["licence"]


def test_preprocessing_is_by_the_mean_and_deviation_that_are_saved(network):
    black = torch.zeros(1, 3, 2, 2, dtype=torch.uint8)
    state = network.state_dict()
    mean, std = state["mean"].flatten(), state["std"].flatten()
    torch.testing.assert_close(network.normalised(black)[0, :, 0, 0], -mean / std)
    torch.testing.assert_close(network.normalised(black + 255)[0, :, 1, 1], (1 - mean) / std)


@pytest.mark.parametrize("name", ["mobilenetv2_050", *TORCHVISION])
def test_imagenet_networks_expect_imagenet_colours(network):
    torch.testing.assert_close(network.mean.flatten(), torch.tensor([0.485, 0.456, 0.406]))
    torch.testing.assert_close(network.std.flatten(), torch.tensor([0.229, 0.224, 0.225]))
