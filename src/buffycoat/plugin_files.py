"""Plugin files: run once, what they registered remembered, and taken out again when need be."""

from __future__ import annotations

import hashlib
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from buffycoat.errors import BuffycoatError, SettingError
from buffycoat.registry import Registry

__all__ = [
    "Added",
    "Plugin",
    "add_entry",
    "load_plugin",
    "loaded_plugins",
    "plugins_for_now",
    "read_code",
    "run_code",
]


@dataclass(frozen=True)
class Added:
    """What a decorator of a plugin stands on."""

    registry: Registry[Any]
    """Where it is had by name."""
    entry: Any
    """The function."""
    register: Callable[[Any], Any]
    """What adds it to the registry."""

    @property
    def name(self) -> str:
        """What it is chosen by."""
        return str(self.entry.__name__)


@dataclass(frozen=True)
class Plugin:
    """A plugin file that was run, and what it added."""

    path: Path
    """Where it was."""
    code: bytes
    """What was run."""
    sha256: str
    """SHA-256 of that."""
    entries: tuple[Added, ...]
    """What it added."""

    def __str__(self) -> str:
        added = ", ".join(f"{added.registry.kind} {added.name!r}" for added in self.entries)
        return f"plugin {self.path.name}: {added}"


_loaded: dict[str, Plugin] = {}
_adding: list[Added] | None = None


def load_plugin(path: Path | str) -> Plugin:
    """Run a plugin file, so that what it registers can be chosen by name.

    A file that was edited since it was loaded takes the place of what it was. It is code: load
    only files that you trust.

    Raises:
        SettingError: when the file is missing, fails (with the line), registers nothing, has a
            name or gives one that is taken, or needs another file beside it.
    """
    path = Path(path)
    if not path.name.isprintable():
        raise SettingError(f"the plugin's name {path.name!r} cannot be printed: rename it")
    code, sha256 = read_code(path, "plugin")
    before = _loaded.get(path.name)
    if before and before.sha256 == sha256:
        return before
    if before and before.path.resolve() != path.resolve():
        said = f"{before.path} and {path} have one name, and a run keeps its plugins by name"
        raise SettingError(f"{said}: rename one of them")
    if before:
        _remove(before)
    try:
        _add(plugin := _run(code, path, sha256))
    except SettingError:
        if before:
            _add(before)
        raise
    return plugin


def loaded_plugins() -> tuple[Plugin, ...]:
    """The plugins that were loaded, in that order."""
    return tuple(_loaded.values())


@contextmanager
def plugins_for_now(paths: Sequence[Path], *, alone: bool) -> Iterator[None]:
    """The plugins in these files inside the block; after it those that were loaded before.

    Args:
        paths: Plugin files.
        alone: Take out, for the block, what is loaded.

    Raises:
        SettingError: as `load_plugin` does.
    """
    before = loaded_plugins()
    for plugin in before if alone else ():
        _remove(plugin)
    try:
        for path in paths:
            load_plugin(path)
        yield
    finally:
        for plugin in loaded_plugins():
            _remove(plugin)
        for plugin in before:
            _add(plugin)


def _run(code: bytes, path: Path, sha256: str) -> Plugin:
    """The plugin; what it registers is taken out again, whether it fails or not."""
    global _adding
    known, _adding, name = set(sys.modules), [], f"buffycoat_plugin_{sha256[:12]}"
    try:
        run_code(code, path, name)
        entries = tuple(_adding)
    finally:
        for added in _adding:
            added.registry.remove(added.name)
        _adding = None
        beside = _forget_beside(path, set(sys.modules) - known - {name})
    try:
        _refuse_unfit(path, entries, beside)
    except SettingError:
        del sys.modules[name]
        raise
    return Plugin(path, code, sha256, entries)


def _forget_beside(path: Path, modules: set[str]) -> list[Path]:
    """The files beside the plugin that it imported, so taken out that the next load sees them."""
    files = {name: Path(getattr(sys.modules[name], "__file__", None) or "") for name in modules}
    # torch has modules whose file is a bare name
    beside = {
        name: file
        for name, file in files.items()
        if file.is_absolute() and file.resolve().parent == path.resolve().parent
    }
    for name in beside:
        del sys.modules[name]
    return sorted(beside.values())


def _refuse_unfit(path: Path, entries: tuple[Added, ...], beside: list[Path]) -> None:
    if not entries:
        ways = "put one of the decorators of buffycoat.plugins above a function in it"
        raise SettingError(f"plugin {path} registers nothing: {ways}")
    for file in beside:
        said = f"plugin {path} imports {file.name} from beside it"
        raise SettingError(f"{said}, and a plugin is one file: put what it needs into it")


def _add(plugin: Plugin) -> None:
    for added in plugin.entries:
        added.register(added.entry)
    _loaded[plugin.path.name] = plugin


def _remove(plugin: Plugin) -> None:
    for added in plugin.entries:
        added.registry.remove(added.name)
    del _loaded[plugin.path.name]


def add_entry(
    registry: Registry[Any], entry: Any, register: Callable[[Any], Any] | None = None
) -> None:
    """Register what a decorator stands on, where a plugin is being run; else do nothing.

    Args:
        registry: Where it is had by name.
        entry: The function.
        register: What adds it, where that is more than the registry's own.

    Raises:
        SettingError: when its name is taken.
    """
    if _adding is None:
        return
    added = Added(registry, entry, register or registry.register)
    added.register(entry)
    _adding.append(added)


def read_code(path: Path, what: str) -> tuple[bytes, str]:
    """The bytes of a Python file and their SHA-256.

    Raises:
        SettingError: when it is missing or cannot be read; `what` says what it was to be.
    """
    if path.suffix != ".py":
        raise SettingError(f"{what} {path} is no Python file: its name must end in .py")
    try:
        code = path.read_bytes()
    except FileNotFoundError as error:
        raise SettingError(f"{what} {path} does not exist") from error
    except OSError as error:
        raise SettingError(f"{what} {path} cannot be read: {error.strerror}") from error
    return code, hashlib.sha256(code).hexdigest()


def run_code(code: bytes, path: Path, name: str) -> ModuleType:
    """The module of that name which the code of a file gives.

    Compiled here and not by an import: that would leave a `__pycache__` beside the file, and take
    the one of a second ago for a file that was changed since.

    Raises:
        SettingError: when it fails, with the line.
    """
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses and pickling look there
    try:
        compiled = compile(code, str(path), "exec", dont_inherit=True)
        exec(compiled, module.__dict__)  # noqa: S102  (the user's own file)
    except BuffycoatError as error:
        del sys.modules[name]
        raise SettingError(f"{path}{_line(error, path).rstrip(',')}: {error}") from error
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise SettingError(f"{path}{_line(error, path)} fails: {error!r}") from error
    return module


def _line(error: BaseException, path: Path) -> str:
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    last = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    return f", line {last}," if last else ""
