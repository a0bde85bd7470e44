"""One network trained from scratch and scored, or the reason why it could not be."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator

import torch

from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.strategy import SearchTask

__all__ = ["attempt", "failure", "seeded"]


def attempt(
    space: Space, task: SearchTask, architecture: Architecture, seed: int
) -> tuple[float, str]:
    """The score of one architecture trained from scratch, or NaN and the reason for it.

    Raises:
        Exception: where the fault is the network's own.
    """
    try:
        with seeded(seed):
            score = task.score(space.fixed(architecture), seed)
    except Exception as error:
        return math.nan, failure(error)
    return (score, "") if math.isfinite(score) else (math.nan, "the training gave no finite score")


def failure(error: Exception) -> str:
    """What went wrong in a trial, in a sentence; memory of the device is freed.

    Raises:
        Exception: the error itself, where it is not one that a single network can have.
    """
    said = str(error).partition("\n")[0]
    is_memory = isinstance(error, MemoryError | torch.OutOfMemoryError)
    if is_memory or "not enough memory" in said or "out of memory" in said:
        error.__traceback__ = None  # its frames hold the tensors
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return f"out of memory: {said}" if said else "out of memory"
    if isinstance(error, FloatingPointError | TimeoutError):
        return said or type(error).__name__
    raise error


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Torch draws from this seed inside the block; its own generators are left as they were."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
