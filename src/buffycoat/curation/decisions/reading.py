"""Decisions as CSV files hold them, held against the table before any of them is applied."""

from __future__ import annotations

from collections.abc import Container, Iterable
from pathlib import Path

from buffycoat.curation.decisions.decision import COLUMNS, DECISIONS, FORMULA, Decision
from buffycoat.errors import InputError, UnknownNameError
from buffycoat.tables.csv_text import read_csv_text
from buffycoat.tables.samples import SampleTable

__all__ = ["read_decisions"]


def read_decisions(paths: Iterable[Path], samples: SampleTable) -> list[Decision]:
    """The decisions of some CSV files, one for each image.

    A file has the columns `sample_id` and `decision`, and `label` and `reason` where they are
    needed; it is UTF-8 with or without a byte order mark, separated by commas or semicolons.

    Raises:
        InputError: for a file that cannot be read, and with file and line for a decision that is
            empty or unknown, on an image that is not in the table, to a label that is no class of
            it, or unlike another one on the same image.
    """
    known = frozenset(samples.frame["sample_id"])
    found: dict[str, Decision] = {}
    for path in paths:
        for decision in _read(Path(path), known, samples.classes):
            before = found.setdefault(decision.sample_id, decision)
            if (before.decision, before.label) != (decision.decision, decision.label):
                said = f"{decision.sample_id!r} is decided on twice: {_said(decision)} here"
                other = f"{_said(before)} in {before.where}"
                raise InputError(f"{decision.where}: {said}, {other}; keep one of the two")
    return list(found.values())


def _read(path: Path, known: Container[str], classes: tuple[str, ...]) -> list[Decision]:
    text = read_csv_text(path, ",".join(COLUMNS), may_be_empty=True)
    names = [text.needed("sample_id"), text.needed("decision")]
    optional = [text.find("label"), text.find("reason")]
    empty: list[str | None] = [None] * len(text.lines)
    columns = [text.known(name) for name in names]
    columns += [text.known(name) if name else empty for name in optional]
    return [
        _decision(f"{path}, line {text.lines[i]}", cells, known, classes)
        for i, cells in enumerate(zip(*columns, strict=True))
    ]


def _decision(
    where: str,
    cells: tuple[str | None, ...],
    known: Container[str],
    classes: tuple[str, ...],
) -> Decision:
    sample, word, label, reason = cells
    sample = _sample(where, sample, known)
    decision = (word or "").casefold()
    if decision not in DECISIONS:
        has = f"is {word!r}" if word else "is empty"
        said = f"decision {has}; it can be {', '.join(DECISIONS)}"
        raise InputError(f"{where}: {said}; remove the line where nothing is decided")
    if decision == "relabel" and not label:
        raise InputError(f"{where}: relabel needs the new label in the column 'label'")
    if decision != "relabel" and label:
        said = f"label is {label!r}, but the decision is {decision}"
        raise InputError(f"{where}: {said}: write relabel, or leave the label empty")
    if label and label not in classes:
        raise InputError(f"{where}: {UnknownNameError('class', label, classes)}")
    return Decision(sample, decision, label, reason, where=where)


def _sample(where: str, sample: str | None, known: Container[str]) -> str:
    if not sample:
        raise InputError(f"{where}: sample_id is empty")
    bare = sample[1:]
    if sample not in known and sample[0] == "'" and FORMULA.match(bare):
        sample = bare  # as it was written to be safe in a spreadsheet
    if sample not in known:
        said = f"the table has no sample_id {sample!r}"
        raise InputError(f"{where}: {said}: take it from the table as it stands there")
    return sample


def _said(decision: Decision) -> str:
    return f"relabel as {decision.label!r}" if decision.label else decision.decision
