"""The page of a comparison, from tables alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from buffycoat.report.anonymous import anonymous_comparison
from buffycoat.report.comparison_gallery import make_comparison_gallery
from buffycoat.report.comparison_rows import (
    class_table,
    cost_headings,
    method_rows,
    pair_rows,
    shown_pairs,
)
from buffycoat.report.comparison_scales import accuracy_scale, difference_scale
from buffycoat.report.numbers import counted
from buffycoat.report.rendering import write_page
from buffycoat.tables.samples import SPLITS

if TYPE_CHECKING:
    from buffycoat.evaluation.comparison import Comparison
    from buffycoat.tables.samples import SampleTable

__all__ = ["build_comparison"]


def build_comparison(
    out: Path,
    comparison: Comparison,
    tables: Sequence[SampleTable] = (),
    *,
    command: str = "",
    anonymise: bool = False,
) -> Path:
    """The page, written whole or not at all; the same input gives the same bytes.

    Args:
        out: The HTML file.
        comparison: What the page is about.
        tables: Where the images lie; the first that knows an image is asked for it.
        command: What makes the page again; empty to leave it out.
        anonymise: Leave out paths and the names of runs and images.

    Raises:
        DiskError: when it cannot be written.
    """
    gallery = make_comparison_gallery(comparison, tables, anonymise=anonymise)
    shown = anonymous_comparison(comparison) if anonymise else comparison
    is_split = shown.split in SPLITS
    return write_page(
        out,
        "comparison.html",
        comparison=shown,
        split=f"{shown.split} split" if is_split else shown.split,
        of_groups=f" of {counted(shown.n_groups, 'group')}" if shown.groups_known else "",
        accuracy=accuracy_scale(shown),
        difference=difference_scale(shown),
        methods=method_rows(shown),
        costs=cost_headings(shown),
        pairs=pair_rows(shown),
        first_pairs=shown_pairs(shown),
        classes=class_table(shown),
        gallery=gallery,
        command="" if anonymise else command,
    )
