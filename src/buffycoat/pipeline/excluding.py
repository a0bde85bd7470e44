"""`buffycoat exclude`: a person's decisions on single images, applied to a table."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from buffycoat.curation.decisions.applying import Applied, apply_decisions
from buffycoat.curation.decisions.reading import read_decisions
from buffycoat.errors import BuffycoatWarning, InputError
from buffycoat.pipeline.console import say
from buffycoat.pipeline.given import several
from buffycoat.tables.files import check_table_place
from buffycoat.tables.samples import SampleTable, read_samples, write_samples

__all__ = ["exclude_samples"]

_N_NAMED = 3


def exclude_samples(
    table: Path | SampleTable,
    decisions: tuple[Path, ...],
    /,
    *,
    out: Path | None = None,
) -> SampleTable:
    """Apply decisions on single images: keep, exclude or relabel, as CSV files say.

    A file has the columns sample_id, decision (keep, exclude or relabel), label (for relabel) and
    reason. No row is deleted: an excluded one has its reason in the table, a relabelled one keeps
    the source's label in label_given. Where a line is wrong, nothing is applied; the same files
    again change nothing.

    Args:
        table: A sample table.
        decisions: CSV files of decisions.
        out: The table to write; nothing is written without it.

    Raises:
        InputError: for a decision that cannot be applied, with its file and line.
        SettingError: when the table's name ends in neither .csv nor .parquet.
        DiskError: when the table cannot be written.
    """
    files = [Path(file) for file in several(decisions)]
    if out:
        _refuse_own(out, files)
        check_table_place(out)
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    applied = apply_decisions(samples, read_decisions(files, samples))
    _say(applied)
    if out:
        write_samples(applied.samples, out)
        say(f"table: {out}")
    return applied.samples


def _refuse_own(out: Path, decisions: Sequence[Path]) -> None:
    """Let pass a place for the table that none of the decisions lies in."""
    if Path(out).resolve() in [file.resolve() for file in decisions]:
        said = f"--out {out} is a file of decisions, which the table would replace"
        raise InputError(f"{said}: name another place")


def _say(applied: Applied) -> None:
    """Print what was done, and what was asked for and not done."""
    n_usable = len(applied.samples.usable)
    done = [
        f"{_n(applied.excluded)} excluded",
        f"{_n(applied.relabelled)} relabelled",
        f"{_n(applied.brought_back)} brought back",
    ]
    say(f"{', '.join(done)}; {n_usable} of {len(applied.samples.frame)} images can be used", "bold")
    stays = applied.left_out
    if stays:
        named = "; ".join(f"{name} ({why})" for name, why in list(stays.items())[:_N_NAMED])
        more = f" and {len(stays) - _N_NAMED} more" if len(stays) > _N_NAMED else ""
        say(f"not brought back, since they cannot be used: {named}{more}", "yellow")
    _warn(applied)


def _warn(applied: Applied) -> None:
    """Say what a split made before does not know of."""
    is_split = applied.samples.frame["split"].is_not_null().any()
    if applied.lost_part:
        said = f"{_n(applied.lost_part)} had a part in the split and have none now"
        say(f"note: {said}", "yellow")
    if applied.kept_part:
        said = f"{_n(applied.kept_part)} relabelled after the split, which went by old labels"
        warnings.warn(f"{said}: split the table again", BuffycoatWarning, stacklevel=3)
    if applied.brought_back and is_split:
        said = f"brought back after the split, without a part: {_n(applied.brought_back)}"
        warnings.warn(f"{said}: split the table again", BuffycoatWarning, stacklevel=3)
    if unseen := _unseen(applied):
        said = f"brought back, and not known to the audit as copies of others: {_n(unseen)}"
        warnings.warn(
            f"{said}: audit the table before you split it", BuffycoatWarning, stacklevel=3
        )


def _unseen(applied: Applied) -> tuple[str, ...]:
    """Images that are back, and that an audit did not look at, since they were excluded then."""
    frame = applied.samples.frame
    if "near_copy_score" not in frame.columns:
        return ()
    unseen = frame.filter(pl.col("near_copy_score").is_null())["sample_id"]
    return tuple(unseen.filter(unseen.is_in(applied.brought_back)))


def _n(names: tuple[str, ...]) -> str:
    return f"{len(names)} image" if len(names) == 1 else f"{len(names)} images"
