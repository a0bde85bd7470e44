"""How a difference of two methods and its p are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buffycoat.evaluation.verdicts import points

if TYPE_CHECKING:
    from buffycoat.evaluation.difference import Difference

__all__ = ["p_value", "signed", "signed_ends"]


def signed(share: float) -> str:
    """A difference in percentage points with its sign.

    >>> signed(0.008), signed(-0.0123), signed(0.0)
    ('+.8', '−1.2', '0')
    """
    text = points(abs(share))
    return text if text == "0" else ("+" if share > 0 else "−") + text


def signed_ends(found: Difference) -> str:
    """The interval of a difference in percentage points, with signs."""
    return f"{signed(found.low)} to {signed(found.high)}"


def p_value(p: float | None) -> str:
    """A p with three decimals; empty where there is none.

    >>> p_value(0.0213), p_value(0.0002), p_value(1.0)
    ('.021', '<.001', '1')
    """
    if p is None:
        return ""
    return "<.001" if p < 0.001 else "1" if p >= 0.9995 else f"{p:.3f}".removeprefix("0")
