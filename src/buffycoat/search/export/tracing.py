"""What a network computes, followed by torch.fx, as a program of torch's own layers."""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import fx, nn

from buffycoat.errors import SettingError, first_line
from buffycoat.search.export.layers import describe_layer
from buffycoat.search.export.program import (
    INFIX,
    Layer,
    Program,
    Ref,
    Step,
    Training,
    Weight,
    merge,
)
from buffycoat.search.export.tensors import describe_weights, result_shapes

__all__ = ["trace"]

_KINDS = {
    "placeholder": "input",
    "call_module": "layer",
    "get_attr": "weight",
    "call_function": "function",
    "call_method": "method",
    "output": "output",
}
_IN_PLACE = {"iadd": "add_", "isub": "sub_", "imul": "mul_", "itruediv": "div_"}


def trace(network: nn.Module, image_px: tuple[int, int] | None = None) -> Program:
    """The steps that lead to the output, without what is computed for nothing.

    What a step does in training alone is kept: the network is followed in both modes.

    Args:
        network: One input, images (N, 3, H, W); it is left as it is.
        image_px: Height and width, where the shapes of the results are wanted.

    Raises:
        SettingError: when its way depends on the images, or a step is no torch function or layer.
    """
    mode = network.training
    try:
        training, _ = _followed(network.train(), None)
        still, weights = _followed(network.eval(), image_px)
        steps = merge(still, training, _by_mode)
    except ValueError as error:
        said = "the network takes another way in training than afterwards"
        raise SettingError(f"{said}, and code that stands alone has one way: {error}") from error
    finally:
        network.train(mode)
    return Program(steps, _layers(network, steps), weights)


def _by_mode(still: Any, training: Any) -> Any:
    if (still, training) == (False, True):
        return Training()
    raise ValueError(f"{training!r} in training, {still!r} afterwards")


def _followed(
    network: nn.Module, image_px: tuple[int, int] | None
) -> tuple[tuple[Step, ...], dict[str, Weight]]:
    """The steps in the network's present mode, and the tensors of its own that they use."""
    before = set(vars(network))
    try:
        graph = fx.Tracer().trace(network)
        shapes = result_shapes(network, graph, image_px) if image_px else {}
        _drop_idle(network, graph)
        nodes = _used(network, graph)
        place = {node: Ref(number) for number, node in enumerate(nodes)}
        steps = tuple(_step(node, place, shapes.get(node.name)) for node in nodes)
        paths = dict.fromkeys(step.target for step in steps if step.kind == "weight")
        weights = describe_weights(network, paths)
    except SettingError:
        raise
    except Exception as error:
        said = f"the network cannot be followed step by step: {first_line(error)}"
        raise SettingError(said) from error
    finally:
        for name in set(vars(network)) - before:  # constants that torch.fx puts there
            delattr(network, name)
    if sum(step.kind == "input" for step in steps) != 1:
        raise SettingError("the network takes more than images: it must have one input")
    return steps, weights


def _drop_idle(network: nn.Module, graph: fx.Graph) -> None:
    """Take out identities, and the 0 that Python's `sum` begins with."""
    for node in list(graph.nodes):
        if node.op == "call_module":
            is_idle = type(network.get_submodule(str(node.target))) is nn.Identity
        else:
            is_sum = node.op == "call_function" and node.target is operator.add
            is_idle = is_sum and type(node.args[0]) is int and node.args[0] == 0
        sources = node.all_input_nodes
        if is_idle and len(sources) == 1:
            node.replace_all_uses_with(sources[0])


def _used(network: nn.Module, graph: fx.Graph) -> list[fx.Node]:
    """The nodes that the output depends on, and those that change something in place."""
    wanted: set[fx.Node] = set()
    for node in reversed(list(graph.nodes)):
        is_end = node.op in ("placeholder", "output")
        if is_end or node in wanted or _changes(network, node):
            wanted |= {node, *node.all_input_nodes}
    return [node for node in graph.nodes if node in wanted]


def _changes(network: nn.Module, node: fx.Node) -> bool:
    if node.op == "call_module":
        return bool(getattr(network.get_submodule(str(node.target)), "inplace", False))
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    is_call = node.op in ("call_function", "call_method")
    return is_call and (
        (name.endswith("_") and not name.endswith("__"))
        or name in _IN_PLACE
        or node.kwargs.get("inplace") is True
    )


def _step(node: fx.Node, place: dict[fx.Node, Ref], shape: tuple[int, ...] | None) -> Step:
    inputs, named = (_values(v, place) for v in (node.args, node.kwargs))
    kind, target = _KINDS[node.op], node.target
    if node.op == "call_function":
        target = _function(target)
        if target.removeprefix("operator.") in _IN_PLACE:
            kind, target = "method", _IN_PLACE[target.removeprefix("operator.")]
    if node.op == "placeholder":
        inputs = ()
    return Step(kind, str(target), tuple(inputs), tuple(named.items()), shape)  # type: ignore[arg-type]


def _values(value: Any, place: dict[fx.Node, Ref]) -> Any:
    if isinstance(value, fx.Node):
        return place[value]
    if isinstance(value, slice):
        return slice(*(_values(v, place) for v in (value.start, value.stop, value.step)))
    if isinstance(value, dict):
        return {str(name): _values(inner, place) for name, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(_values(inner, place) for inner in value)
    if isinstance(value, list):
        return [_values(inner, place) for inner in value]
    return value


def _function(function: Any) -> str:
    """The name that a function is called by: of torch, of torch.nn.functional, or an operator."""
    if function is getattr:
        return "getattr"
    for prefix, module in (("torch", torch), ("nn.functional", nn.functional)):
        for name, value in vars(module).items():
            if value is function and not name.startswith("_"):
                return f"{prefix}.{name}"
    name = getattr(function, "__name__", repr(function))
    known = {*INFIX, *_IN_PLACE, "neg", "getitem"}
    if name in known and getattr(operator, name, None) is function:
        return f"operator.{name}"
    where = getattr(function, "__module__", "")
    said = f"the network calls {where}.{name}, which is no function of torch"
    raise SettingError(f"{said}: code that stands alone imports nothing else")


def _layers(network: nn.Module, steps: tuple[Step, ...]) -> dict[str, Layer]:
    paths = dict.fromkeys(step.target for step in steps if step.kind == "layer")
    return {path: describe_layer(network.get_submodule(path), path) for path in paths}
