"""What a user writes inside a network: choices of layers, inputs, depths and values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from buffycoat.errors import SpaceError
from buffycoat.search.space.building import current_builder
from buffycoat.search.space.combined import Combine

__all__ = ["InputChoice", "LayerChoice", "Repeat", "ValueChoice"]

# Subsets of inputs are listed one by one, each with its own probability.
MOST_SUBSETS = 4096


def LayerChoice(name: str, candidates: Mapping[str, Callable[[], nn.Module]]) -> nn.Module:  # noqa: N802
    """One of several layers, blocks or networks that take and give the same.

    Args:
        name: Unique among the choices beside it.
        candidates: Functions without arguments, by name; each builds a module.

    Raises:
        SpaceError: for no candidates, or a module in place of a function.
    """
    builder = current_builder(name)
    _check_options(name, list(candidates))
    for option, build in candidates.items():
        if not isinstance(option, str):
            raise SpaceError(f"choice {name!r}: the candidate's name {option!r} is no text")
        if isinstance(build, nn.Module) or not callable(build):
            kind = type(build).__name__
            said = f"is a {kind}, not a function that builds it: write lambda: {kind}(...)"
            raise SpaceError(f"choice {name!r}: the candidate {option!r} {said}")
    return builder.layer(name, candidates)


def InputChoice(  # noqa: N802
    name: str, n_inputs: int, n_chosen: int | None = 1, combine: Combine = "sum"
) -> Any:
    """Some of several inputs, as one; called with the list of all of them.

    `.n_chosen` of what it gives is the number of inputs taken, which a layer behind a
    concatenation needs for its channels.

    Args:
        name: Unique among the choices beside it.
        n_inputs: How many inputs there are, from 1.
        n_chosen: How many are taken, 1 to `n_inputs`; None for any of them, at least one.
        combine: sum, mean, or concat along the channels (dimension 1).

    Raises:
        SpaceError: for numbers that do not fit, or over 4096 subsets.
    """
    builder = current_builder(name)
    if combine not in ("sum", "concat", "mean"):
        raise SpaceError(f"choice {name!r}: combine is {combine!r}; it is sum, concat or mean")
    if n_inputs < 1 or not (n_chosen is None or 1 <= n_chosen <= n_inputs):
        said = f"{n_chosen} of {n_inputs} inputs cannot be chosen; take 1 to n_inputs, or None"
        raise SpaceError(f"choice {name!r}: {said}")
    sizes = range(1, n_inputs + 1) if n_chosen is None else [n_chosen]
    n_options = sum(math.comb(n_inputs, size) for size in sizes)
    if n_options > MOST_SUBSETS:
        said = f"{n_options} subsets of its inputs; at most {MOST_SUBSETS} can be searched"
        raise SpaceError(f"choice {name!r} has {said}: give n_chosen or fewer inputs")
    subsets = (itertools.combinations(range(n_inputs), size) for size in sizes)
    options = [list(subset) for subset in itertools.chain.from_iterable(subsets)]
    return builder.inputs(name, options, combine)


def Repeat(name: str, block: Callable[[int], nn.Module], depths: Sequence[int]) -> nn.Module:  # noqa: N802
    """Blocks one after another, as many as are chosen; `nn.Sequential` when fixed.

    Args:
        name: Unique among the choices beside it.
        block: Builds block `number`, counted from 0.
        depths: How many blocks there may be, each from 0.

    Raises:
        SpaceError: for no depths, a depth below 0, or a module in place of a function.
    """
    builder = current_builder(name)
    _check_options(name, depths)
    if isinstance(block, nn.Module) or not callable(block):
        said = f"is a {type(block).__name__}, not a function: write lambda number: ..."
        raise SpaceError(f"choice {name!r}: the block {said}")
    wrong = [d for d in depths if isinstance(d, bool) or not isinstance(d, int) or d < 0]
    if wrong:
        raise SpaceError(f"choice {name!r}: {wrong[0]!r} is no depth; depths are 0, 1, 2, ...")
    return builder.repeat(name, block, depths)


def ValueChoice(name: str, options: Sequence[Any]) -> Any:  # noqa: N802
    """One of several numbers or words: the plain value when fixed.

    In a shared network it is a `Value`, which takes part in arithmetic with numbers and other
    values, and which the layers of `search.space.layers` accept.

    Args:
        name: Unique among the choices beside it.
        options: Whole or decimal numbers, words or truth values, each once.

    Raises:
        SpaceError: for no options, one option twice, or an option of another type.
    """
    builder = current_builder(name)
    _check_options(name, options)
    wrong = [option for option in options if not isinstance(option, int | float | str)]
    if wrong:
        said = f"{wrong[0]!r} is a {type(wrong[0]).__name__}; options are numbers or words"
        raise SpaceError(f"choice {name!r}: {said}")
    return builder.value(name, list(options))


def _check_options(name: str, options: Sequence[Any]) -> None:
    if not name or not isinstance(name, str):
        raise SpaceError(f"a choice is named {name!r}; its name is a word")
    if not options:
        raise SpaceError(f"choice {name!r} has no options; give it two or more")
    for number, option in enumerate(options):
        if option in options[:number]:
            raise SpaceError(f"choice {name!r} has the option {option!r} twice")
