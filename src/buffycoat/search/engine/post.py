"""Where tasks of Ray leave their figures for the driver, and read what it gave up."""

from __future__ import annotations

import uuid

__all__ = ["Post", "Read"]

Figure = tuple[int, int, float]
Read = tuple[str, int]
"""Of which post, and how many of its figures."""


class Post:
    """Figures on their way to the driver, and jobs that it gave up.

    A call can be repeated where its answer was lost on the way: no figure is left twice, and none
    is gone before the driver has it. One that begins anew, its node lost, has another name and
    nothing in it.
    """

    def __init__(self) -> None:
        self._name = uuid.uuid4().hex
        self._figures: dict[tuple[int, int], float] = {}
        self._given_up: set[int] = set()

    def leave(self, key: int, step: int, value: float) -> bool:
        """Leave the figure of a job's step; whether the job was given up."""
        self._figures.setdefault((key, step), value)
        return key in self._given_up

    def since(self, read: Read) -> tuple[Read, list[Figure]]:
        """What was left since, and what will then have been read."""
        name, n = read
        start = n if name == self._name else 0
        figures = [(key, step, value) for (key, step), value in self._figures.items()]
        return (self._name, len(figures)), figures[start:]

    def give_up(self, key: int) -> None:
        """Let a job know by its next figure that it may end."""
        self._given_up.add(key)
