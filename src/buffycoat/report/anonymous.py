"""Leave paths out of what a page says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from buffycoat.evaluation.comparison import Comparison
    from buffycoat.evaluation.disagreements import Disagreement
    from buffycoat.evaluation.evaluate import Evaluation

__all__ = [
    "LEFT_OUT",
    "anonymous_comparison",
    "anonymous_evaluation",
    "without_paths",
    "without_paths_in",
]

LEFT_OUT = "(path left out)"
"""What stands in the place of a path."""

_QUOTED = re.compile(r"""(['"“])[^'"“”\n]*[/\\][^'"“”\n]*['"”]""")
_PATH = re.compile(r"(?:~|\b[A-Za-z]:|\b[\w.-]+)?(?:[/\\]+[^\s/\\'\",;:()\[\]]+)+[/\\]?")
_FILE = re.compile(r"\b[\w.-]+\.(?:jpe?g|png|tiff?|bmp|dib|gif|webp|npz|csv|parquet|xml)\b", re.I)
_ADDRESS = re.compile(r"https?://\S+")


def without_paths(text: str) -> str:
    """A sentence without the paths and file names in it; web addresses stay.

    >>> without_paths("2 rows of /data/smith/a.csv name https://example.org/a")
    '2 rows of (path left out) name https://example.org/a'
    """
    pieces = _ADDRESS.split(text)
    addresses = [*_ADDRESS.findall(text), ""]
    cleaned = [_FILE.sub(LEFT_OUT, _PATH.sub(LEFT_OUT, _QUOTED.sub(LEFT_OUT, p))) for p in pieces]
    return "".join(a + b for a, b in zip(cleaned, addresses, strict=True))


def without_paths_in(value: Any) -> Any:
    """Nested facts in which every text that is or holds a path says so instead.

    Sentences lose the path alone; a value without a sentence around it is left out whole, for a
    folder's name may have spaces.
    """
    if isinstance(value, Mapping):
        return {without_paths(str(k)): without_paths_in(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [without_paths_in(v) for v in value]
    if not isinstance(value, str):
        return value
    is_path = re.match(r"(?:[/\\~.]|[A-Za-z]:[/\\])", value) and re.search(r"[/\\]", value)
    return LEFT_OUT if is_path else without_paths(value)


def anonymous_evaluation(evaluation: Evaluation) -> Evaluation:
    """The evaluation without the name of its run and of its images, and notes without paths."""
    numbered = [
        replace(mistake, sample_id=f"image {i + 1}", path="")
        for i, mistake in enumerate(evaluation.mistakes)
    ]
    pairs = [replace(pair, sample_ids=[]) for pair in evaluation.confused_pairs]
    notes = [without_paths(note) for note in evaluation.notes]
    return replace(evaluation, run_id="run", mistakes=numbered, confused_pairs=pairs, notes=notes)


def anonymous_comparison(comparison: Comparison) -> Comparison:
    """The comparison without the names of runs and images; the methods keep theirs."""
    methods = [
        replace(method, run_ids=tuple(f"run {i + 1}" for i in range(len(method.run_ids))))
        for method in comparison.methods
    ]
    return replace(
        comparison,
        methods=tuple(methods),
        disagreements=_numbered(comparison.disagreements, 0),
        shared_mistakes=_numbered(comparison.shared_mistakes, len(comparison.disagreements)),
        notes=tuple(without_paths(note) for note in comparison.notes),
    )


def _numbered(images: tuple[Disagreement, ...], start: int) -> tuple[Disagreement, ...]:
    numbers = range(start + 1, start + len(images) + 1)
    pairs = zip(images, numbers, strict=True)
    return tuple(replace(image, sample_id=f"image {i}", path="") for image, i in pairs)
