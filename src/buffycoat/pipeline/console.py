"""Where commands speak: one console, sentences for the user, and progress of long work."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

__all__ = ["console", "printable", "progress", "quietly", "say"]

console = Console(highlight=False)
"""All that commands print goes through here; `console.quiet = True` silences them."""


def say(sentence: str, style: str | None = None) -> None:
    """Print a sentence; names of files and labels in it are never read as markup."""
    console.print(Text(printable(sentence)), style=style, soft_wrap=True)


def printable(text: str) -> str:
    r"""The text in which whatever would command a terminal is written out, lines apart.

    >>> printable("a\x1b[2Jb\u202ec")
    'a\\x1b[2Jb\\u202ec'
    """
    shown = (c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
    return "".join(shown)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Nothing is printed inside the block."""
    before, console.quiet = console.quiet, True
    try:
        yield
    finally:
        console.quiet = before


@contextlib.contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int, int], None]]:
    """A bar, on a terminal, moved by calling with the number done and the number of all."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done, n: bar.update(task, completed=done, total=n)
