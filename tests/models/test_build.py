import socket
import time

import pytest
import torch

from buffycoat.errors import SettingError, UnknownNameError, WeightsError
from buffycoat.models import hub
from buffycoat.models.backbones import count_features
from buffycoat.models.build import build_network, model_names
from buffycoat.models.pretrained import torchvision_backbone
from buffycoat.models.settings import ModelSettings
from buffycoat.registry import Choice


def test_names_hold_ours_timm_and_torchvision():
    names = model_names()
    assert len(names) == len(set(names))
    assert {"small_cnn", "mobilenetv2_100", "alexnet", "torchvision:resnet18"} <= set(names)
    assert model_names("pbc_*") == ["pbc_cnn_1", "pbc_cnn_2"]
    with pytest.raises(UnknownNameError, match="mobilenetv2_100"):
        model_names("mobilnetv2_100")


def test_a_seed_repeats_the_weights_and_leaves_the_global_generator_alone(build):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, second, other = build(seed=1), build(seed=1), build(seed=2)
    assert torch.equal(torch.get_rng_state(), before)
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name])
    assert not torch.equal(first.head.weight, other.head.weight)


def test_it_comes_in_evaluation_mode(build):
    assert not any(module.training for module in build().modules())


@pytest.mark.parametrize("name", ["mobilenet", "torchvision:resnet", "hf-hub:a/b", "../x"])
def test_an_unknown_network_is_an_error(build, name):
    with pytest.raises(UnknownNameError, match="there is no model named"):
        build(name)


@pytest.mark.parametrize("name", ["small_cnn", "mobilenetv2_100", "alexnet"])
def test_an_argument_that_it_does_not_take_is_an_error(build, name):
    with pytest.raises(SettingError, match="depth_of_field"):
        build(name, depth_of_field=3)


def test_impossible_values_are_errors(build):
    with pytest.raises(SettingError, match="must be batch or group"):
        build(norm="layer")
    with pytest.raises(SettingError, match="multiple of 8"):
        build(width=10)
    with pytest.raises(SettingError, match="at least one class"):
        build(n_classes=0)
    with pytest.raises(SettingError, match="weights is empty"):
        build(weights="")


def test_images_too_small_for_it_are_an_error(build):
    with pytest.raises(SettingError, match="32 x 32 px"):
        build("pbc_cnn_2", px=32)
    with pytest.raises(
        SettingError, match=r"cannot take images of 16 x 16 px.*made for 224 x 224 px"
    ):
        build("alexnet", px=16)


def test_patches_name_the_nearest_size(build):
    with pytest.raises(SettingError, match="nearest image_px is 98 98"):
        build("vit_small_patch14_dinov2", px=96)


@pytest.mark.parametrize(
    ("name", "px", "near"),
    [
        ("torchvision:vit_b_16", 100, "96 96"),
        ("torchvision:vit_b_16", 5, "16 16"),
        ("torchvision:vit_h_14", 96, "98 98"),
        ("torchvision:maxvit_t", 96, "224 224"),
    ],
)
def test_torchvisions_transformers_name_the_nearest_size(build, name, px, near):
    with pytest.raises(SettingError, match=f"{px} x {px} is no multiple; the nearest.*{near}"):
        build(name, px=px)


def test_a_network_of_one_size_is_made_for_ours():
    settings = ModelSettings(Choice("vit_tiny_patch16_224"), "none")
    network = build_network(settings, 3, image_px=(48, 64))
    assert network.backbone.pos_embed.shape[1] == 3 * 4 + 1
    assert network(torch.rand(1, 3, 48, 64)).shape == (1, 3)


def test_auto_without_a_hub_is_from_scratch_and_says_why(build):
    facts = build("mobilenetv2_100", weights="auto").facts
    assert facts["weights"] == "none"
    assert "HF_HUB_OFFLINE" in facts["weights_note"]
    assert facts["hub_licence"] == "apache-2.0"
    assert facts["licence"] == "none needed"


@pytest.mark.parametrize(
    ("name", "weights"),
    [("mobilenetv2_100", "hub"), ("mobilenetv2_100.ra_in1k", "auto"), ("alexnet", "hub")],
)
def test_weights_that_were_asked_for_are_not_done_without(build, name, weights):
    with pytest.raises(WeightsError, match="HF_HUB_OFFLINE"):
        build(name, weights=weights, px=64)


def test_our_own_have_no_hub(build):
    assert build("small_cnn", weights="auto").facts["weights"] == "none"
    with pytest.raises(WeightsError, match="no weights for this network"):
        build("small_cnn", weights="hub")


def test_the_hubs_file_is_loaded_with_its_licence(build, tmp_path, monkeypatch):
    original = build("resnet18", seed=3)
    path = tmp_path / "pytorch_model.bin"
    state = {**original.backbone.state_dict(), "fc.weight": torch.rand(1000, 512)}
    torch.save(state, path)
    monkeypatch.setattr("buffycoat.models.pretrained.hub_file", lambda *_: path)
    found = build("resnet18", weights="auto", seed=4)
    assert found.facts["weights"].startswith("hub: timm/resnet18")
    assert found.facts["licence"] == found.facts["hub_licence"] != "unknown"
    assert torch.equal(found.backbone.conv1.weight, original.backbone.conv1.weight)


def test_the_published_vgg_flattens_its_maps(build):
    with torch.device("meta"):
        found = torchvision_backbone(Choice("vgg11", {"flatten": True}), 8, (32, 32))
        assert count_features(found, (32, 32), "vgg11") == 512 * 7 * 7
    assert found.head is None
    assert found.head_names == ("classifier",)
    with pytest.raises(SettingError, match="no classifier"):
        build("torchvision:resnet18", flatten=True)


def test_a_network_that_ends_in_a_convolution_is_pooled(build):
    network = build("squeezenet1_1")
    assert network.n_features == 512
    assert list(network.blocks())[-1] == "head"


def test_a_named_head_replaces_the_last_layer(build):
    own = build("pbc_cnn_1", 8, px=64)
    other = build("pbc_cnn_1", 8, px=64, head='{name = "dense", widths = [16]}')
    assert type(own.head).__name__ == "Linear"
    assert own.n_features == other.n_features == 80
    assert [p.shape[0] for p in other.head.parameters()] == [16, 16, 8, 8]


def test_the_hub_is_asked_once_and_not_for_long(monkeypatch):
    asked = []
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.05)
    monkeypatch.setattr(hub, "_knock", lambda address, answered: asked.append(address))
    hub._answers.cache_clear()
    for _ in range(2):
        with pytest.raises(WeightsError, match="did not answer"):
            hub.url_file("https://weights.invalid/some-abcdef01.pth")
    assert asked == ["https://weights.invalid"]
    hub._answers.cache_clear()


def test_a_hub_that_fails_at_once_is_not_waited_for():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    start = time.perf_counter()
    assert not hub._answers(address)
    assert time.perf_counter() - start < hub.TIMEOUT_S / 2


def test_a_file_in_the_cache_needs_no_hub(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "a.pth").write_bytes(b"x")
    assert hub.url_file("https://weights.invalid/a.pth").read_bytes() == b"x"
