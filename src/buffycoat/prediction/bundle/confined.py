"""Run as a script by the check of a bundle: confines its own process, then runs the trial there.

It is given one JSON file, and imports nothing of Buffycoat and nothing that is installed.

- No network: a network namespace of its own where the kernel allows (Linux), and everywhere
  Python's own calls are refused.
- No writing outside the two folders of the check, and no other program: Python's own calls are
  refused and reported. Audit hooks cannot be taken away again, but compiled code does not pass
  them: this finds mistakes, it does not hold back an enemy.
- model.py imports NumPy, onnxruntime, torch, Python's own library, and what lies beside it.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.abc
import json
import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["Imports", "Watch", "cut_network"]

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_DEATH_SIGNAL = 1  # of prctl
_GIVEN = {"numpy", "onnxruntime", "torch"}
_CALLS = ("connect", "bind", "sendto", "sendmsg", "getaddrinfo", "gethostbyname", "gethostbyaddr")
_NETWORK = {f"socket.{name}" for name in _CALLS}
_PROGRAMS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork"}
_PROGRAMS |= {"os.forkpty"}
_CHANGES = ("remove", "rename", "mkdir", "rmdir", "link", "symlink", "truncate", "chmod", "chown")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watch:
    """An audit hook that refuses the network, other programs and writing outside some folders.

    Args:
        folders: Where writing is allowed.
        packages: Where NumPy and the others are installed: torch asks `ldconfig` for its libraries.
        report: An open file; the first refusal of each kind is added to it, a line of JSON.
    """

    def __init__(self, folders: Sequence[str], packages: Sequence[str], report: int) -> None:
        self._folders = [Path(folder).resolve() for folder in folders]
        self._packages, self._report = tuple(packages), report
        self._reported: set[str] = set()

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Let an event pass, or raise PermissionError."""
        if event in _NETWORK:
            self._refuse("the network", event, arguments)
        elif event in _PROGRAMS and not self._is_of_package(sys._getframe(1)):
            self._refuse("another program", event, arguments)
        elif event == "open" and self._is_writing(*arguments[1:3]):
            self._check_places(event, arguments[:1])
        elif event.startswith("os.") and event[3:] in _CHANGES:
            self._check_places(event, arguments[:2])
        elif event == "shutil.rmtree":  # whose files are then removed by their names alone
            self._check_places(event, arguments[:1])

    def _is_of_package(self, frame: FrameType | None) -> bool:
        """Whether a package began it: the first frame that is not of Python's own library."""
        while frame:
            file = frame.f_code.co_filename
            if file.startswith(self._packages):
                return True
            if Path(file).is_relative_to(self._folders[0]):
                return False
            frame = frame.f_back
        return False

    @staticmethod
    def _is_writing(mode: Any, flags: Any) -> bool:
        named = isinstance(mode, str) and bool(set(mode) & set("wax+"))
        return named or (isinstance(flags, int) and bool(flags & _WRITING))

    def _check_places(self, event: str, places: tuple[Any, ...]) -> None:
        for place in places:
            if not isinstance(place, (str, bytes, os.PathLike)):
                continue  # a number: a file that is open already, or a mode
            full = Path(os.fsdecode(place)).resolve()
            inside = any(full.is_relative_to(top) for top in self._folders)
            if not inside and full != Path(os.devnull):
                self._refuse("a file outside its folder", event, (full,))

    def _refuse(self, what: str, event: str, arguments: tuple[Any, ...]) -> None:
        said = f"{event} {' '.join(str(a)[:120] for a in arguments[:3])}"
        if what not in self._reported:  # once: the report's growth is taken for progress
            self._reported.add(what)
            line = json.dumps({"refused": what, "said": said[:300]}) + "\n"
            os.write(self._report, line.encode())
        raise PermissionError(f"{what} is out of reach in this check ({said[:300]})")


class Imports(importlib.abc.MetaPathFinder):
    """Refuses what a submission cannot count on, where its own files import it.

    Args:
        folder: Where model.py lies.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find_spec(self, name: str, path: Any, target: Any = None) -> None:  # noqa: ARG002
        """Leave a module to the other finders, or raise ModuleNotFoundError."""
        top = name.partition(".")[0]
        if top == "buffycoat" or (self._is_ours() and not self._is_there(top)):
            said = "a submission has NumPy, and onnxruntime or torch"
            raise ModuleNotFoundError(f"No module named {name!r}: {said}", name=name)

    def _is_there(self, top: str) -> bool:
        is_own = Path(self._folder, top).exists() or Path(self._folder, f"{top}.py").exists()
        return is_own or top in _GIVEN or top in sys.stdlib_module_names

    def _is_ours(self) -> bool:
        """Whether the import stands in a file of the submission."""
        frame = sys._getframe(2)
        while frame.f_back and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        return frame.f_code.co_filename.startswith(self._folder + os.sep)


def cut_network() -> bool:
    """Leave the network for an empty one; False where the kernel does not allow it."""
    if not sys.platform.startswith("linux"):
        return False
    user, group = os.getuid(), os.getgid()
    try:
        libc = ctypes.CDLL(None)
        if libc.unshare(_NEW_NET) == 0:
            return True
        if libc.unshare(_NEW_USER | _NEW_NET) != 0:
            return False
    except (OSError, AttributeError):
        return False
    with contextlib.suppress(OSError):  # without it the user has no name, and no network either
        _map("uid_map", f"{user} {user} 1")
        _map("setgroups", "deny")
        _map("gid_map", f"{group} {group} 1")
    return True


def _map(name: str, text: str) -> None:
    """Keep the number of the user, which a new user namespace would forget."""
    Path(f"/proc/self/{name}").write_text(text)


def _main(settings: dict[str, Any]) -> None:
    report = os.open(settings["report"], os.O_WRONLY | os.O_APPEND)
    _limit_files(settings["max_file_bytes"])
    _end_with_parent()
    line = json.dumps({"network": "cut" if cut_network() else "refused"}) + "\n"
    os.write(report, line.encode())
    sys.path += settings["packages"]
    sys.meta_path.insert(0, Imports(settings["folder"]))
    folders = [settings["folder"], settings["scratch"]]
    sys.addaudithook(Watch(folders, settings["packages"], report))
    runpy.run_path(settings["trial"], {"SETTINGS": settings}, "trial")


def _end_with_parent() -> None:
    """Let no check go on alone when the one that watches it is killed."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DEATH_SIGNAL, 9)


def _limit_files(n_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
