"""A user's own network from a Python file: `FILE.py:NAME`."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from buffycoat.errors import SettingError
from buffycoat.runs import file_sha256

__all__ = ["load_function", "split_name"]


def split_name(name: str) -> tuple[Path, str] | None:
    """The file and the function of `FILE.py:NAME`, or None for a plain name.

    >>> split_name("mobilenetv2_100") is None
    True
    """
    file, mark, function = name.rpartition(".py:")
    return (Path(f"{file}.py"), function) if mark else None


def load_function(path: Path, name: str) -> tuple[Callable[..., Any], str]:
    """A function `(*, n_classes, ...)` from a Python file, which is run, and the file's SHA-256.

    Raises:
        SettingError: when there is no such file or function, it takes no `n_classes`, or the file
            fails; the message names the line.
    """
    if not path.is_file():
        raise SettingError(f"model file {path} does not exist")
    sha256 = file_sha256(path)
    module = _run(path, f"buffycoat_model_{sha256[:12]}")
    function = getattr(module, name, None)
    if not callable(function):
        own = [
            n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__
        ]
        there = ", ".join(n for n in own if not n.startswith("_")) or "none"
        raise SettingError(f"{path} has no function {name!r}; its functions are: {there}")
    _check_signature(function, f"{path}:{name}")
    return function, sha256


def _run(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SettingError(f"model file {path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling look there
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise SettingError(f"{path}{_line(error, path)} fails: {error!r}") from error
    return module


def _line(error: BaseException, path: Path) -> str:
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    last = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    return f", line {last}," if last else ""


def _check_signature(function: Callable[..., Any], where: str) -> None:
    try:
        inspect.signature(function).bind_partial(n_classes=2)
    except (TypeError, ValueError) as error:
        said = "a model is a function (*, n_classes, ...) that gives a torch module"
        raise SettingError(f"{where} takes no n_classes: {said}") from error
