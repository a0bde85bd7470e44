"""What a user may choose of an adaptation."""

from __future__ import annotations

from dataclasses import dataclass

from buffycoat.errors import SettingError
from buffycoat.pipeline.adaptation.names import StepName

__all__ = ["AdaptSettings"]


@dataclass(frozen=True)
class AdaptSettings:
    """Which steps to make, and with what."""

    classes: tuple[str, ...] = ()
    """The types that occur in the images; the step classes answers no other."""
    steps: tuple[StepName, ...] = ()
    """Which to make, whatever their order here: scale, white and stain bring images to those that
    the run was trained on; batch-norm, classes, frequencies, self-training; with labels neighbours
    or head, fine-tuning. By default the first four, classes where they are known, and head where
    there are labels."""
    labelled: int = 0
    """Labelled images of each class to learn from, drawn by seed; 0 uses no label."""
    share: float | None = None
    """Weight of these images in the statistics of batch norms: 0 to 1; .8 by default."""
    stain_strength: float | None = None
    """Share of the way from their stain to the run's: 0 to 1; by default the one that the run was
    trained with, .5 unless another was chosen there."""
    rounds: int | None = None
    """Times that self-training sees its confident images; 5 by default."""
    seed: int = 0
    """Of every draw."""

    def __post_init__(self) -> None:
        for name in ("share", "stain_strength"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise SettingError(f"{name} is {value}: it is from 0 to 1")
        if self.labelled < 0 or (self.rounds is not None and self.rounds < 1) or self.seed < 0:
            raise SettingError("labelled and seed are 0 or more, rounds 1 or more")
