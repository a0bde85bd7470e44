"""Heads: from features (N, D) to logits (N, C)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, TypeVar

from torch import nn

from buffycoat.errors import SettingError
from buffycoat.models.neighbours import Neighbours
from buffycoat.registry import Choice, Registry

__all__ = ["build_head", "dense", "heads", "linear", "neighbours"]

Activation = Literal["relu", "leaky_relu", "silu", "gelu", "none"]
Norm = Literal["none", "batch", "layer"]
Value = TypeVar("Value")

heads: Registry[Callable[..., nn.Module]] = Registry("head")

_NORMS: dict[str, Callable[[int], nn.Module]] = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}


def build_head(choice: Choice, n_features: int, n_classes: int) -> nn.Module:
    """The chosen head.

    Raises:
        UnknownNameError: for a name that is no head.
        SettingError: for an argument that it does not take, or one with an impossible value.
    """
    head = heads.checked(choice, "n_features", "n_classes")
    try:
        return head(n_features=n_features, n_classes=n_classes, **choice.arguments)
    except (TypeError, ValueError) as error:
        raise SettingError(f"head {choice}: {error}") from error


@heads.register
def linear(*, n_features: int, n_classes: int, dropout: float = 0.0) -> nn.Module:
    """One linear layer, after dropout where that is above 0.

    Args:
        n_features: D.
        n_classes: C.
        dropout: Share of the features that is left out in training.
    """
    last = nn.Linear(n_features, n_classes)
    return nn.Sequential(nn.Dropout(dropout), last) if dropout else last


@heads.register
def dense(
    *,
    n_features: int,
    n_classes: int,
    widths: Sequence[int],
    norm: Norm = "none",
    norm_first: bool = False,
    activation: Activation = "relu",
    slope: float = 0.01,
    dropout: float | Sequence[float] = 0.0,
) -> nn.Module:
    """Dense layers of the given widths, then a linear one.

    In order, for each width: linear, norm, activation, dropout; with `norm_first`: norm, linear,
    activation, dropout. The published heads are

        system 2   widths = [10], activation = "none"
        system 4   widths = [512, 256, 128], norm = "batch", norm_first = true,
                   activation = "leaky_relu", slope = 0.05, dropout = [0.2, 0.1, 0.1, 0.0]
        system 5   widths = [1024, 512, 256], activation = "silu", dropout = 0.3

    Args:
        n_features: D.
        n_classes: C.
        widths: Units of each hidden layer.
        norm: Normalisation beside each hidden layer.
        norm_first: Normalise what goes into a layer, not what comes out.
        activation: After each hidden layer; none leaves it out.
        slope: Of leaky_relu, below 0.
        dropout: After each hidden layer; or a list that begins with the one before the first.
    """
    _check_widths(widths)
    rates = _rates(dropout, len(widths))
    layers: list[nn.Module] = [nn.Dropout(rates[0])] if rates[0] else []
    before = n_features
    for width, rate in zip(widths, rates[1:], strict=True):
        normed = _norm(norm, before if norm_first else width)
        layer = nn.Linear(before, width)
        layers += [*normed, layer] if norm_first else [layer, *normed]
        layers += _activation(activation, slope)
        layers += [nn.Dropout(rate)] if rate else []
        before = width
    return nn.Sequential(*layers, nn.Linear(before, n_classes))


@heads.register
def neighbours(
    *, n_features: int, n_classes: int, n_cells: int = 1, temperature: float = 0.1
) -> nn.Module:
    """Likeness to remembered cells, as `buffycoat adapt --steps neighbours` makes it.

    Args:
        n_features: D.
        n_classes: C.
        n_cells: Cells that are remembered.
        temperature: The lower, the more the nearest cell decides alone.
    """
    return Neighbours(n_features, n_classes, n_cells, temperature=temperature)


def _check_widths(widths: Sequence[int]) -> None:
    is_list = isinstance(widths, list | tuple)
    if not is_list or not all(isinstance(width, int) and width > 0 for width in widths):
        raise ValueError(f"widths is {widths!r}; it must be a list of whole numbers above 0")


def _rates(dropout: float | Sequence[float], n_hidden: int) -> list[float]:
    if isinstance(dropout, int | float):
        return [0.0, *[float(dropout)] * n_hidden]
    if len(dropout) != n_hidden + 1:
        said = f"{len(dropout)} dropout rates for {n_hidden} widths"
        raise ValueError(f"{said}: give {n_hidden + 1}, the first before all layers")
    return list(dropout)


def _norm(norm: str, width: int) -> list[nn.Module]:
    return [] if norm == "none" else [_looked_up(_NORMS, norm, "norm")(width)]


def _activation(activation: str, slope: float) -> list[nn.Module]:
    kinds: dict[str, Callable[[], nn.Module]] = {
        "relu": nn.ReLU,
        "leaky_relu": partial(nn.LeakyReLU, slope),
        "silu": nn.SiLU,
        "gelu": nn.GELU,
    }
    return [] if activation == "none" else [_looked_up(kinds, activation, "activation")()]


def _looked_up(table: dict[str, Value], name: str, what: str) -> Value:
    if name not in table:
        raise ValueError(f"{what} is {name!r}; it must be none, {', '.join(table)}")
    return table[name]
