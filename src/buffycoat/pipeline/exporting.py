"""`buffycoat export-samples`: a cleaned set for any other program."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

from buffycoat.errors import SettingError
from buffycoat.exports.arrays import Layout
from buffycoat.exports.formats import export_arrays, export_folders, export_list
from buffycoat.exports.listing import count_guarded, left_out_list
from buffycoat.exports.place import (
    MANIFEST,
    check_place,
    files_in,
    refuse_sources_inside,
    replacing_folder,
)
from buffycoat.exports.plan import Plan, plan_export
from buffycoat.images.fit import Fit, ImageSettings
from buffycoat.pipeline.console import progress, say
from buffycoat.tables.samples import SampleTable, data_hash, read_samples

__all__ = ["export_samples"]

_FILES = {".npz": "samples.npz", ".csv": "samples.csv"}


def export_samples(
    table: Path | SampleTable,
    /,
    *,
    out: Path,
    format: Literal["folders", "csv", "npz"] = "folders",  # noqa: A002
    by: Literal["split", "fold", "nothing"] | None = None,
    paths: Literal["relative", "absolute"] | None = None,
    layout: Layout | None = None,
    image_px: tuple[int, int] | None = None,
    fit: Fit | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the usable images of a table as folders, a CSV list or an .npz, for other programs.

    `classes.csv` has class numbers, `left_out.csv` reasons. Images are held against the table.

    Args:
        table: A sample table.
        out: The folder to write, which is not there yet or is empty.
        format: folders copies the image files, by split and class; csv lists them where they are;
            npz has arrays of pixels. Parts of files (boxes, pages, rows) become PNG files.
        by: folders: what stands above the classes; the split without it, where there is one.
        paths: csv: relative to the CSV (without it), or absolute.
        layout: npz: competition (`images`, `labels`), or medmnist (`train_images`, ...; by split).
        image_px: npz: height and width that images are brought to.
        fit: npz: how, as in a training: pad (without it), crop or squash.
        overwrite: Replace an export that is in `out`, where nothing else is in it.

    Raises:
        InputError: when nothing can be exported, or an image is not what it was.
        SettingError: for a flag of another format, a file's name, or sizes that differ in an array.
        DiskError: when `out` is taken or cannot be written.
    """
    _refuse_others(format, by=by, paths=paths, layout=layout, image_px=image_px, fit=fit)
    out = Path(out).absolute()
    _refuse_file_name(out)
    check_place(out, overwrite=overwrite)
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    if overwrite:
        refuse_sources_inside(out, _sources(table, samples))
    settings = ImageSettings(image_px, fit or "pad") if image_px else None
    wanted = _wanted(format, by, layout, has_split=bool(samples.usable["split"].count()))
    plan = plan_export(samples, by=wanted if wanted in ("split", "fold") else None)
    with (
        replacing_folder(out, overwrite=overwrite) as place,
        progress("exporting images", len(plan.rows)) as moved,
    ):
        on_progress = partial(_moved, moved, len(plan.rows))
        if format == "folders":
            export_folders(plan, place, wanted, on_progress)
        elif format == "csv":
            export_list(plan, place, out, is_absolute=paths == "absolute", on_progress=on_progress)
        else:
            layout = layout or ("medmnist" if wanted else "competition")
            export_arrays(plan, place, layout, settings, on_progress)
        left_out_list(plan).write_csv(place / "left_out.csv")
        _write_manifest(place, samples, plan, format)
    _say_export(plan, out)
    return out


def _refuse_file_name(out: Path) -> None:
    """Refuse a name that asks for one file: what comes out is a folder."""
    if out.suffix.lower() in _FILES and not out.exists():
        folder = out.with_suffix("").name
        said = f"an export is a folder, and {out.name} is the name of a file"
        raise SettingError(f"{said}: --out {folder} gives {folder}/{_FILES[out.suffix.lower()]}")


def _sources(table: Path | SampleTable, samples: SampleTable) -> Iterator[Path]:
    """Everything on disk that the export is made from."""
    if not isinstance(table, SampleTable):
        yield Path(table)
    yield samples.root
    for path in samples.frame["path"].unique():
        yield samples.root / path


def _moved(move: Callable[[int, int], None], n: int, done: int) -> None:
    move(done, n)


_OWN = {"folders": {"by"}, "csv": {"paths"}, "npz": {"layout", "image_px", "fit"}}


def _refuse_others(format: str, **given: object) -> None:  # noqa: A002
    """Let pass flags that do something in this format."""
    for name, value in given.items():
        home = next(kind for kind, names in _OWN.items() if name in names)
        if value is not None and home != format:
            flag = name.replace("_", "-")
            raise SettingError(f"--{flag} is for --format {home}, and the format is {format}")
    if given["fit"] is not None and given["image_px"] is None:
        raise SettingError("--fit says how images come to a size: give --image-px too")


def _wanted(
    format: str,  # noqa: A002
    by: str | None,
    layout: Layout | None,
    *,
    has_split: bool,
) -> str | None:
    """The column that every exported row needs."""
    if format == "csv" or by == "nothing" or layout == "competition":
        return None
    if by or layout:
        return by or "split"
    return "split" if has_split else None


def _write_manifest(place: Path, samples: SampleTable, plan: Plan, format: str) -> None:  # noqa: A002
    """What the export is of; nothing in it depends on when or where it was made."""
    facts = {
        "buffycoat_export": 1,
        "format": format,
        "data_hash": data_hash(samples),
        "n_images": len(plan.rows),
        "n_left_out": len(plan.left_out),
        "classes": dict(plan.numbers),
        "group_columns": list(samples.group_columns),
        "notes": list(samples.notes),
        "files": files_in(place),
    }
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    (place / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def _say_export(plan: Plan, out: Path) -> None:
    own = "the source's numbers" if plan.numbers_known else "numbers given in the table's order"
    numbers = ", ".join(f"{number} {name}" for name, number in plan.numbers.items())
    say(f"{len(plan.rows)} images of {len(plan.numbers)} classes; {own}: {numbers}")
    if len(plan.left_out):
        say(f"{len(plan.left_out)} images are left out, with their reasons in left_out.csv")
    if n := count_guarded(plan):
        said = "in the CSV files an apostrophe keeps spreadsheets from computing them"
        say(f"labels or origins of {n} images begin like a formula: {said}", "yellow")
    say(f"export: {out}")
