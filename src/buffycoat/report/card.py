"""What the page says of the data, the settings and how to repeat a run."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from buffycoat.report.numbers import counted
from buffycoat.tables.samples import SPLITS

if TYPE_CHECKING:
    from buffycoat.evaluation.evaluate import Evaluation
    from buffycoat.tables.samples import SampleTable

__all__ = [
    "Origins",
    "SplitCounts",
    "commands",
    "exclusions",
    "flat",
    "origins",
    "split_counts",
    "summary_facts",
]

_NOUNS = {"patient": "patients", "slide": "slides", "field": "fields", "copy_cluster": "originals"}


@dataclass(frozen=True)
class Origins:
    """Whether images may be counted as independent."""

    sentence: str
    """What is known, for the first screen."""
    of_groups: str
    """Such as ` from 12 slides`; empty where none are known."""


def origins(evaluation: Evaluation, columns: list[str]) -> Origins:
    """What is known of where the images come from.

    Args:
        evaluation: The figures.
        columns: The origin columns that the groups were derived from.
    """
    if not evaluation.groups_known:
        said = "Images are treated as independent: no patient or slide is known."
        return Origins(f"{said} If several are of one patient, the true intervals are wider.", "")
    nouns = [_NOUNS.get(name, "groups") for name in columns]
    noun = nouns[0] if len(nouns) == 1 else "groups"
    shared = f" Images that share a {' or '.join(columns)} are one group." if len(nouns) > 1 else ""
    n = counted(evaluation.n_groups, _one(noun), noun)
    said = f"The images come from {n}; intervals are by {_one(noun)}, not by image.{shared}"
    return Origins(said, f" from {n}")


def _one(noun: str) -> str:
    return noun.removesuffix("s")


@dataclass(frozen=True)
class SplitCounts:
    """Images of each class in one split."""

    split: str
    n_images: int
    n_groups: int | None
    by_class: tuple[int, ...] | None


def split_counts(
    samples: SampleTable | None, data: Mapping[str, Any], classes: tuple[str, ...]
) -> list[SplitCounts]:
    """Images and groups of each split, from the sample table or else from the run's facts."""
    if samples is not None:
        usable = samples.usable.drop_nulls("split")
        return [_counted_split(usable, split, classes) for split in SPLITS]
    n, groups = data.get("n_images", {}), data.get("n_groups", {})
    return [SplitCounts(s, n[s], groups.get(s), None) for s in SPLITS if s in n]


def _counted_split(usable: pl.DataFrame, split: str, classes: tuple[str, ...]) -> SplitCounts:
    rows = usable.filter(pl.col("split") == split)
    counts = Counter(rows["label"].to_list())
    by_class = tuple(counts[name] for name in classes)
    return SplitCounts(split, len(rows), rows["group"].n_unique(), by_class)


def exclusions(samples: SampleTable | None, data: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Why images were left out and how many, most first; details after a colon are left away."""
    known = data.get("excluded", {})
    if samples is not None:
        known = dict(samples.frame["excluded_because"].drop_nulls().value_counts().iter_rows())
    reasons: Counter[str] = Counter()
    for reason, n in known.items():
        reasons[_without_details(reason)] += n
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))


def _without_details(reason: str) -> str:
    return re.sub(r"\s*[:;(].*", "", reason, flags=re.DOTALL) or reason


def flat(value: Any, before: str = "") -> list[tuple[str, str]]:
    """Nested settings as dotted names with their values."""
    if not isinstance(value, Mapping) or (before and not value):
        return [(before, _said(value))]
    rows: list[tuple[str, str]] = []
    for name, inner in value.items():
        rows += flat(inner, f"{before}.{name}" if before else str(name))
    return rows


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", [], (), {}):
        return "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(_said, value))
    return str(value)


def summary_facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The network, its training and the machine, in a few lines."""
    network, images = facts.get("network", {}), facts.get("images", {})
    size = " × ".join(map(str, images.get("image_px", ())))
    n = network.get("n_parameters")
    elapsed = facts.get("elapsed_s")
    model = network.get("model", "")
    rows = {
        "network": model.get("name", "") if isinstance(model, Mapping) else model,
        "parameters": f"{n:,}" if isinstance(n, int) else "",
        "weights": network.get("weights", ""),
        "licence of the weights": network.get("licence", ""),
        "image size": f"{size} pixels, {_shown(images)}" if size else "",
        "training": "; ".join(_step_said(step) for step in facts.get("steps", ())),
        "training time": f"{elapsed / 60:.1f} minutes" if isinstance(elapsed, int | float) else "",
        "device": " ".join(str(facts[k]) for k in ("device", "precision") if k in facts),
    }
    return [(name, str(value)) for name, value in rows.items() if value]


def _shown(images: Mapping[str, Any]) -> str:
    """How images were brought to size."""
    share = images.get("around_cell")
    around = f", {share:g} of the shorter side around each cell" if share else ""
    return f"{images.get('fit', '')}{around}"


def _step_said(step: Mapping[str, Any]) -> str:
    n = step.get("n_epochs", step.get("epochs"))
    named = {"head": "head alone", "all": "all layers", "classifier": "head again"}
    phase = named.get(str(step.get("phase")), "")
    return f"{counted(n, 'epoch')} {phase}".strip() if isinstance(n, int) else str(phase)


def commands(evaluation: Evaluation, facts: Mapping[str, Any]) -> list[str]:
    """What to type, in the folder that holds the run, to get these figures again.

    Args:
        evaluation: The figures.
        facts: The facts of the run; empty for predictions of another program.
    """
    split = "" if evaluation.split not in SPLITS[:2] else f" --split {evaluation.split}"
    if not facts:
        return [f"buffycoat evaluate PREDICTIONS{split}"]
    run, again = shlex.quote(evaluation.run_id), shlex.quote(f"{evaluation.run_id}-again")
    samples = shlex.quote(f"{evaluation.run_id}/samples.parquet")
    return [
        f"buffycoat evaluate {run}{split}",
        f"buffycoat train {samples} --like {run} --out {again}",
    ]
