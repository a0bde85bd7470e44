"""The settings of a network and of what does not learn; without torch, so that help is quick."""

from __future__ import annotations

from dataclasses import dataclass, field

from buffycoat.errors import SettingError
from buffycoat.registry import Choice

__all__ = ["FreezingSettings", "ModelSettings"]


@dataclass(frozen=True)
class ModelSettings:
    """Which network, which weights, which head."""

    model: Choice = field(default_factory=lambda: Choice("mobilenetv2_100"))
    """Network: a name that `buffycoat models` lists, or FILE.py:NAME for your own."""
    weights: str = "auto"
    """Weights: auto (the hub's where they can be had, else none), hub (or an error), none, or a
    file (safetensors, or a torch file without code)."""
    head: Choice = field(default_factory=lambda: Choice("linear"))
    """Head on the features: linear, or dense with its widths. A network that brings its own last
    layer keeps it unless another head is named."""

    def __post_init__(self) -> None:
        if not self.weights:
            raise SettingError("weights is empty: write auto, hub, none, or a file")


@dataclass(frozen=True)
class FreezingSettings:
    """What does not learn."""

    freeze_blocks: tuple[str, ...] = ()
    """Blocks by name, as `buffycoat models NAME --layers` lists them; all is the backbone."""
    freeze_first: int = 0
    """The first so many layers, as `buffycoat models NAME --layers` numbers them."""
    freeze_types: tuple[str, ...] = ()
    """Layers by type, such as BatchNorm2d."""
    freeze_batch_norm: bool = False
    """Batch norms of the backbone: their parameters, and their statistics too."""

    def __post_init__(self) -> None:
        if self.freeze_first < 0:
            raise SettingError(f"freeze_first is {self.freeze_first}: it cannot be negative")
