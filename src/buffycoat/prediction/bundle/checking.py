"""Try an unpacked bundle in a confined process, and say of each check whether it passed."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from buffycoat.prediction.bundle.trial import ROWS, many
from buffycoat.prediction.bundle.watching import Ended, watch

__all__ = ["Checked", "Limits", "Outcome", "check_bundle"]

_MAX_FILE_BYTES = 2**30
_SEEN = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "LANG", "OMP_NUM_THREADS")
_GIVEN = ("numpy", "onnxruntime", "torch")
_ADVICE = {
    "the network": "put all that it needs into the zip",
    "another program": "work in the process of Model alone",
    "a file outside its folder": "write nothing, or into tempfile.gettempdir()",
}


@dataclass(frozen=True)
class Limits:
    """What a bundle may take."""

    seconds: float = 300
    """For loading, and for each thousand images (or fewer) of one call of predict, by the clock."""
    memory_gb: float = 4
    """At any time, in 10^9 bytes."""


@dataclass(frozen=True)
class Outcome:
    """One check."""

    name: str
    """What was tried."""
    failed: str | None = None
    """What is wrong and what to do, or None."""
    seconds: float | None = None
    """How long it took here."""
    n_images: int | None = None
    """How many it answered in one call, where these were many."""


@dataclass(frozen=True)
class Checked:
    """All checks of a bundle."""

    outcomes: tuple[Outcome, ...]
    """In their order."""
    answers: np.ndarray | None
    """The class ids (N,) of the rows, where there are some and it came so far."""
    peak_bytes: int
    """The most memory that was seen; 0 where that cannot be seen."""
    network: str
    """`cut` where there was none, `refused` where Python's calls alone were stopped."""


def check_bundle(
    folder: Path,
    pixels: np.ndarray,
    limits: Limits,
    *,
    rows: np.ndarray | None = None,
    class_ids: Sequence[int] = (),
    n_many: int = 10_000,
) -> Checked:
    """Try a bundle on odd inputs, in a process that reaches neither network nor Buffycoat.

    Args:
        folder: Where it was unpacked; a folder `scratch` is made beside it.
        pixels: Images to try it on, uint8 (n, 96, 96, 3), at least two.
        limits: What it may take.
        rows: Images whose answers are wanted, uint8 (N, 96, 96, 3).
        class_ids: The answers that there are; any number from 0 without them.
        n_many: Images of the call whose time is told.
    """
    scratch = folder.parent / "scratch"
    home = scratch / "home"  # which a submission may empty, and with it no report
    home.mkdir(parents=True)
    report = scratch / "report.jsonl"
    report.touch()
    settings = _settings(folder, scratch, pixels, rows)
    settings |= {"class_ids": list(class_ids) or None, "n_many": n_many}
    sizes = {many(n_many): n_many, ROWS: 0 if rows is None else len(rows)}
    (scratch / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    script = str(Path(__file__).with_name("confined.py"))
    ended = watch(
        # Isolated, and without `site`: an installed Buffycoat is not found.
        [sys.executable, "-I", "-S", "-B", script, str(scratch / "settings.json")],
        folder=scratch,
        environment=_environment(home),
        report=report,
        allowed=lambda: _allowed_s(_lines(report), limits, sizes),
        memory_bytes=limits.memory_gb * 1e9,
    )
    lines = _lines(report)
    outcomes = (*_outcomes(lines, ended, limits, scratch, sizes), *_refusals(lines))
    network = next((str(line["network"]) for line in lines if "network" in line), "refused")
    answers = _answers(scratch, rows)
    return Checked(outcomes, answers, ended.peak_bytes, network)


def _settings(
    folder: Path, scratch: Path, pixels: np.ndarray, rows: np.ndarray | None
) -> dict[str, Any]:
    np.save(scratch / "pixels.npy", pixels)
    if rows is not None:
        np.save(scratch / "rows.npy", rows)
    return {
        "folder": str(folder),
        "scratch": str(scratch),
        "report": str(scratch / "report.jsonl"),
        "trial": str(Path(__file__).with_name("trial.py")),
        "packages": _package_folders(),
        "pixels": str(scratch / "pixels.npy"),
        "rows": str(scratch / "rows.npy") if rows is not None else None,
        "max_file_bytes": _MAX_FILE_BYTES,
    }


def _package_folders() -> list[str]:
    """Where NumPy, onnxruntime and torch are installed."""
    specs = [importlib.util.find_spec(name) for name in _GIVEN]
    places = [spec.origin for spec in specs if spec and spec.origin]
    return list(dict.fromkeys(str(Path(place).parents[1]) for place in places))


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's but what programs are found by, and a home that is empty."""
    kept = {name: os.environ[name] for name in _SEEN if name in os.environ}
    own = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME"), str(home))
    return {**kept, **own}


def _lines(report: Path) -> list[dict[str, Any]]:
    """The lines of the report; what the submission wrote in between is no line of ours."""
    found = []
    for line in report.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            read = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(read, dict):
            found.append(read)
    return found


def _outcomes(
    lines: list[dict[str, Any]],
    ended: Ended,
    limits: Limits,
    scratch: Path,
    sizes: Mapping[str, int],
) -> list[Outcome]:
    """Every check that ended, and the one that did not."""
    done = [
        Outcome(
            str(line["ends"]),
            _text(line.get("failed")),
            _number(line.get("seconds")),
            sizes.get(str(line["ends"])),
        )
        for line in lines
        if "ends" in line
    ]
    begun = [str(line["begins"]) for line in lines if "begins" in line]
    if len(begun) > len(done) or ended.because != "itself" or ended.code != 0:
        name = begun[-1] if len(begun) > len(done) else "the process of the check"
        allowed_s = _allowed_s(lines, limits, sizes)
        done.append(Outcome(name, _stopped(ended, limits, scratch, allowed_s)))
    return done


def _allowed_s(lines: list[dict[str, Any]], limits: Limits, sizes: Mapping[str, int]) -> float:
    """The seconds that the check which began last may take."""
    begun = [str(line["begins"]) for line in lines if "begins" in line]
    n_images = sizes.get(begun[-1], 0) if begun else 0
    return limits.seconds * max(1, math.ceil(n_images / 1000))


def _text(said: object) -> str | None:
    return None if said is None else str(said)[:1000]


def _number(said: object) -> float | None:
    return float(said) if isinstance(said, (int, float)) else None


def _stopped(ended: Ended, limits: Limits, scratch: Path, allowed_s: float) -> str:
    """Why a check did not come to its end."""
    if ended.because == "time":
        said = f"it was stopped after {allowed_s:,g} seconds on this machine"
        return f"{said}: make it faster (a smaller network, fewer views), or raise --seconds"
    if ended.because == "memory":
        said = f"it was stopped, holding {ended.peak_bytes / 1e9:.1f} GB"
        limit = f"more than the {limits.memory_gb:g} GB allowed"
        return f"{said}, {limit}: answer X in smaller parts, or raise --memory-gb"
    how = f"exit code {ended.code}"
    if ended.code < 0:
        how = signal.Signals(-ended.code).name
    last = _last_line(scratch / "output.txt")
    return f"its process ended ({how}){': ' + last if last else ''}; run model.py alone to see why"


def _last_line(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        text = file.read().decode(errors="replace").strip()
    return text.splitlines()[-1][:300] if text else ""


def _refusals(lines: list[dict[str, Any]]) -> list[Outcome]:
    """One outcome for each kind of thing that the submission may not do."""
    outcomes = []
    for what, advice in _ADVICE.items():
        said = [str(line.get("said")) for line in lines if line.get("refused") == what]
        failed = f"it asks for {what} ({said[0]}): {advice}" if said else None
        outcomes.append(Outcome(f"leaves {what} alone", failed))
    return outcomes


def _answers(scratch: Path, rows: np.ndarray | None) -> np.ndarray | None:
    place = scratch / "answers.npy"
    if rows is None or not place.is_file():
        return None
    try:
        found: np.ndarray = np.load(place, allow_pickle=False)
    except (ValueError, EOFError):
        return None
    return found if found.shape == (len(rows),) else None
