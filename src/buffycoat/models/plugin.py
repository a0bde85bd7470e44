"""A user's own model from a Python file: `FILE.py:NAME`."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable
from pathlib import Path

from torch import nn

from buffycoat.errors import SettingError

__all__ = ["load_function", "split_name"]


def split_name(name: str) -> tuple[Path, str] | None:
    """The file and the function of `FILE.py:NAME`, or None for a plain name."""
    file, mark, function = name.rpartition(".py:")
    return (Path(f"{file}.py"), function) if mark else None


def load_function(path: Path, name: str) -> tuple[Callable[..., nn.Module], str]:
    """A function from a Python file, which is run, and the file's SHA-256.

    Raises:
        SettingError: when there is no such file or function, or the file fails.
    """
    if not path.is_file():
        raise SettingError(f"model file {path} does not exist")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    spec = importlib.util.spec_from_file_location(f"buffycoat_plugin_{sha256[:12]}", path)
    if spec is None or spec.loader is None:
        raise SettingError(f"model file {path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise SettingError(f"model file {path} fails: {type(error).__name__}: {error}") from error
    function = getattr(module, name, None)
    if not callable(function):
        there = ", ".join(n for n in vars(module) if not n.startswith("_"))
        raise SettingError(f"{path} has no function {name!r}; it has: {there}")
    return function, sha256
