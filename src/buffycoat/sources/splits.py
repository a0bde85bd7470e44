"""The words with which sources name their train, validation and test parts."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["published_split_note", "split_of"]

_WORDS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}


def split_of(word: str) -> str | None:
    """The split that a word in any case means, or None.

    >>> split_of("VALID"), split_of("neutrophil")
    ('validation', None)
    """
    return _WORDS.get(word.strip().casefold())


def published_split_note(source: str, words: Iterable[str]) -> str:
    """The sentence to say when a source's own split was taken."""
    return (
        f"{source}: the split {', '.join(words)} was taken as published; a published validation "
        "or test part may share source photographs with train, and then its figures are too good"
    )
