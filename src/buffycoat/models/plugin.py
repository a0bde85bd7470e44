"""A user's own network from a Python file: `FILE.py:NAME`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from buffycoat.errors import SettingError
from buffycoat.plugin_files import read_code, run_code

__all__ = ["load_function", "split_name"]


def split_name(name: str) -> tuple[Path, str] | None:
    """The file and the function of `FILE.py:NAME`, or None for a plain name.

    >>> split_name("mobilenetv2_100") is None
    True
    """
    file, mark, function = name.rpartition(".py:")
    return (Path(f"{file}.py"), function) if mark else None


def load_function(path: Path, name: str, what: str = "model") -> tuple[Callable[..., Any], str]:
    """A function `(*, n_classes, ...)` from a Python file, which is run, and the file's SHA-256.

    Args:
        path: The file.
        name: The function's.
        what: What the function gives, for messages.

    Raises:
        SettingError: when there is no such file or function, it takes no `n_classes`, or the file
            fails; the message names the line.
    """
    code, sha256 = read_code(path, f"{what} file")
    module = run_code(code, path, f"buffycoat_{what.split()[-1]}_{sha256[:12]}")
    function = getattr(module, name, None)
    if not callable(function):
        own = [
            n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__
        ]
        there = ", ".join(n for n in own if not n.startswith("_")) or "none"
        raise SettingError(f"{path} has no function {name!r}; its functions are: {there}")
    _check_signature(function, f"{path}:{name}", what)
    return function, sha256


def _check_signature(function: Callable[..., Any], where: str, what: str) -> None:
    try:
        inspect.signature(function).bind_partial(n_classes=2)
    except (TypeError, ValueError) as error:
        said = f"a {what} is a function (*, n_classes, ...) that gives a torch module"
        raise SettingError(f"{where} takes no n_classes: {said}") from error
