"""`buffycoat bundle-check`: try a bundle as the place that it is sent to would."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from buffycoat.errors import BundleError, SettingError
from buffycoat.pipeline.bundle_rows import BundleRows, answer_bundle_rows
from buffycoat.pipeline.console import say
from buffycoat.pipeline.given import several
from buffycoat.prediction.bundle.checking import Checked, Limits, Outcome, check_bundle
from buffycoat.prediction.bundle.unpacked import read_class_ids, read_facts, unpacked_bundle
from buffycoat.prediction.bundle.writing import GIVEN_PX
from buffycoat.sources.drawn.cells import CELL_TYPES, draw_cell, draw_slide

__all__ = ["bundle_check"]

_MOST_OTHERWISE = 0.01
_N_TRIED, _N_MANY = 64, 10_000
_CONFINED = {
    "cut": "no network (cut off by the kernel)",
    "refused": "no network (Python's calls refused; this kernel does not let us cut it off)",
}


def bundle_check(
    submission: Path,
    /,
    *,
    run: tuple[Path, ...] = (),
    table: Path | None = None,
    seconds: float = Limits.seconds,
    memory_gb: float = Limits.memory_gb,
) -> Checked:
    """Unpack a bundle and try it in a process of its own, on odd inputs and against its runs.

    The process has no network (Linux cuts it off where the kernel allows; elsewhere Python's
    calls are refused), cannot import Buffycoat, and is refused other programs and files outside
    its folder. That finds mistakes; it does not hold back a program that means harm.

    Args:
        submission: A zip with model.py, from `buffycoat bundle` or by hand.
        run: The run or runs that it is of: 99% of its answers to the test rows, at 96 x 96 px,
            must be the run's, or those of the mean of the runs.
        table: A sample table whose test rows are taken; by default the first run's own.
        seconds: The most that loading may take, and each thousand images of one call of predict,
            by this machine's clock. What a competition allows, and how fast it is, only it says.
        memory_gb: The most memory that it may hold, in 10^9 bytes.

    Raises:
        BundleError: when a check fails; all of them are printed before.
        FetchError: when the zip is damaged, or not safe to unpack.
        RunError: when a run is incomplete or altered.
        InputError: when the table has no test row that can be read.
        SettingError: for a table without a run, or a limit that is not above 0.
    """
    runs = several(run)
    _check_flags(runs, table, seconds, memory_gb)
    with unpacked_bundle(Path(submission)) as folder:
        class_ids, facts = read_class_ids(folder), read_facts(folder)
        rows = answer_bundle_rows(runs, table, class_ids=class_ids, facts=facts) if runs else None
        checked = check_bundle(
            folder,
            _tried(rows),
            Limits(seconds, memory_gb),
            rows=rows.pixels if rows else None,
            class_ids=tuple(class_ids.values()),
            n_many=_N_MANY,
        )
    outcomes = [*checked.outcomes, *_agreement(rows, checked, len(runs))]
    _say(outcomes, checked)
    failed = [outcome for outcome in outcomes if outcome.failed]
    if failed:
        said = "; ".join(f"{outcome.name}: {outcome.failed}" for outcome in failed)
        raise BundleError(f"{submission} fails {len(failed)} of {len(outcomes)} checks: {said}")
    say(f"{submission} passes all {len(outcomes)} checks")
    return checked


def _check_flags(
    runs: Sequence[Path], table: Path | None, seconds: float, memory_gb: float
) -> None:
    if table and not runs:
        raise SettingError("--table has the rows that a run answers too: give --run with it")
    if not (seconds > 0 and memory_gb > 0):
        raise SettingError("--seconds and --memory-gb are limits: give more than 0")


def _tried(rows: BundleRows | None) -> np.ndarray:
    """Images to ask about, uint8 (n, 96, 96, 3): of all types, so that answers differ."""
    if rows and len(rows.pixels) >= _N_TRIED:
        return rows.pixels[np.linspace(0, len(rows.pixels) - 1, _N_TRIED).astype(np.int64)]
    rng = np.random.default_rng(0)
    slide = draw_slide(rng)
    types = (CELL_TYPES[i % len(CELL_TYPES)] for i in range(_N_TRIED))
    return np.stack([draw_cell(name, slide, rng, image_px=GIVEN_PX[0]) for name in types])


def _agreement(rows: BundleRows | None, checked: Checked, n_runs: int) -> list[Outcome]:
    """Whether the bundle answers as its run does, or as the mean of its runs."""
    if rows is None or checked.answers is None:
        return []
    n, n_same = len(rows.wanted), int((checked.answers == rows.wanted).sum())
    whose = "the run" if n_runs == 1 else f"the mean of {n_runs} runs"
    right = _right(rows, checked.answers)
    say(f"the answer of {whose} on {n_same:,} of {n:,} test rows at 96 px; {right}")
    name = f"answers as {'the run does' if n_runs == 1 else f'its {n_runs} runs do on average'}"
    if n - n_same <= _MOST_OTHERWISE * n:
        return [Outcome(name)]
    said = f"it answers otherwise than {whose} on {n - n_same:,} of {n:,} test rows"
    advice = "is it of this run" if n_runs == 1 else "is it of these runs"
    again = "with the same class ids? Write it again with `buffycoat bundle`"
    return [Outcome(name, f"{said}: {advice}, {again}")]


def _right(rows: BundleRows, answers: np.ndarray) -> str:
    """How many answers are right, of the rows that no run learned from."""
    n_new = int(rows.is_new.sum())
    if not n_new:
        return "no figure, as the runs learned from all of them"
    n_right = int((answers == rows.labels)[rows.is_new].sum())
    others = f" of the {n_new:,} that no run learned from" if n_new < len(answers) else ""
    return f"right on {n_right:,}{others}"


def _say(outcomes: list[Outcome], checked: Checked) -> None:
    memory = f"; at most {checked.peak_bytes / 1e9:.2f} GB held" if checked.peak_bytes else ""
    say(f"{_CONFINED.get(checked.network, _CONFINED['refused'])}{memory}; seconds of this machine")
    for outcome in outcomes:
        took = f" ({_took(outcome)})" if outcome.seconds is not None else ""
        if outcome.failed:
            say(f"fails   {outcome.name}{took}: {outcome.failed}", "red")
        else:
            say(f"passes  {outcome.name}{took}")


def _took(outcome: Outcome) -> str:
    seconds = outcome.seconds or 0.0
    each = f", {1000 * seconds / outcome.n_images:.1f} ms an image" if outcome.n_images else ""
    return f"{seconds:.2f} s{each}"
