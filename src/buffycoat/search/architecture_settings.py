"""What a search of architectures is asked; without torch, so that help is quick."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from buffycoat.errors import SettingError
from buffycoat.images.fit import ImageSettings
from buffycoat.registry import Choice

__all__ = ["ArchitectureSettings"]


@dataclass(frozen=True)
class ArchitectureSettings:
    """Which networks, who chooses among them, and how each is trained."""

    space: Choice = field(default_factory=lambda: Choice("small"))
    """Networks to choose from: published, small, mobile, or FILE.py:NAME for your own."""
    strategy: Choice = field(default_factory=lambda: Choice("evolution"))
    """Who chooses: exhaustive, random_search, evolution, tpe; with shared weights darts, gumbel,
    single_path."""
    budget: str = "30m"
    """Time for the whole search, retraining and page included."""
    objectives: tuple[Choice, ...] = field(default_factory=lambda: (Choice("parameters"),))
    """Costs that stand beside the accuracy: parameters, multiply_adds, latency_ms."""
    images: ImageSettings = field(default_factory=lambda: ImageSettings((64, 64)))
    """What every image passes before a network sees it."""
    trial_epochs: int = 5
    """Epochs of a trial, where a strategy trains each network by itself."""
    epochs: int = 20
    """Epochs at most of the chosen network, retrained from scratch."""
    batch_size: int = 64
    """Images in a batch."""
    learning_rate: float = 2e-3
    """Highest learning rate; its course is one cycle."""
    augmentation: Choice = field(default_factory=lambda: Choice("light"))
    """What training images go through."""
    seeds: int = 3
    """Trainings of the chosen network, and of the one that chance chose."""
    ranked: int = 8
    """Networks drawn by chance that are scored and retrained, to see whether the scores rank them
    rightly; 0 leaves that out. All of a space that has no more than these."""
    seed: int = 0
    """What every draw depends on."""

    def __post_init__(self) -> None:
        for name in ("trial_epochs", "epochs", "batch_size", "seeds"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} is {getattr(self, name)}: it must be at least 1")
        if not 0 < self.learning_rate < math.inf:
            raise SettingError(f"learning_rate is {self.learning_rate}: it must be above 0")
        if self.ranked < 0:
            raise SettingError(f"ranked is {self.ranked}: it cannot be negative")
