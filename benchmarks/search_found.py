"""What thirty minutes of a search find on PBC: `python -m benchmarks.search_found NAME`.

small, mobile   a network of that space at 64 px, against MobileNetV2 from scratch, as wide as makes
                its parameters nearest, trained by the same recipe for the same epochs and seeds:
                those of the search's own runs, then twelve
settings        settings for the recipe `light` (12 minutes of short trials at 64 px, then its 12
                epochs at 96 px in the rest), against that recipe as it is, with as many epochs as
                fit into the thirty minutes; both at the same time, on half of the cores each

Everything is chosen by validation rows. Test rows are answered once; differences are paired.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
from torchvision.models import mobilenet_v2

from benchmarks import cells
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import epoch_seconds, timed
from buffycoat import compare
from buffycoat.runs import Run, open_run

PX, MINUTES, SEEDS, N_CLASSES = 64, 30, 2, 8
EPOCHS = 12
"""Of both networks, after the search: in its thirty minutes few are left."""
SEARCHED_MINUTES, TRIAL_EPOCHS, LIGHT_PX = 12, 2, 96
LIGHT = ["--recipe", "light", "--weights", cells.WEIGHTS]

_MODEL = '''"""MobileNetV2 of any width, from scratch."""

from torchvision.models import mobilenet_v2


def network(n_classes, width):
    return mobilenet_v2(num_classes=n_classes, width_mult=width)
'''


def main() -> None:
    """Make what was named."""
    ways = {"small": _network, "mobile": _network, "settings": _settings}
    if len(sys.argv) != 2 or sys.argv[1] not in ways:
        sys.exit(f"name one of {', '.join(ways)}")
    ways[sys.argv[1]](sys.argv[1])


def _table() -> Path:
    path = cells.WORK / "pbc-0" / "samples.parquet"
    if not path.is_file():
        sys.exit(f"{path} is not there: run `accuracy pbc` first")
    return path


def _network(space: str) -> None:
    out = cells.WORK / f"search-{space}"
    if not (out / "search.html").is_file():
        how = ["--space", space, "--strategy", "evolution", "--image-px", PX, PX]
        how += ["--trial-epochs", 2, "--seeds", SEEDS, "--budget", f"{MINUTES}m", "--out", out]
        timed(["search", "architecture", _table(), *how, *_resumed(out / "architectures.parquet")])
    found = [open_run(out / f"best-seed-{seed}") for seed in range(SEEDS)]
    width = _width_of(int(found[0].facts["network"]["n_parameters"]))
    _beside(space, found, width, "in the budget")
    again = [_trained(f"found-{space}-{seed}", out, EPOCHS, seed) for seed in range(SEEDS)]
    _beside(space, again, width, "trained longer")


def _beside(space: str, found: list[Run], width: float, how: str) -> None:
    """MobileNetV2 for as many epochs as each of these, and both compared."""
    model = cells.WORK / "mobilenet.py"
    model.write_text(_MODEL)
    network = ["--model", f'{{name = "{model}:network", width = {width}}}']
    n_epochs, theirs = [_epochs(run.path) for run in found], []
    for seed, n in enumerate(n_epochs):
        name = f"beside-{space}-{n}-{seed}"
        theirs.append(_trained(name, cells.WORK / f"search-{space}", n, seed, network))
    note = f"{' and '.join(map(str, n_epochs))} epochs at {PX} px, {SEEDS} seeds"
    note += f"; the search had {MINUTES} min"
    _compared(f"space {space}, {how}", found, f"MobileNetV2 x{width}", theirs, note)


def _trained(
    name: str, search: Path, n_epochs: int, seed: int, flags: Sequence[object] = ()
) -> Run:
    """A run by the recipe of what was found, for so many epochs."""
    place = cells.WORK / name
    if not (place / "report.html").is_file():
        how = ["--recipe", search / "best.toml", *flags, "--epochs", n_epochs, "--seed", seed]
        timed(["train", _table(), *how, "--out", place, "--overwrite"])
    return open_run(place)


def _resumed(part: Path) -> list[str]:
    return ["--resume"] if part.is_file() else []


def _width_of(n_parameters: int) -> float:
    """The width whose MobileNetV2 has the nearest number of parameters."""
    sizes = {}
    for percent in range(5, 145, 5):
        network = mobilenet_v2(num_classes=N_CLASSES, width_mult=percent / 100)
        sizes[percent / 100] = sum(p.numel() for p in network.parameters())
    return min(sizes, key=lambda width: abs(sizes[width] - n_parameters))


def _settings(_: str) -> None:
    out, found = cells.WORK / "search-settings", cells.WORK / "settings-found"
    plain = cells.WORK / "settings-light"
    cores = sorted(os.sched_getaffinity(0))
    with ThreadPoolExecutor(1) as beside:
        light = beside.submit(_light, plain, cores[len(cores) // 2 :])
        os.sched_setaffinity(0, cores[: len(cores) // 2])
        _by_search(out, found)
        light.result()
    n_trials = pl.read_parquet(out / "trials.parquet").height
    n_epochs, spent = _epochs(found), f"{epoch_seconds(found):.0f} s"
    note = f"{n_trials} trials of {TRIAL_EPOCHS} epochs at {PX} px in {SEARCHED_MINUTES} min"
    note += f", then {n_epochs}"
    note += f" in {spent}; light {_epochs(plain)} epochs in {epoch_seconds(plain):.0f} s"
    _compared("settings for light", [open_run(found)], "light", [open_run(plain)], note)


def _by_search(out: Path, found: Path) -> None:
    """The search, and a training by what it found."""
    if not (out / "search.html").is_file():
        how = ["--function", "usual", "--epochs", TRIAL_EPOCHS, "--score", "loss"]
        how += ["--image-px", PX, PX]
        how += ["--budget", f"{SEARCHED_MINUTES}m", *_resumed(out / "study.db"), "--out", out]
        timed(["search", "settings", _table(), *LIGHT, *how])
    if not (found / "report.html").is_file():
        how = ["--recipe", out / "best.toml", "--image-px", LIGHT_PX, LIGHT_PX, "--epochs", 12]
        how += ["--budget", f"{MINUTES - SEARCHED_MINUTES}m", "--out", found, "--overwrite"]
        timed(["train", _table(), *how])


def _light(plain: Path, cores: list[int]) -> None:
    """The recipe as it is, on these cores; a command has those of the thread that began it."""
    os.sched_setaffinity(0, cores)
    if not (plain / "report.html").is_file():
        budget = ["--epochs", 60, "--budget", f"{MINUTES}m", "--out", plain, "--overwrite"]
        timed(["train", _table(), *LIGHT, *budget])


def _epochs(run: Path) -> int:
    return pl.read_csv(run / "history.csv").height


def _compared(setting: str, found: list[Run], beside: str, theirs: list[Run], note: str) -> None:
    """Accuracy, parameters and seconds of an epoch of both, and the paired difference."""
    given = [f"{n}={_joined(runs)}" for n, runs in (("found", found), (beside, theirs))]
    page = cells.WORK / f"search-{setting.replace(' ', '-')}.html"
    compared = compare(tuple(given), out=page)
    data = {"data_hash": found[0].facts["data"]["data_hash"], "note": note}
    runs = {"found": found, beside: theirs}
    for method in compared.methods:
        figure, first = method.figures["accuracy"], runs[method.name][0]
        ends = {"low": figure.low, "high": figure.high}
        _row(setting, f"test accuracy of {method.name}", figure.value, **ends, **data)
        _row(
            setting, f"parameters of {method.name}", first.facts["network"]["n_parameters"], **data
        )
        seconds = epoch_seconds(first.path) / _epochs(first.path)
        _row(setting, f"seconds of an epoch of {method.name}", seconds, unit="s", **data)
    for pair in compared.pairs:
        figure = pair.differences["accuracy"]
        ends = {"low": figure.low, "high": figure.high}
        name = f"accuracy, {pair.first} - {pair.second}, paired, 95% by group"
        _row(setting, name, figure.value, **ends, **data)


def _joined(runs: list[Run]) -> str:
    return ",".join(str(run.path) for run in runs)


def _row(setting: str, figure: str, value: float, **rest: object) -> None:
    write_row("search_found", setting, figure, value, **rest)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
