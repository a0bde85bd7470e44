"""A program as the text of one `nn.Module` class."""

from __future__ import annotations

import inspect
import itertools
import keyword
import math
import re
from typing import Any

import numpy as np
import torch
from torch import nn

from buffycoat.search.export.program import (
    INFIX,
    Classes,
    Program,
    Ref,
    Step,
    Training,
    Weight,
    put_in,
)

__all__ = ["attribute_names", "follows_classes", "write_class"]

_WIDTH = 100


def attribute_names(program: Program) -> dict[str, str]:
    """What each layer and weight is called in the class, by its path in the network.

    >>> attribute_names(Program((), {"blocks.0.conv": None, "train": None}, {}))
    {'blocks.0.conv': 'blocks_0_conv', 'train': 'train_'}
    """
    found: dict[str, str] = {}
    for path in [*program.layers, *program.weights]:
        name = re.sub(r"\W", "_", path, flags=re.ASCII).lstrip("_") or "layer"
        if name[0].isdigit():
            name = f"layer_{name}"
        if keyword.iskeyword(name) or hasattr(nn.Module, name):
            name = f"{name}_"
        taken, number = set(found.values()), 2
        while name in taken:
            name, number = f"{name.rstrip('0123456789')}{number}", number + 1
        found[path] = name
    return found


def write_class(program: Program, class_name: str) -> str:
    """The class, whose layers are made in the order of their use."""
    names = attribute_names(program)
    given = "self, n_classes: int" if follows_classes(program) else "self"
    lines = [f"class {class_name}(nn.Module):", f"    def __init__({given}) -> None:"]
    lines += ["        super().__init__()"]
    lines += [f"        {line}" for line in _construction(program, names)]
    lines += ["", "    def forward(self, images: torch.Tensor) -> torch.Tensor:"]
    lines += [f"        {line}" for line in _computation(program, names)]
    return "\n".join(lines)


def follows_classes(program: Program) -> bool:
    """Whether the class needs to know the number of classes."""
    return bool(put_in(program, 1) != program)


def _construction(program: Program, names: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for path, layer in program.layers.items():
        given = [
            _text(value) if number < layer.n_required else f"{name}={_text(value)}"
            for number, (name, value) in enumerate(layer.arguments)
        ]
        lines += _wrapped(f"self.{names[path]} = nn.{layer.type}(", given)
        for name, value in layer.constants:
            lines.append(f"nn.init.constant_(self.{names[path]}.{name}, {_text(value)})")
    for path, weight in program.weights.items():
        lines += _wrapped(*_weight(names[path], weight))
    return lines


def _weight(name: str, weight: Weight) -> tuple[str, list[str]]:
    if len(weight.values) == 1:
        tensor = f"torch.full({weight.shape}, {_text(weight.values[0])})"
    else:
        numbers = ", ".join(str(np.float32(value)) for value in weight.values)
        tensor = f"torch.tensor([{numbers}]).reshape({weight.shape})"
    if weight.is_parameter:
        return f"self.{name} = nn.Parameter(", [tensor]
    kept = [] if weight.is_kept else ["persistent=False"]
    return "self.register_buffer(", [f'"{name}"', tensor, *kept]


def _wrapped(start: str, given: list[str]) -> list[str]:
    """A call on one line, or on one for each argument where it is too long."""
    line = f"{start}{', '.join(given)})"
    if len(line) + 8 <= _WIDTH:
        return [line]
    return [start, *(f"    {argument}," for argument in given), ")"]


def _computation(program: Program, names: dict[str, str]) -> list[str]:
    values: dict[int, str] = {}
    written = [i for i, s in enumerate(program.steps) if s.kind not in ("input", "weight")]
    following = dict(itertools.pairwise(written))
    uses = _uses(program)
    lines: list[str] = []
    number = 0
    for place, step in enumerate(program.steps):
        if step.kind == "output":
            return [*lines, f"return {_text(step.inputs[0], values)}"]
        if step.kind == "input":
            values[place] = "images"
        elif step.kind == "weight":
            values[place] = f"self.{names[step.target]}"
        else:
            said = _expression(step, values, names)
            is_passing = uses.get(place, []) in ([], [following[place]])
            number += not is_passing
            values[place] = "x" if is_passing else f"x{number}"
            lines.append(f"{values[place]} = {said}")
    return lines


def _uses(program: Program) -> dict[int, list[int]]:
    """The steps that take the result of each, in their order."""
    uses: dict[int, list[int]] = {}
    for place, step in enumerate(program.steps):
        for source in step.sources():
            uses.setdefault(source, []).append(place)
    return uses


def _expression(step: Step, values: dict[int, str], names: dict[str, str]) -> str:
    inputs = [_text(v, values) for v in step.inputs]
    named = [f"{n}={_text(v, values)}" for n, v in _unusual(step)]
    if step.kind == "layer":
        return f"self.{names[step.target]}({', '.join([*inputs, *named])})"
    if step.kind == "method":
        return f"{inputs[0]}.{step.target}({', '.join([*inputs[1:], *named])})"
    operation = step.target.removeprefix("operator.")
    if operation in INFIX:
        return f"{inputs[0]} {INFIX[operation]} {inputs[1]}"
    if operation == "neg":
        return f"-{inputs[0]}"
    if operation == "getitem":
        index = step.inputs[1]
        parts = index if isinstance(index, tuple) else (index,)
        return f"{inputs[0]}[{', '.join(_index(part, values) for part in parts)}]"
    if operation == "getattr":
        return f"{inputs[0]}.{step.inputs[1]}"
    return f"{step.target}({', '.join([*inputs, *named])})"


def _unusual(step: Step) -> list[tuple[str, Any]]:
    """The arguments given by name that are not the function's defaults."""
    if not step.target.startswith("nn.functional."):
        return list(step.named)
    name = step.target.removeprefix("nn.functional.")
    # Of a function that is two by one of its arguments, the plain one has the signature.
    function = getattr(nn.functional, f"_{name}", getattr(nn.functional, name))
    try:
        defaults = {n: p.default for n, p in inspect.signature(function).parameters.items()}
    except (TypeError, ValueError):
        return list(step.named)
    missing = object()
    return [(n, v) for n, v in step.named if not _is_same(v, defaults.get(n, missing))]


def _is_same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


def _index(part: Any, values: dict[int, str]) -> str:
    if part is Ellipsis:
        return "..."
    if not isinstance(part, slice):
        return _text(part, values)
    ends = ["" if v is None else _text(v, values) for v in (part.start, part.stop)]
    step = "" if part.step is None else f":{_text(part.step, values)}"
    return f"{ends[0]}:{ends[1]}{step}"


def _text(value: Any, values: dict[int, str] | None = None) -> str:
    match value:
        case Ref(step):
            return (values or {})[step]
        case Training():
            return "self.training"
        case Classes(factor, offset):
            product = "n_classes" if factor == 1 else f"{factor} * n_classes"
            return product if not offset else f"{product} {'+-'[offset < 0]} {abs(offset)}"
        case float() if not math.isfinite(value):
            return f'float("{value}")'
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case list():
            return f"[{', '.join(_text(v, values) for v in value)}]"
        case tuple():
            inner = ", ".join(_text(v, values) for v in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        case torch.device():
            return f'torch.device("{value}")'
        case _:
            return repr(value)
