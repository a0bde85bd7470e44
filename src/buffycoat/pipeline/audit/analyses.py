"""The analyses of an audit in their order, each with the looks that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from buffycoat.curation.balance import find_balance
from buffycoat.curation.checks.check import Check
from buffycoat.curation.checks.findings import check_findings
from buffycoat.curation.checks.looks import check_looks
from buffycoat.curation.copies.find import COPY_LOOKS, find_copies
from buffycoat.curation.descriptor import DESCRIPTOR
from buffycoat.curation.finding import Finding
from buffycoat.curation.groups import derive_groups
from buffycoat.curation.label_errors import find_label_errors
from buffycoat.curation.leakage import find_leakage
from buffycoat.curation.looks.look import Look, Looked
from buffycoat.curation.map import place_on_map
from buffycoat.curation.outliers.find import OUTLIER_LOOKS, find_outliers
from buffycoat.curation.outliers.repeats import find_repeats
from buffycoat.curation.shortcuts import SHORTCUT_LOOKS, find_shortcuts
from buffycoat.pipeline.audit.material import Known
from buffycoat.pipeline.audit.settings import Part
from buffycoat.pipeline.console import progress
from buffycoat.tables.samples import SampleTable

__all__ = ["Found", "analyse", "looks_for"]

_GIVEN = "copy_cluster_given"


@dataclass(frozen=True)
class Found:
    """What an audit found."""

    samples: SampleTable
    """The table with its clusters of copies and the groups that follow from them."""
    findings: tuple[Finding, ...]
    """What was found, in the order of the analyses."""
    map_xy: np.ndarray | None = None
    """Where each row lies on the map (N, 2), where one was made."""


def looks_for(parts: set[Part], checks: Sequence[Check]) -> list[Look]:
    """What has to be looked at for these parts, each look once."""
    looks: list[Look] = list(check_looks(checks)) if "quality" in parts else []
    looks += COPY_LOOKS if "copies" in parts else ()
    looks += OUTLIER_LOOKS if parts & {"outliers", "map"} else ()
    looks += SHORTCUT_LOOKS if "shortcuts" in parts else ()
    looks += [DESCRIPTOR] if "labels" in parts else []
    return list({look.name: look for look in looks}.values())


def analyse(
    samples: SampleTable,
    looked: Looked,
    parts: set[Part],
    checks: Sequence[Check],
    known: Known,
    *,
    seed: int = 0,
) -> Found:
    """Make the analyses one after another; groups are derived anew once copies are known.

    Args:
        samples: The table, N rows.
        looked: What was seen of it.
        parts: The analyses to make; leakage, repeats and balance are always made.
        checks: The checks of image quality.
        known: What networks know of the images already.
        seed: What the folds of the label check and the map depend on.
    """
    findings: list[Finding] = []
    if "copies" in parts:
        with progress("finding copies") as moved:
            findings += find_copies(samples, looked, on_progress=moved)
        samples = _with_clusters(samples, findings)
    findings.insert(0, find_leakage(samples))
    map_xy = _map(samples, looked, seed) if "map" in parts else None
    outliers: list[Finding] = []
    if "outliers" in parts:
        with progress("finding outliers"):
            outliers = find_outliers(samples, looked, embeddings=known.embeddings, map_xy=map_xy)
    odd = next((found.flags for found in outliers if found.name == "outlier"), None)
    findings += [find_repeats(samples, odd), *outliers]
    if "labels" in parts:
        findings.append(_label_errors(samples, looked, known, seed))
    if "shortcuts" in parts:
        with progress("finding shortcuts"):
            findings += find_shortcuts(samples, looked)
    if "quality" in parts:
        findings += check_findings(samples, checks, looked)
    findings.append(find_balance(samples, copies_said="copies" in parts))
    return Found(samples, tuple(findings), map_xy)


def _with_clusters(samples: SampleTable, findings: Sequence[Finding]) -> SampleTable:
    """The table with the clusters of copies and of fields as columns, and its groups from them.

    What the source knew of copies is kept as `copy_cluster_given`, and groups follow from it too.
    """
    samples = _with_given(samples)
    columns = {name: column for found in findings for name, column in found.columns.items()}
    origins = tuple(dict.fromkeys([*samples.group_columns, *columns]))
    frame = samples.frame.with_columns(**columns)
    return derive_groups(replace(samples, frame=frame, group_columns=origins))


def _with_given(samples: SampleTable) -> SampleTable:
    """The table with the clusters of its source, if it gave any, in a column of their own."""
    audits = [step for step in samples.steps if step["step"] == "audit"]
    is_ours = any("near_copy" in step.get("findings", ()) for step in audits)
    if is_ours or not samples.frame["copy_cluster"].count():
        return samples
    frame = samples.frame.with_columns(pl.col("copy_cluster").alias(_GIVEN))
    return replace(samples, frame=frame, group_columns=(*samples.group_columns, _GIVEN))


def _map(samples: SampleTable, looked: Looked, seed: int) -> np.ndarray:
    with progress("drawing the map") as moved:
        return place_on_map(samples, looked, seed=seed, on_progress=moved)


def _label_errors(samples: SampleTable, looked: Looked, known: Known, seed: int) -> Finding:
    with progress("checking labels") as moved:
        return find_label_errors(
            samples,
            looked.arrays[DESCRIPTOR.name],
            embeddings=known.embeddings,
            probabilities=known.probabilities,
            seed=seed,
            on_progress=moved,
        )
