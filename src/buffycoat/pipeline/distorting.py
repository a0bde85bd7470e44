"""`buffycoat robustness`: how a run answers distorted copies of its images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from buffycoat.augmentations.distorted import FAMILIES, SEVERITIES
from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.evaluation.robustness import Robustness, measure_robustness
from buffycoat.pipeline.console import say
from buffycoat.pipeline.distorted_copies import SEED, Copies
from buffycoat.pipeline.summary import say_frame, with_interval
from buffycoat.report.robustness_page import build_robustness_page
from buffycoat.tables.files import check_writable
from buffycoat.tables.predictions import PredictionTable, read_predictions, write_predictions

__all__ = ["robustness"]

_SPLITS = ("test", "validation")


def robustness(
    run: Path,
    /,
    *,
    table: Path | None = None,
    against: Path | None = None,
    split: str = "test",
    families: tuple[str, ...] = tuple(FAMILIES),
    severities: tuple[int, ...] = SEVERITIES,
    seed: int = 0,
    out: Path | None = None,
) -> Robustness:
    """Answer distorted copies of a run's images, and draw what of its accuracy is left.

    The copies are the same for every run that sees images of the same size: seeds are fixed, and
    none of them is one that a training draws. Answers go to `distorted.parquet` beside the page.

    Args:
        run: A run folder.
        table: A sample table with labels; by default the one that the run was trained on. Rows
            that the run learned from are left out, with their groups.
        against: A plain run, or its `distorted.parquet`, to count errors relative to.
        split: The rows of the table: test, or validation.
        families: Families of distortions: position, form, light, colour, stain, levels, optics,
            covering, mixed.
        severities: 1 to 5.
        seed: Another seed draws other copies.
        out: The page; by default `robustness.html` in the run folder.

    Raises:
        InputError: when the table has no labelled row of that split, or a class that the run has
            not.
        RunError: when a run is incomplete or altered.
        SettingError: for a split, a family or a severity that there is not.
        DiskError: when a file cannot be written.
    """
    page = Path(out) if out else Path(run) / "robustness.html"
    check_writable(page)
    own = page.with_name("distorted.parquet")
    _check(split, families, severities, seed)
    copies = Copies(
        split, tuple(dict.fromkeys(families)), tuple(dict.fromkeys(severities)), seed, table
    )
    plain = _known_answers(against, own, seed)
    answers, pictures = copies.answer(Path(run), shows=True)
    if against and not plain:
        plain = copies.answer(Path(against))[0]
    write_predictions(answers, own)
    found = measure_robustness(answers, split=split, reference=plain)
    _say(found)
    build_robustness_page(found, pictures, page, families={f: FAMILIES[f] for f in families})
    say(f"page: {page}")
    return found


def _known_answers(against: Path | None, own: Path, seed: int) -> PredictionTable | None:
    """The answers to compare with where they are a table already: read before any is written."""
    if not against or Path(against).suffix.lower() != ".parquet":
        return None
    if Path(against).resolve() == own.resolve():
        said = f"{own} is what the answers of this run are written to"
        raise SettingError(f"{said}: give the page another folder with --out")
    found = read_predictions(Path(against))
    other = found.facts.get(SEED, seed)
    if other != seed:
        said = f"{against} has answers to the copies of seed {other}, not of {seed}"
        raise SettingError(f"{said}: give --seed {other}, or the run itself")
    return found


def _check(split: str, families: Sequence[str], severities: Sequence[int], seed: int) -> None:
    if split not in _SPLITS:
        raise UnknownNameError("split to judge a network by", split, _SPLITS)
    if seed < 0:
        raise SettingError(f"seed is {seed}: it must be 0 or more")
    for name in families:
        if name not in FAMILIES:
            raise UnknownNameError("family of distortions", name, FAMILIES)
    for severity in severities:
        if severity not in SEVERITIES:
            raise SettingError(f"severity is {severity}: it is one of 1, 2, 3, 4 and 5")
    if not families or not severities:
        raise SettingError("no family or no severity is given: name at least one of each")


def _say(found: Robustness) -> None:
    rows = [{"images": "as they are", "accuracy": with_interval(found.clean)}]
    rows += [
        {"images": name, "accuracy": with_interval(own)} for name, own in found.by_family.items()
    ]
    rows.append({"images": "mean of the families", "accuracy": with_interval(found.mean)})
    where = f"{found.split} rows, {found.n_images:,} images in {found.n_groups:,} groups"
    say_frame(pl.DataFrame(rows), f"accuracy on {where}")
    if found.corruption_error:
        say(f"errors relative to {found.reference}, mean: {with_interval(found.corruption_error)}")
