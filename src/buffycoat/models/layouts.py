"""Names and shapes of a weights file turned into those of a network."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import timm
import torch
from torch import nn
from torchvision.models.vision_transformer import VisionTransformer as TorchvisionVit
from torchvision.models.vision_transformer import interpolate_embeddings

__all__ = ["State", "fit_layout", "likely_models"]

State = dict[str, torch.Tensor]
"""Tensors by name."""

_PREFIXES = re.compile(r"^((_orig_mod|module|model|network|backbone|student|teacher)\.)*")
_DINOV2 = {384: "small", 768: "base", 1024: "large", 1536: "giant"}
_RESNETS = {
    (2, False): "resnet18",
    (6, False): "resnet34",
    (6, True): "resnet50",
    (23, True): "resnet101",
    (36, True): "resnet152",
}


def fit_layout(state: State, backbone: nn.Module) -> tuple[State, State]:
    """The state under the backbone's own names as far as they are known, and all else.

    Args:
        state: As the file has it.
        backbone: Where it shall go.
    """
    own = backbone.state_dict()
    rest: State = {}
    if not own.keys() <= state.keys():
        state, rest = _without_prefix(_unchunked(state), own)
    if not _fits(state, own):
        state = _converted(state, backbone)
    return state, rest


def _fits(state: State, own: State) -> bool:
    return all(name in state and state[name].shape == own[name].shape for name in own)


def _without_prefix(state: State, own: State) -> tuple[State, State]:
    """The entries under the prefix that fits best, without it; the others."""
    groups: dict[str, State] = {}
    for name, tensor in state.items():
        prefix = _PREFIXES.match(name)[0]  # type: ignore[index]
        groups.setdefault(prefix, {})[name.removeprefix(prefix)] = tensor

    def fit(prefix: str) -> tuple[int, int, str]:
        return len(own.keys() & groups[prefix].keys()), len(groups[prefix]), prefix

    best = max(groups, key=fit)
    others = [group for prefix, group in groups.items() if prefix != best]
    return groups[best], {n: v for group in others for n, v in group.items()}


def _unchunked(state: State) -> State:
    """Names without the chunks that DINOv2's training puts around its blocks."""
    chunk = re.compile(r"(^|\.)blocks\.\d+\.(\d+)\.(?=norm|attn|ls\d|mlp)")
    return {chunk.sub(r"\1blocks.\2.", name): tensor for name, tensor in state.items()}


def _converted(state: State, backbone: nn.Module) -> State:
    """The state after its library's own conversion of foreign layouts and embeddings."""
    if isinstance(backbone, TorchvisionVit):
        return dict(_resized(state, backbone))
    module = sys.modules.get(type(backbone).__module__)
    convert = getattr(module, "checkpoint_filter_fn", None)
    if convert is None or not type(backbone).__module__.startswith("timm."):
        return state
    try:
        return dict(convert(dict(state), backbone))
    except Exception:
        return state  # of another network: the check that follows says so with names


def _resized(state: State, backbone: TorchvisionVit) -> State:
    try:
        found: State = interpolate_embeddings(backbone.image_size, backbone.patch_size, dict(state))
    except (KeyError, ValueError):
        return state
    return found


def likely_models(path: Path, state: State) -> list[str]:
    """Names of networks that the file may be for, by its name and by shapes it holds."""
    found = [path.name.split(".")[0]] if timm.is_model(path.name.split(".")[0]) else []
    patches = state.get("patch_embed.proj.weight")
    if patches is not None and patches.ndim == 4:
        size = _DINOV2.get(patches.shape[0])
        if patches.shape[-1] == 14 and size:
            registers = "_reg4" if "register_tokens" in state or "reg_token" in state else ""
            found.append(f"vit_{size}_patch14{registers}_dinov2")
    blocks = {int(m[1]) for n in state if (m := re.match(r"layer3\.(\d+)\.conv1\.weight", n))}
    if blocks:
        resnet = _RESNETS.get((len(blocks), "layer3.0.conv3.weight" in state))
        found += [resnet] if resnet else []
    return list(dict.fromkeys(found))
