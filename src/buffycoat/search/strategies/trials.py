"""Trials one after another: each a network with weights of its own, trained and scored."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence

import torch

from buffycoat.search.space.building import shortened
from buffycoat.search.space.dimension import Architecture
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.budget import Meter, SearchBudget
from buffycoat.search.strategies.drawing import seed_of
from buffycoat.search.strategies.strategy import Scored, SearchTask

__all__ = ["TRIAL_ERRORS", "Propose", "attempt", "failure", "run_trials", "seeded"]

TRIAL_ERRORS = (RuntimeError, MemoryError, FloatingPointError, TimeoutError)
"""What may go wrong in a trial."""

Propose = Callable[[Sequence[Scored]], Architecture | None]
"""From all that was scored so far to what to try next; None when there is nothing left. It depends
on nothing else, so that a search that was killed goes on as it would have. Where several trials run
at once, those that are not over stand among the others with a score of NaN."""


def run_trials(
    space: Space,
    task: SearchTask,
    propose: Propose,
    *,
    seed: int,
    budget: SearchBudget,
    past: Sequence[Scored] = (),
) -> Iterator[Scored]:
    """Train and score what is proposed while the budget lasts.

    Args:
        space: Where the architectures are from.
        task: What trains and scores.
        propose: What to try next.
        seed: What the trainings depend on.
        budget: Trials of the past count, their seconds do not.
        past: What an earlier part of the same search scored.

    Raises:
        RuntimeError: of the network, where none worked so far; later it is a trial's reason.
    """
    done = list(past)
    meter = Meter(budget, len(done))
    meter.slowest = max((one.seconds for one in done), default=0.0)
    while meter.allows():
        architecture = propose(done)
        if architecture is None:
            return
        meter.start()
        try:
            score, reason = attempt(space, task, architecture, seed_of(seed, len(done)))
        except RuntimeError as error:
            # Of one network among others that work; where none did yet, it is all of them.
            if not any(math.isfinite(one.score) for one in done):
                raise
            score, reason = math.nan, f"the network fails: {shortened(error)}"
        done.append(Scored(architecture, score, meter.stop(), "trained", reason))
        yield done[-1]


def attempt(
    space: Space, task: SearchTask, architecture: Architecture, seed: int
) -> tuple[float, str]:
    """The score of one architecture trained from scratch, or NaN and the reason for it."""
    try:
        with seeded(seed):
            score = task.score(space.fixed(architecture), seed)
    except TRIAL_ERRORS as error:
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
