"""A backbone with what is known of it, and how a whole network is cut into backbone and head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from buffycoat.errors import SettingError

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
    """The last layer that it came with."""
    head_names: tuple[str, ...] = ()
    """Where that layer was; a weights file has its classifier under these names."""


def cut_head(model: nn.Module, n_outputs: int) -> tuple[nn.Module | None, str]:
    """The last layer of a network that came whole, and its name; an identity takes its place.

    It is the last module that has parameters, if that is a linear layer or a 1 x 1 convolution
    with the network's number of outputs. A convolution is not kept as the head, since pooling
    follows it: None is returned, and the features are what is pooled. Where the network ends in
    another way its outputs are its features.
    """
    learning = [(n, m) for n, m in model.named_modules() if any(True for _ in m.parameters(False))]
    name, last = learning[-1] if learning else ("", model)
    is_linear = isinstance(last, nn.Linear) and last.out_features == n_outputs
    is_pointwise = isinstance(last, nn.Conv2d) and last.out_channels == n_outputs
    if not name or not (is_linear or (is_pointwise and last.kernel_size == (1, 1))):
        return None, ""
    place, _, child = name.rpartition(".")
    setattr(model.get_submodule(place), child, nn.Identity())
    return (last if is_linear else None), name


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
        said = (str(error).splitlines() or [type(error).__name__])[0]
        size = f"{image_px[0]} x {image_px[1]} px"
        made = backbone.record.image_px
        hint = f"; it was made for {made[0]} x {made[1]} px" if made else ""
        raise SettingError(f"model {name} cannot take images of {size}: {said}{hint}") from error
    if not isinstance(found, torch.Tensor) or found.ndim != 2:
        shape = tuple(found.shape) if isinstance(found, torch.Tensor) else type(found).__name__
        raise SettingError(f"model {name} gives features {shape}; they must be (N, D)")
    return int(found.shape[1])
