"""What a bundle is asked, in the process of `confined.py`: each answer held against what it says.

It imports NumPy alone. Every check writes two lines of JSON into the report: that it begins, so
that the one that never ends is known, and how it ended.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["ROWS", "FailedError", "Trial", "many"]

ROWS = "the table's rows"
"""The check that answers these."""

_FEW = 32
_BESIDE = 'open it beside model.py: Path(__file__).parent / "its name"'


def many(n: int) -> str:
    """The check that asks for so many images at once."""
    return f"n = {n:,}"


class FailedError(Exception):
    """What is wrong, and what to do."""


class Trial:
    """One submission, asked on several inputs.

    Args:
        settings: The paths folder, scratch, report, pixels and rows; class_ids; n_many.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._folder = Path(settings["folder"])
        self._model: Any = None
        self._ids = settings["class_ids"]
        self._failed: list[str] = []

    def run(self) -> None:
        """All checks; none after a Model that cannot be made."""
        with self._check("model.py is imported"):
            made = self._imported()
        if self._failed:
            return
        with self._check("Model() is made"):
            self._model = self._made(made)
        if self._failed:
            return
        pixels = np.load(self._settings["pixels"], allow_pickle=False)
        self._odd_inputs(pixels[:_FEW])
        if self._settings["rows"]:
            with self._check(ROWS):
                rows = np.load(self._settings["rows"], allow_pickle=False)
                np.save(Path(self._settings["scratch"]) / "answers.npy", self._answer(rows))
        n_many = self._settings["n_many"]
        with self._check(many(n_many)):
            self._answer(pixels[np.arange(n_many) % len(pixels)])

    def _odd_inputs(self, few: np.ndarray) -> None:
        with self._check("n = 0"):
            self._answer(few[:0])
        with self._check("n = 1"):
            self._answer(few[:1])
        with self._check(f"n = {len(few)}, twice the same"):
            first = self._answer(few)
            self._compare(first, self._answer(few), "asked twice, it answers")
        if self._failed:
            return
        for name, ask in _variants(few).items():
            with self._check(name):
                self._compare(first, ask(self._answer), f"for {name} it answers")

    @contextmanager
    def _check(self, name: str) -> Iterator[None]:
        self._report(begins=name)
        failed, start = None, time.perf_counter()
        try:
            yield
        except FailedError as error:
            failed = str(error)
        except BaseException as error:  # also SystemExit: none of them may end the trial
            failed = self._said(error)
        self._failed += [name] if failed else []
        self._report(ends=name, failed=failed, seconds=round(time.perf_counter() - start, 3))

    def _report(self, **line: Any) -> None:
        with Path(self._settings["report"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _said(self, error: BaseException) -> str:
        """The error in a sentence, with the line of the submission that it came from."""
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).parent == self._folder]
        where = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
        if isinstance(error, SyntaxError) and error.lineno:
            where = f" (line {error.lineno})"
        first = (str(error).strip().splitlines() or [""])[0][:300]
        advice = f"; {_BESIDE}" if isinstance(error, FileNotFoundError) else ""
        return f"it raises {type(error).__name__}: {first}{where}{advice}"

    def _imported(self) -> Any:
        sys.path.insert(0, str(self._folder))
        spec = importlib.util.spec_from_file_location("model", self._folder / "model.py")
        if spec is None or spec.loader is None:
            raise FailedError("model.py cannot be loaded as a Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules["model"] = module
        spec.loader.exec_module(module)
        found = getattr(module, "Model", None)
        if not isinstance(found, type):
            raise FailedError(
                "model.py has no class Model: write `class Model` with predict(self, X)"
            )
        if not callable(getattr(found, "predict", None)):
            raise FailedError("Model has no predict: write `def predict(self, X)` in it")
        return found

    @staticmethod
    def _made(made: Any) -> Any:
        try:
            return made()
        except TypeError as error:
            if error.__traceback__ and error.__traceback__.tb_next is None:
                raise FailedError(f"Model() needs no arguments, but: {error}") from error
            raise

    def _answer(self, images: np.ndarray) -> np.ndarray:
        """The class ids of images, which are left as they were."""
        before = images.copy() if len(images) <= _FEW else None
        found = self._model.predict(images)
        if before is not None and not np.array_equal(before, images):
            raise FailedError("predict changes X: work on a copy (X = X.copy())")
        return _checked(found, len(images), self._ids)

    @staticmethod
    def _compare(first: np.ndarray, found: np.ndarray, what: str) -> None:
        n = int((first != found).sum())
        if n:
            said = f"{what} otherwise for {n} of {len(first)} images"
            raise FailedError(f"{said}: an answer may depend on the image's values alone")


def _checked(found: Any, n: int, ids: list[int] | None) -> np.ndarray:
    """Answers that are class ids (n,)."""
    if not isinstance(found, np.ndarray):
        said = f"predict gives {type(found).__name__}"
        raise FailedError(f"{said}: it must give a NumPy array of {n} class ids")
    if found.shape != (n,):
        hint = ": did argmax(axis=1) get lost?" if found.ndim == 2 else ""
        raise FailedError(f"predict gives the shape {found.shape} for {n} images, not ({n},){hint}")
    if found.dtype.kind not in "iu":
        said = f"predict gives {found.dtype}, not whole numbers"
        raise FailedError(f"{said}: end it with .astype(np.int64)")
    unknown = sorted(set(found.tolist()) - set(ids)) if ids else [i for i in found if i < 0]
    if unknown:
        raise FailedError(f"predict gives {unknown[0]}, which is no class id of classes.json")
    return found.astype(np.int64)


_Ask = Callable[[np.ndarray], np.ndarray]


def _variants(few: np.ndarray) -> dict[str, Callable[[_Ask], np.ndarray]]:
    """The same images given in other ways; each asks and brings the answers into their order."""
    order = np.random.default_rng(0).permutation(len(few))
    back = np.argsort(order)
    wide = np.zeros((len(few), 2 * few.shape[1], *few.shape[2:]), few.dtype)
    wide[:, ::2] = few
    still = few.copy()
    still.setflags(write=False)
    return {
        "other order of rows": lambda ask: ask(few[order])[back],
        "in several parts": lambda ask: np.concatenate([ask(few[:1]), ask(few[1:4]), ask(few[4:])]),
        "float32": lambda ask: ask(few.astype(np.float32)),
        "float64": lambda ask: ask(few.astype(np.float64)),
        "a transposed view": lambda ask: ask(np.asfortranarray(few)),
        "a strided view": lambda ask: ask(wide[:, ::2]),
        "an array that is read only": lambda ask: ask(still),
    }


if __name__ == "trial":
    Trial(globals()["SETTINGS"]).run()
    os._exit(0)  # threads that a submission left behind are not waited for
