"""What stands around the class in a file of code: the docstring, and the function that calls it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["write_docstring", "write_function"]


def write_docstring(said: Mapping[str, Any]) -> str:
    """The docstring: what is said of the network, whatever letters are in it.

    Args:
        said: Names and plain values; a mapping is set in.
    """
    lines = ["A network that Buffycoat's search found, as plain torch.", ""]
    for name, value in said.items():
        if isinstance(value, Mapping):
            lines += [f"{name}:"]
            lines += [f"    {inner}: {_plain(v)}" for inner, v in value.items()]
        else:
            lines += [f"{name}: {_plain(value)}"]
    lines += [
        "",
        "Weights begin as torch's layers draw them. A layer is called by its place in the space,",
        "with _ for each dot.",
    ]
    text = "\n".join(lines).replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{text}\n"""'


def _plain(value: Any) -> str:
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value)


def write_function(
    name: str, n_classes: int, image_px: tuple[int, int] | None, *, is_open: bool
) -> str:
    """The function that gives the network.

    Args:
        name: Its name.
        n_classes: C.
        image_px: The only height and width that the network takes; None for any.
        is_open: Whether the network takes any number of classes.
    """
    takes = "n_classes: int" if is_open else f"n_classes: int = {n_classes}"
    takes += f", image_px: tuple[int, int] = {image_px}" if image_px else ""
    lines = [f"def {name}(*, {takes}) -> nn.Module:"]
    lines += [f'    """Images (N, 3, H, W) to logits (N, {"C" if is_open else n_classes})."""']
    if not is_open:
        lines += [f"    if n_classes != {n_classes}:"]
        lines += [f'        raise ValueError("the network has {n_classes} outputs")']
    if image_px:
        size = f"{image_px[0]} x {image_px[1]} px"
        lines += [f"    if tuple(image_px) != {image_px}:"]
        lines += [f'        raise ValueError("the network takes images of {size} only")']
    lines += [f"    return Network({'n_classes' if is_open else ''})", ""]
    return "\n".join(lines)
