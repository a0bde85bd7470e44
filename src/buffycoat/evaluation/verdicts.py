"""What the difference of two methods means, in a plain sentence."""

from __future__ import annotations

from buffycoat.evaluation.comparison import Pair
from buffycoat.evaluation.difference import Difference

__all__ = ["in_words", "points"]

_LEVEL = 0.05
_USELESS = 0.5  # a bound this wide tells nothing that was not known before


def in_words(pair: Pair, n_pairs: int) -> str:
    """Which of a pair is better by its accuracy, by how much, or what can be excluded.

    Args:
        pair: With its differences and their corrected p.
        n_pairs: How many pairs were compared.
    """
    found = pair.differences["accuracy"]
    better, worse = pair.first, pair.second
    if found.value < 0:
        better, worse, found = worse, better, _turned(found)
    interval = f"({points(found.low)} to {points(found.high)})"
    said = f"by {points(found.value)} points of accuracy {interval}"
    p = found.p if found.p_corrected is None else found.p_corrected
    if found.low > 0 and p < _LEVEL:
        return f"{better} is better than {worse} {said}."
    if found.low > 0:
        why = f"this does not hold after the correction for {n_pairs} comparisons (p = {p:.2f})"
        return f"{better} may be better than {worse} {said}, but {why}."
    measured = f"{better} has {points(found.value)} points of accuracy more {interval}"
    if not found.value:
        measured = f"their accuracy is the same {interval}"
    largest = max(abs(found.low), abs(found.high))
    if largest < _USELESS:
        measured += f"; differences larger than {points(largest)} points are excluded"
    return f"No difference could be shown between {better} and {worse}: {measured}."


def _turned(found: Difference) -> Difference:
    return Difference(
        -found.value, -found.high, -found.low, found.method, found.p, found.p_corrected
    )


def points(share: float) -> str:
    """A difference of shares in percentage points, without a zero before the point.

    >>> points(0.0083), points(-0.012), points(0.0), points(0.00004)
    ('.8', '−1.2', '0', '.004')
    """
    value = 100 * share
    if abs(value) < 1e-9:
        return "0"
    n_decimals = 1 if abs(value) >= 0.095 else 2 if abs(value) >= 0.0095 else 3
    text = f"{value:.{n_decimals}f}"
    text = text.replace("0.", ".", 1) if abs(value) < 0.9999 else text
    return text.replace("-", "−")
