"""How well answers hold on distorted copies of the images: by family and severity.

Source:
    Hendrycks and Dietterich, Benchmarking neural network robustness to common corruptions and
    perturbations, ICLR 2019, for the mean corruption error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from buffycoat.errors import TableError
from buffycoat.evaluation.figures import Figure
from buffycoat.evaluation.intervals import OVER_GROUPS, OVER_IMAGES, resampled_figure
from buffycoat.evaluation.resampling import group_counts
from buffycoat.evaluation.selection import as_answers, knows_groups, select_rows
from buffycoat.tables.predictions import PredictionTable

__all__ = ["CLEAN", "Robustness", "measure_robustness"]

CLEAN = "clean"
_CHUNK = 1_000_000  # numbers in one array of counts
_WORST = 10.0  # times the errors of the reference, who may make none
_TINY = 1e-9

Variant = tuple[str, int]


@dataclass(frozen=True)
class Robustness:
    """Accuracies of one run on distorted copies of the same images."""

    run_id: str
    split: str
    n_images: int
    n_groups: int
    groups_known: bool
    data_hash: str | None
    clean: Figure
    """Accuracy on the images as they are."""
    by_variant: Mapping[Variant, Figure]
    """Accuracy by family and severity."""
    by_family: Mapping[str, Figure]
    """The mean of a family's severities."""
    mean: Figure
    """The mean of the families."""
    corruption_error: Figure | None
    """Errors of each family over those of the reference, at most ten times, in the mean; below 1 is
    better, and 1 is where neither errs."""
    reference: str
    """The run that was compared with; empty for none."""


def measure_robustness(
    table: PredictionTable,
    *,
    split: str = "test",
    reference: PredictionTable | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Robustness:
    """Accuracies with intervals by group; all variants are resampled together.

    Args:
        table: Answers of one run to the clean rows and to distorted ones (`variant`, `severity`).
        split: The rows.
        reference: The same of a plain run, to the same rows and variants.
        n_resamples: Resamples of each interval.
        seed: Of the resampling.

    Raises:
        TableError: when a variant lacks rows, or the reference answers others.
    """
    own = _rights(table, split)
    other = _rights(reference, split) if reference else None
    if other and (set(own.right) != set(other.right) or own.ids != other.ids):
        said = "the reference answers other images, or other families and severities"
        raise TableError(f"{said}: measure both by the same command")
    right, facts = own.right, own.facts
    rights = [right, other.right] if other else [right]
    resampled = _resampled(rights, own.groups, n_resamples, seed)
    values = [{v: float(one.mean()) for v, one in known.items()} for known in rights]
    method = OVER_GROUPS if facts["groups_known"] else OVER_IMAGES

    def figure(measure: Any, limits: tuple[float, float] = (0.0, 1.0)) -> Figure:
        drawn = np.broadcast_to(measure(*resampled), (n_resamples,))
        return resampled_figure(float(measure(*values)), drawn, facts["n_groups"], method, limits)

    variants = [v for v in right if v[0] != CLEAN]
    families = list(dict.fromkeys(family for family, _ in variants))
    return Robustness(
        **facts,
        split=split,
        clean=figure(lambda own, *_: own[CLEAN, 0]),
        by_variant={v: figure(lambda own, *_, v=v: own[v]) for v in variants},
        by_family={f: figure(lambda own, *_, f=f: _family(own, f)) for f in families},
        mean=figure(lambda own, *_: sum(_family(own, f) for f in families) / len(families)),
        corruption_error=figure(lambda own, other: _relative(own, other, families), (0.0, _WORST))
        if other
        else None,
        reference=str(other.facts["run_id"]) if other else "",
    )


def _family(known: Mapping[Variant, Any], family: str) -> Any:
    own = [value for (name, _), value in known.items() if name == family]
    return sum(own) / len(own)


def _relative(own: Mapping[Variant, Any], other: Mapping[Variant, Any], families: list[str]) -> Any:
    """Errors over the reference's errors, family by family, in the mean."""
    errors = [(1 - _family(own, f) + _TINY, 1 - _family(other, f) + _TINY) for f in families]
    return sum(np.minimum(mine / theirs, _WORST) for mine, theirs in errors) / len(errors)


@dataclass(frozen=True)
class _Rights:
    right: dict[Variant, np.ndarray]
    """By variant whether each image (N,) was answered rightly."""
    groups: np.ndarray
    """(N,)"""
    ids: list[str]
    facts: dict[str, Any]


def _rights(table: PredictionTable, split: str) -> _Rights:
    clean = select_rows(table, split)
    answers = as_answers(clean.frame, table)
    order = clean.frame.select("sample_id")
    right: dict[Variant, np.ndarray] = {(CLEAN, 0): answers.is_right}
    rest = table.frame.filter(pl.col("variant") != CLEAN)
    for (name, severity), frame in rest.group_by("variant", "severity", maintain_order=True):
        rows = order.join(frame, on="sample_id", how="left", maintain_order="left")
        if n_missing := rows["predicted"].null_count():
            said = f"{name} {severity} is not answered for {n_missing} images"
            raise TableError(f"{said}: `buffycoat robustness` answers every one")
        right[str(name), int(severity)] = (rows["predicted"] == rows["label"]).to_numpy()
    if len(right) < 2:
        raise TableError("there are no distorted rows: `buffycoat robustness RUN` makes them")
    facts = {
        "run_id": str(clean.frame["run_id"][0]),
        "n_images": answers.n_images,
        "n_groups": answers.n_groups,
        "groups_known": knows_groups(table, clean.frame),
        "data_hash": table.facts.get("data_hash"),
    }
    return _Rights(right, answers.groups, answers.sample_ids, facts)


def _resampled(
    rights: Sequence[Mapping[Variant, np.ndarray]], groups: np.ndarray, n: int, seed: int
) -> list[dict[Variant, np.ndarray]]:
    """Accuracies (R,) of each variant, of all runs over the same draws of groups."""
    n_groups = int(groups.max()) + 1
    sizes = np.bincount(groups, minlength=n_groups)
    sums = [{v: np.bincount(groups, one, n_groups) for v, one in r.items()} for r in rights]
    parts = []
    for counts in group_counts(n_groups, n, seed, max(1, _CHUNK // n_groups)):
        drawn = sizes @ counts
        parts.append([{v: own @ counts / drawn for v, own in known.items()} for known in sums])
    return [
        {v: np.concatenate([part[i][v] for part in parts]) for v in known}
        for i, known in enumerate(rights)
    ]
