"""What a run cost, from what its folder says; nothing is measured again or guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from buffycoat.evaluation.comparison import Costs
from buffycoat.runs import Run, open_run

__all__ = ["mean_costs", "run_costs", "seconds_spent"]


def run_costs(run: Run) -> Costs:
    """Times, parameters, multiply-adds and size of a run, or of the runs of its folds.

    Raises:
        RunError: when the run of a fold is incomplete or altered.
    """
    inner = [open_run(folder) for folder in _folds(run)] or [run]
    network, first = inner[0].facts.get("network", {}), inner[0]
    histories = [h for h in map(_history, inner) if h is not None]
    epochs = pl.concat(histories, how="diagonal_relaxed") if histories else pl.DataFrame()
    weights = first.part("network.safetensors")
    times = [r.facts["elapsed_s"] for r in inner if "elapsed_s" in r.facts]
    return Costs(
        epoch_s=_mean(epochs["elapsed_s"]) if "elapsed_s" in epochs.columns else None,
        n_epochs=len(epochs) / len(inner) if len(histories) == len(inner) else None,
        training_s=float(sum(times)) if len(times) == len(inner) else None,
        n_parameters=network.get("n_parameters"),
        multiply_adds=network.get("multiply_adds"),
        size_mb=weights.stat().st_size / 1e6 if weights.is_file() else None,
        device=_device(first.facts),
    )


def seconds_spent(folder: Path) -> float:
    """Seconds that a training took so far, or those of all folds: its whole epochs, until it ends.

    Raises:
        RunError: when a run in it is damaged.
    """
    if inner := sorted(folder.glob("fold-*")):
        return sum(map(seconds_spent, inner))
    if not (folder / "run.json").is_file():
        return 0.0
    run = open_run(folder, finished=False)
    if "elapsed_s" in run.facts:
        return float(run.facts["elapsed_s"])
    try:
        history = _history(run)
    except pl.exceptions.NoDataError:
        return 0.0
    return 0.0 if history is None else float(history["elapsed_s"].sum())


def mean_costs(costs: Sequence[Costs]) -> Costs:
    """The mean of several replicates; None where one of them does not know it."""
    devices = {c.device for c in costs if c.device}
    parameters, adds = _mean(c.n_parameters for c in costs), _mean(c.multiply_adds for c in costs)
    return Costs(
        epoch_s=_mean(c.epoch_s for c in costs),
        n_epochs=_mean(c.n_epochs for c in costs),
        training_s=_mean(c.training_s for c in costs),
        n_parameters=None if parameters is None else round(parameters),
        multiply_adds=None if adds is None else round(adds),
        size_mb=_mean(c.size_mb for c in costs),
        device="; ".join(sorted(devices)) or None,
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = list(values)
    present = [float(value) for value in known if value is not None]
    return sum(present) / len(present) if present and len(present) == len(known) else None


def _folds(run: Run) -> list[Path]:
    """The folders of its folds, where it is the run of several."""
    return sorted(p.parent for p in run.path.glob("fold-*/run.json"))


def _history(run: Run) -> pl.DataFrame | None:
    path = run.part("history.csv")
    return pl.read_csv(path) if path.is_file() else None


def _device(facts: Mapping[str, Any]) -> str | None:
    if "device" not in facts:
        return None
    machine = facts.get("environment", {}).get("machine", "")
    n = facts.get("n_threads")
    threads = f"{n} threads" if facts["device"] == "cpu" and n else ""
    return ", ".join(filter(None, (facts["device"], facts.get("precision"), threads, machine)))
