"""A backbone with what is known of it, and how a whole network is cut into backbone and head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from buffycoat.errors import SettingError, first_line

__all__ = ["Backbone", "Record", "count_features", "cut_head"]


@dataclass(frozen=True)
class Record:
    """What a network's source says of its weights and their input."""

    source: str
    """Library and version, or the file."""
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    """Mean of each channel of the images that the weights expect, in [0, 1]."""
    std: tuple[float, ...] = (0.5, 0.5, 0.5)
    """Standard deviation of each channel."""
    image_px: tuple[int, int] | None = None
    """Height and width that the hub's weights were trained at."""
    hub_weights: str = ""
    """Name of the weights that the hub has; empty where it has none."""
    hub_licence: str = "unknown"
    """Their licence."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else is known."""


@dataclass(frozen=True)
class Backbone:
    """Images (N, 3, H, W) to features (N, D), the last layer it came with, and its record."""

    module: nn.Module
    """Without its last layer."""
    record: Record
    """Of its weights."""
    head: nn.Module | None = None
    """The last layer that it came with; an identity where the network stays whole."""
    head_names: tuple[str, ...] = ()
    """Where that layer was; a weights file has its classifier under these names."""


def cut_head(
    model: nn.Module, n_outputs: int, image_px: tuple[int, int]
) -> tuple[nn.Module | None, str]:
    """The last layer of a network that came whole, and its name; an identity takes its place.

    The network runs once, and only a linear layer that itself gives the network's output is cut.
    Where something follows it, such as a softmax, nothing is cut: an identity is the head. A
    network without the right number of outputs gives features, and None is returned.
    """
    model.eval()
    last, output = _last_layer(model, torch.zeros(1, 3, *image_px))
    if not isinstance(output, torch.Tensor) or output.shape != (1, n_outputs):
        return None, ""
    places = [n for n, m in model.named_modules(remove_duplicate=False) if m is last]
    if last is None or len(places) != 1 or not places[0]:
        return nn.Identity(), ""
    parent, _, child = places[0].rpartition(".")
    setattr(model.get_submodule(parent), child, nn.Identity())
    return last, places[0]


def _last_layer(model: nn.Module, images: torch.Tensor) -> tuple[nn.Linear | None, Any]:
    """The linear layer whose output the network gives, where there is one, and the output."""
    calls: list[tuple[nn.Module, Any, int]] = []

    def note(module: nn.Module, _: Any, found: Any) -> None:
        # The version tells whether the output is changed in place afterwards.
        calls.append((module, found, getattr(found, "_version", 0)))

    layers = [m for m in model.modules() if not any(True for _ in m.children())]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    try:
        with torch.no_grad():
            output = model(images)
    except Exception:
        return None, None  # count_features says why
    finally:
        for hook in hooks:
            hook.remove()
    last, found, version = calls[-1] if calls else (None, None, 0)
    is_output = found is output and version == getattr(output, "_version", 0)
    is_called_once = sum(module is last for module, *_ in calls) == 1
    is_last = is_output and is_called_once and isinstance(last, nn.Linear)
    return (last if is_last else None), output  # type: ignore[return-value]


def count_features(backbone: Backbone, image_px: tuple[int, int], name: str) -> int:
    """The number of features D that it gives for images of that size.

    Raises:
        SettingError: when it cannot take that size, or does not give (N, D).
    """
    backbone.module.eval()
    try:
        with torch.no_grad():
            found = backbone.module(torch.zeros(1, 3, *image_px))
    except Exception as error:
        said = first_line(error)
        size = f"{image_px[0]} x {image_px[1]} px"
        made = backbone.record.image_px
        hint = f"; it was made for {made[0]} x {made[1]} px" if made else ""
        raise SettingError(f"model {name} cannot take images of {size}: {said}{hint}") from error
    if not isinstance(found, torch.Tensor) or found.ndim != 2:
        shape = tuple(found.shape) if isinstance(found, torch.Tensor) else type(found).__name__
        raise SettingError(f"model {name} gives features {shape}; they must be (N, D)")
    return int(found.shape[1])
