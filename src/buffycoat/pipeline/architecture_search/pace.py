"""How long an epoch of a network takes, by the trials that were made, and how many fit."""

from __future__ import annotations

import math
from statistics import fmean

from buffycoat.pipeline.architecture_search.record import BY_CHANCE, RANKED, SEARCH, Record
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.strategies.strategy import key_of

__all__ = ["epoch_seconds", "epochs_within", "shorter_trials"]


def epoch_seconds(
    record: Record, trial_epochs: float, architecture: Architecture | None = None
) -> float | None:
    """Seconds of one epoch, the mean over its trials, validation included.

    Args:
        record: What was scored.
        trial_epochs: Of a whole trial.
        architecture: Of which; of one that was not trained by itself, and by default, the mean
            over all that were.

    Returns:
        None where no network was trained by itself.
    """
    scored = [one for stage in (SEARCH, BY_CHANCE, RANKED) for one in record.of(stage)]
    trained = [one for one in scored if one.how == "trained" and math.isfinite(one.score)]
    own = [one for one in trained if architecture and _is(one.architecture, architecture)]
    took = [one.seconds for one in own or trained]
    return fmean(took) / trial_epochs if took else None


def epochs_within(seconds: float, epoch_s: float, most: int) -> int:
    """How many epochs fit, one at least and `most` at most."""
    return max(1, min(most, int(seconds / epoch_s)))


def shorter_trials(trial_epochs: float) -> str:
    """The flags by which a trial takes less time; one epoch is the least of it."""
    smaller = "smaller --image-px"
    return f"fewer --trial-epochs, {smaller}" if trial_epochs > 1 else smaller


def _is(one: Architecture, other: Architecture) -> bool:
    return key_of(one) == key_of(other)
