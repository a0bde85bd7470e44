"""DINOv2's layout, as DinoBloom's files have it, on a tiny vision transformer."""

import pytest
import timm
import torch
from timm.models.vision_transformer import VisionTransformer
from torchvision.models.vision_transformer import VisionTransformer as TorchvisionVit

from buffycoat.errors import WeightsError
from buffycoat.models.layouts import fit_layout, likely_models
from buffycoat.models.network import Network
from buffycoat.models.weights import load_weights

TINY = {"patch_size": 14, "embed_dim": 32, "depth": 2, "num_heads": 2, "init_values": 1e-5}


def tiny(px, **given):
    torch.manual_seed(px)
    return VisionTransformer(img_size=px, num_classes=0, **TINY, **given).eval()


def as_dinov2(state, *, chunks=False):
    """Timm's names mapped back to what DINOv2's training writes, under the teacher's backbone."""
    named = {"mask_token": torch.zeros(1, 32), **state}
    if chunks:
        named = {n.replace("blocks.", "blocks.0."): v for n, v in named.items()}
    heads = {"dino_head.last_layer.weight": torch.ones(3, 32)}
    return {**{f"backbone.{n}": v for n, v in named.items()}, **heads}


@pytest.mark.parametrize("chunks", [False, True])
def test_dinov2_names_become_timms(chunks):
    first, second = tiny(56), tiny(56)
    second.load_state_dict({n: torch.zeros_like(v) for n, v in second.state_dict().items()})
    state, rest = fit_layout(as_dinov2(first.state_dict(), chunks=chunks), second)
    state.pop("mask_token", None)
    second.load_state_dict(state)
    images = torch.rand(2, 3, 56, 56)
    torch.testing.assert_close(second(images), first(images))
    assert list(rest) == ["dino_head.last_layer.weight"]


def test_position_embeddings_are_resized_to_the_images():
    first, second = tiny(224), tiny(98)
    state, _ = fit_layout(as_dinov2(first.state_dict()), second)
    assert state["pos_embed"].shape == (1, 7 * 7 + 1, 32)
    torch.testing.assert_close(state["pos_embed"][:, :1], first.pos_embed[:, :1])
    assert torch.isfinite(state["pos_embed"]).all()


def test_the_giants_gated_layers_are_renamed():
    first = tiny(56, mlp_layer=timm.layers.SwiGLUPacked, act_layer=torch.nn.SiLU)
    old = {
        n.replace("mlp.fc1", "mlp.w12").replace("mlp.fc2", "mlp.w3"): v
        for n, v in first.state_dict().items()
    }
    assert "blocks.0.mlp.w12.weight" in old
    state, _ = fit_layout(as_dinov2(old), first)
    assert first.state_dict().keys() == state.keys()


def test_a_file_as_dinobloom_has_it_loads_for_smaller_images(tmp_path):
    path, first, second = tmp_path / "DinoBloom-T.pth", tiny(224), tiny(98)
    torch.save({"teacher": as_dinov2(first.state_dict())}, path)
    record = {"mean": (0.5,) * 3, "std": (0.5,) * 3, "n_features": 32, "n_classes": 2}
    network = Network(second, torch.nn.Linear(32, 2), **record).eval()
    facts = load_weights(network, path)
    assert facts["weights_left_out"] == ["dino_head.last_layer.weight"]
    assert torch.equal(second.blocks[1].attn.qkv.weight, first.blocks[1].attn.qkv.weight)
    assert torch.isfinite(network(torch.rand(2, 3, 98, 98))).all()


@pytest.mark.parametrize(
    ("width", "name"),
    [(384, "small"), (768, "base"), (1024, "large"), (1536, "giant")],
)
def test_the_four_dinoblooms_are_known_by_their_widths(tmp_path, width, name):
    state = {"patch_embed.proj.weight": torch.zeros(width, 3, 14, 14)}
    assert likely_models(tmp_path / "DinoBloom.pth", state) == [f"vit_{name}_patch14_dinov2"]
    assert timm.is_model(f"vit_{name}_patch14_dinov2")


def test_a_dinobloom_of_another_size_says_which_it_is(build, tmp_path):
    state = {"patch_embed.proj.weight": torch.zeros(768, 3, 14, 14), "mask_token": torch.zeros(1)}
    torch.save({"teacher": state}, tmp_path / "b.pth")
    with pytest.raises(WeightsError, match="looks like vit_base_patch14_dinov2"):
        build("vit_small_patch14_dinov2", weights=tmp_path / "b.pth", px=28)


def test_torchvisions_position_embeddings_are_resized_too(tmp_path):
    given = {"patch_size": 32, "num_layers": 2, "num_heads": 2, "hidden_dim": 32, "mlp_dim": 64}
    first, second = (TorchvisionVit(image_size=px, **given).eval() for px in (64, 96))
    first.heads, second.heads = torch.nn.Identity(), torch.nn.Identity()
    torch.save(first.state_dict(), tmp_path / "v.pth")
    record = {"mean": (0.5,) * 3, "std": (0.5,) * 3, "n_features": 32, "n_classes": 2}
    load_weights(Network(second, torch.nn.Linear(32, 2), **record), tmp_path / "v.pth")
    assert second.encoder.pos_embedding.shape == (1, 10, 32)
    torch.testing.assert_close(second.class_token, first.class_token)
    corners = second.encoder.pos_embedding[0, [0, 1, 3, 7, 9]]
    torch.testing.assert_close(corners, first.encoder.pos_embedding[0])
