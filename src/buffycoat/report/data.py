"""The figures of a page as data."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from buffycoat.report.anonymous import anonymous_comparison, anonymous_evaluation
from buffycoat.tables.files import replacing

if TYPE_CHECKING:
    from buffycoat.evaluation.comparison import Comparison
    from buffycoat.evaluation.evaluate import Evaluation

__all__ = ["write_comparison", "write_figures"]


def write_figures(
    evaluation: Evaluation,
    out: Path,
    format: Literal["json", "csv"] = "json",  # noqa: A002
    *,
    anonymise: bool = False,
) -> Path:
    """The file: all of an evaluation as JSON, or one figure a row as CSV.

    Args:
        evaluation: The figures.
        out: The file.
        format: How they are written.
        anonymise: Leave out paths and the names of run and images.

    Raises:
        DiskError: when it cannot be written.
    """
    shown = anonymous_evaluation(evaluation) if anonymise else evaluation
    return _written(shown, Path(out), format)


def write_comparison(
    comparison: Comparison,
    out: Path,
    format: Literal["json", "csv"] = "json",  # noqa: A002
    *,
    anonymise: bool = False,
) -> Path:
    """The file: all of a comparison as JSON, or one figure or difference a row as CSV.

    Args:
        comparison: The figures.
        out: The file.
        format: How they are written.
        anonymise: Leave out paths and the names of runs and images.

    Raises:
        DiskError: when it cannot be written.
    """
    shown = anonymous_comparison(comparison) if anonymise else comparison
    return _written(shown, Path(out), format)


def _written(shown: Evaluation | Comparison, out: Path, format: str) -> Path:  # noqa: A002
    with replacing(out) as beside:
        if format == "csv":
            shown.as_rows().write_csv(beside)
        else:
            text = json.dumps(_finite(shown.as_dict()), indent=1, allow_nan=False)
            beside.write_text(text + "\n", encoding="utf-8")
    return out


def _finite(value: Any) -> Any:
    """The value with null for what JSON has no number for."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value
