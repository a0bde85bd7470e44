"""A torch layer as the shortest call that makes the same one."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import nn

from buffycoat.errors import SettingError
from buffycoat.search.export.program import Layer

__all__ = ["describe_layer"]

_NOT_SHAPE = ("device", "dtype")


def describe_layer(layer: nn.Module, path: str) -> Layer:
    """The call, with the arguments that differ from torch's defaults.

    Args:
        layer: A layer of torch.nn.
        path: Its place in the network, for the message.

    Raises:
        SettingError: when torch does not keep the arguments that it was made with.
    """
    kind = type(layer)
    parameters = inspect.signature(kind).parameters
    required = [
        n
        for n, p in parameters.items()
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    optional = [
        n
        for n, p in parameters.items()
        if p.default is not p.empty and n not in _NOT_SHAPE and hasattr(layer, n)
    ]
    try:
        given = _arguments(layer, kind, required, optional)
        is_right = _is_like(_made(kind, given), layer, optional)
    except Exception:
        is_right = False
    if not is_right or getattr(nn, kind.__name__, None) is not kind:
        said = f"layer {path} is a {kind.__name__}, which cannot be written as code: torch does not"
        raise SettingError(f"{said} keep what it was made with; build it of simpler layers")
    constants = _constants(layer, kind, given)
    return Layer(kind.__name__, tuple(given.items()), len(required), constants)


def _arguments(
    layer: nn.Module, kind: type[nn.Module], required: list[str], optional: list[str]
) -> dict[str, Any]:
    """The required arguments, and those that it takes to make the same layer."""
    given = {name: _argument(layer, name) for name in required}
    usual = _made(kind, given)
    unusual = [n for n in optional if _argument(usual, n) != _argument(layer, n)]
    given |= {name: _argument(layer, name) for name in unusual}
    for name in unusual if len(unusual) > 1 else ():  # one may follow from another
        fewer = {n: v for n, v in given.items() if n != name}
        if _is_like(_made(kind, fewer), layer, optional):
            given = fewer
    return given


def _argument(layer: nn.Module, name: str) -> Any:
    value = getattr(layer, name)
    if name == "bias" and not isinstance(value, bool):
        return value is not None
    return _plain(value)


def _plain(value: Any) -> Any:
    """A size such as (3, 3) as 3."""
    if isinstance(value, tuple) and value and isinstance(value[0], int) and len(set(value)) == 1:
        return value[0]
    if not isinstance(value, bool | int | float | str | tuple | list | type(None)):
        raise TypeError(f"{value!r} is no plain value")
    return value


def _made(kind: type[nn.Module], given: dict[str, Any]) -> nn.Module:
    with torch.device("meta"):
        return kind(**given)


def _is_like(made: nn.Module, layer: nn.Module, names: list[str]) -> bool:
    """Whether two layers have the same arguments and tensors of the same shapes."""
    if repr(made) != repr(layer):
        return False
    if any(_argument(made, name) != _argument(layer, name) for name in names):
        return False
    shapes = [{n: (t.shape, t.dtype) for n, t in m.state_dict().items()} for m in (made, layer)]
    return shapes[0] == shapes[1]


def _constants(
    layer: nn.Module, kind: type[nn.Module], given: dict[str, Any]
) -> tuple[tuple[str, float], ...]:
    found = {n: p for n, p in layer.named_parameters() if p.numel() > 1 and _is_constant(p)}
    if not found:
        return ()
    with torch.random.fork_rng(devices=[]):
        usual = dict(kind(**given).named_parameters())
    return tuple(
        (name, float(p.detach().flatten()[0]))
        for name, p in found.items()
        if not torch.equal(p.detach().cpu(), usual[name].detach())
    )


def _is_constant(tensor: torch.Tensor) -> bool:
    flat = tensor.detach().flatten()
    return bool((flat == flat[0]).all())
