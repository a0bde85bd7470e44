"""`buffycoat fetch`: a public data set to a sample table."""

from __future__ import annotations

import shlex
from pathlib import Path

import polars as pl

from buffycoat.pipeline.console import say
from buffycoat.pipeline.importing import import_samples
from buffycoat.pipeline.obtaining import Obtained, obtain
from buffycoat.pipeline.summary import say_frame
from buffycoat.sources.catalogue import known_records
from buffycoat.sources.detect import SourceSettings
from buffycoat.sources.record import SourceRecord, record_of
from buffycoat.tables.files import check_table_place
from buffycoat.tables.samples import SampleTable, write_samples

__all__ = ["fetch"]


def fetch(
    name: str = "",
    /,
    *,
    from_: Path | None = None,
    to: Path | None = None,
    out: Path | None = None,
    keep_archive: bool = False,
) -> SampleTable | pl.DataFrame:
    """Download a public data set, verify and unpack it, and import it; without a name, list them.

    An interrupted download goes on where it stopped when the command is given again.

    Args:
        name: A data set.
        from_: An archive that was downloaded already, or the folder that it was unpacked to.
        to: The folder for what is downloaded; data/NAME without it.
        out: The sample table to write; samples.parquet in that folder without it.
        keep_archive: Keep the archive after it was unpacked.

    Raises:
        UnknownNameError: when there is no such data set.
        FetchError: when it cannot be downloaded, or is not what was published.
        SettingError: when the table's name ends in neither .csv nor .parquet.
        DiskError: when there is no room, or no permission.
    """
    if not name:
        return _list_sets()
    record = record_of(name)
    to = Path("data") / name if to is None else Path(to)
    out = to / "samples.parquet" if out is None else Path(out)
    check_table_place(out)
    obtained = obtain(record, to, from_ and Path(from_), keep_archive=keep_archive)
    table = import_samples((obtained.root,), settings=SourceSettings(source=name))
    table = _with_origin(table, record, obtained)
    write_samples(table, out)
    say(f"sample table: {out}")
    say(f"next: {shlex.join(['buffycoat', 'run', str(out), '--out', f'runs/{name}'])}")
    return table


def _with_origin(table: SampleTable, record: SourceRecord, obtained: Obtained) -> SampleTable:
    """The table with a step that tells where its images are from."""
    receipt = obtained.receipt
    got = (
        {"file": receipt.name, "origin": receipt.origin, "sha256": receipt.sha256}
        if receipt
        else {}
    )
    verified = receipt.verified if receipt else "nothing"
    facts = {"data_set": record.name, "licence": record.licence, "citation": record.citation}
    if record.um_per_px is not None:
        facts["um_per_px"] = str(record.um_per_px)
    return table.stepped("fetch", table.frame, **facts, **got, verified=verified)


def _list_sets() -> pl.DataFrame:
    frame = pl.DataFrame([_facts(record) for record in known_records()])
    say_frame(frame)
    say("buffycoat fetch NAME downloads one into data/NAME and makes its sample table")
    return frame


def _facts(record: SourceRecord) -> dict[str, str | int | None]:
    sizes = [file.n_bytes for file in record.files]
    known = [n for n in sizes if n is not None]
    return {
        "data set": record.name,
        "images": record.n_images,
        "classes": len(record.classes),
        "MB": round(sum(known) / 1e6) if known and len(known) == len(sizes) else None,
        "licence": record.licence,
        "had by": _had_by(record),
    }


def _had_by(record: SourceRecord) -> str:
    if any(file.url is None for file in record.files):
        return "--from FILE"
    return "a token" if any(file.login for file in record.files) else "download"
