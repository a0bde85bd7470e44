"""`buffycoat bundle`: one run or several as a zip that answers without Buffycoat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from buffycoat.errors import SettingError
from buffycoat.pipeline.console import say
from buffycoat.pipeline.given import several
from buffycoat.pipeline.loading import load_run, train_settings
from buffycoat.prediction.bundle.class_ids import number_classes, parse_class_ids
from buffycoat.prediction.bundle.network_file import Backend
from buffycoat.prediction.bundle.writing import Bundle, Member, write_bundle
from buffycoat.prediction.views import ViewName
from buffycoat.runs import Run
from buffycoat.tables.files import check_writable

__all__ = ["bundle", "check_classes_agree"]


def bundle(
    runs: tuple[Path, ...],
    /,
    *,
    out: Path,
    backend: Backend = "onnx",
    views: ViewName | None = None,
    class_ids: str = "",
) -> Path:
    """Write runs as a zip with `model.py`, for a competition or any program that has NumPy.

    `Model().predict(X)` gives class ids (n,), int64, of images (n, 96, 96, 3) in 0..255, uint8 or
    float. They are brought to the run's size, answered in float32 and averaged over its views as
    the run does; of several runs, each does so in its own way, and the mean of their probabilities
    is answered. All that was held against the runs' own answers before the zip is there.

    Args:
        runs: One run folder, or several with the same classes in the same order.
        out: The zip to write.
        backend: What the zip needs beside NumPy: onnxruntime (onnx), or torch.
        views: one, or flips (4 times the work), turns (8), scales (3), all (24); by default each
            run's own.
        class_ids: The number of each class, as `basophil=0,eosinophil=1`; by default the source's
            own numbers where it had some, else the order of the runs' classes.

    Raises:
        RunError: when a run is incomplete or altered.
        SettingError: when `class_ids` or `out` cannot be used, the runs differ in their classes, or
            a run's images are too small.
        BundleError: when a network cannot be written so.
        DiskError: when the zip cannot be written.
    """
    out = Path(out)
    if out.suffix.lower() != ".zip":
        raise SettingError(f"--out is {out}: name a file that ends in .zip")
    given = parse_class_ids(class_ids)
    check_writable(out)
    paths = several(runs)
    _check_runs(paths)
    opened = [load_run(Path(path)) for path in paths]
    check_classes_agree([run for run, _ in opened])
    numbers = _numbers([run for run, _ in opened], given)
    members = []
    for run, network in opened:
        settings = train_settings(run)
        members.append(Member(network, settings.images, views or settings.views, run.run_id))
    write_bundle(Bundle(members, numbers), backend, out)
    said = ", ".join(f"{number} {name}" for name, number in numbers.items())
    say(f"class ids: {said}")
    needs = {"onnx": "onnxruntime", "torch": "torch"}[backend]
    size = f"{out.stat().st_size / 1e6:.1f} MB"
    seen = ", ".join(dict.fromkeys(member.views for member in members))
    of = f"the mean of {len(members)} runs, " if len(members) > 1 else ""
    say(f"bundle: {out} ({size}, {of}views {seen}, needs NumPy and {needs})")
    return out


def check_classes_agree(runs: Sequence[Run]) -> None:
    """Refuse to average runs whose probabilities are not of the same classes in the same order.

    Raises:
        SettingError: when they differ.
    """
    first, *others = runs
    for run in others:
        ours, theirs = first.facts["classes"], run.facts["classes"]
        if ours == theirs:
            continue
        differ = sorted(set(ours) ^ set(theirs))
        what = f"has other classes ({', '.join(differ)})" if differ else "has them in another order"
        said = f"{run.path} {what} than {first.path}, so their answers have no mean"
        raise SettingError(f"{said}: train both on tables with the same classes")


def _check_runs(paths: Sequence[Path]) -> None:
    if not paths:
        raise SettingError("no run is given: buffycoat bundle RUN --out submission.zip")
    if len({Path(path).resolve() for path in paths}) < len(paths):
        raise SettingError("a run is given twice: its answers would count twice")


def _numbers(runs: Sequence[Run], given: Mapping[str, int]) -> dict[str, int]:
    """The number of each class, which all runs must agree on where none is asked for."""
    found = [
        number_classes(run.facts["classes"], run.facts.get("class_ids") or {}, given)
        for run in runs
    ]
    for run, numbers in zip(runs, found, strict=True):
        if numbers != found[0]:
            said = f"the sources of {run.path} and {runs[0].path} number their classes differently"
            raise SettingError(f"{said}: say which numbers to answer with --class-ids")
    return found[0]
