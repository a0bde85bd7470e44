"""One HTML page: runs on the images of several laboratories, as a matrix with intervals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from buffycoat.report.rendering import write_page

if TYPE_CHECKING:
    from buffycoat.evaluation.crosslab import CrossLab

__all__ = ["build_crosslab_page"]

_KINDS = (
    ("known_answers", "Only the classes that both have allowed"),
    ("any_answer", "All answers of the run allowed"),
)


def build_crosslab_page(found: CrossLab, out: Path) -> Path:
    """The page, written whole or not at all.

    Raises:
        DiskError: when it cannot be written.
    """
    matrices = [
        {"title": title, "rows": [_row(found, run, kind) for run in found.runs]}
        for kind, title in _KINDS
    ]
    return write_page(out, "crosslab.html", found=found, matrices=matrices)


def _row(found: CrossLab, run: str, kind: str) -> dict[str, Any]:
    cells = []
    for laboratory in found.laboratories:
        figures = getattr(found.pairs[run, laboratory], kind)
        balanced = figures["balanced_accuracy"]
        shade = round(100 * (1 - balanced.value))
        cells.append({"balanced": balanced, "accuracy": figures["accuracy"], "shade": shade})
    return {"run": run, "cells": cells}
