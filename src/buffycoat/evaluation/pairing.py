"""The same samples answered by all contenders, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from buffycoat.errors import TableError
from buffycoat.evaluation.left_out import LeftOut, list_left_out
from buffycoat.evaluation.selection import (
    GIVEN_ROWS,
    Answers,
    Selection,
    as_answers,
    group_ids,
    knows_groups,
    select_rows,
)
from buffycoat.tables.predictions import PredictionTable

__all__ = ["Contender", "PairedAnswers", "pair_answers"]

_SHOWN = 3


@dataclass(frozen=True)
class Contender:
    """One method: the answers of one run, or of several replicates, such as seeds."""

    name: str
    tables: tuple[PredictionTable, ...]
    """One table of one run each."""


@dataclass(frozen=True)
class PairedAnswers:
    """N samples that every replicate of every contender answered, in order of `sample_id`."""

    split: str
    names: tuple[str, ...]
    """The contenders'."""
    replicates: tuple[tuple[Answers, ...], ...]
    """By contender; all have the same samples, labels, groups and classes."""
    run_ids: tuple[tuple[str, ...], ...]
    """By contender and replicate."""
    data_hashes: tuple[tuple[str | None, ...], ...]
    """By contender and replicate; None where it is not known."""
    groups_known: bool
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    """What is to be said of classes and data."""

    @property
    def rows(self) -> Answers:
        """Samples, labels and groups, which all have in common."""
        return self.replicates[0][0]


def pair_answers(contenders: Sequence[Contender], *, split: str = "test") -> PairedAnswers:
    """The labelled samples of a split that all have answered.

    Groups are those of all tables together: samples that one table puts into a group stay in one.

    Args:
        contenders: Two or more, with names that differ.
        split: The rows; a table without any split is taken as a whole.

    Raises:
        TableError: when nothing is in common, labels contradict each other, or class lists
            cannot be brought together; says which and where.
    """
    asked = [(c.name, table) for c in contenders for table in c.tables]
    selections = [_selected(name, table, split) for name, table in asked]
    classes, class_notes = _all_classes(asked)
    common = _common_ids([s.frame for s in selections], [name for name, _ in asked])
    frames = [
        s.frame.join(common, on="sample_id", how="semi").sort("sample_id") for s in selections
    ]
    _check_labels(frames, [name for name, _ in asked])
    groups = _joint_groups(frames)
    pairs = [(frame, table) for frame, (_, table) in zip(frames, asked, strict=True)]
    answers = iter([_answers(frame, table, classes, groups) for frame, table in pairs])
    ids = iter([str(frame["run_id"][0]) for frame in frames])
    return PairedAnswers(
        split=next((s.split for s in selections if s.split != GIVEN_ROWS), GIVEN_ROWS),
        names=tuple(c.name for c in contenders),
        replicates=tuple(tuple(next(answers) for _ in c.tables) for c in contenders),
        run_ids=tuple(tuple(next(ids) for _ in c.tables) for c in contenders),
        data_hashes=tuple(tuple(t.facts.get("data_hash") for t in c.tables) for c in contenders),
        groups_known=any(knows_groups(table, frame) for frame, table in pairs),
        left_out=list_left_out(asked, selections, common),
        notes=(*class_notes, *_hash_notes(asked)),
    )


def _selected(name: str, table: PredictionTable, split: str) -> Selection:
    if table.facts.get("ids_are_rows"):
        said = "nothing says which image a row is of: give both a column sample_id or path"
        raise TableError(f"{name}: {said}")
    try:
        return select_rows(table, split)
    except TableError as error:
        raise TableError(f"{name}: {error}") from error


def _all_classes(asked: Sequence[tuple[str, PredictionTable]]) -> tuple[tuple[str, ...], list[str]]:
    """Every class in the order of the first table, and who lacks which."""
    classes = list(asked[0][1].classes)
    for name, table in asked[1:]:
        if not set(classes) & set(table.classes):
            said = f"{_few(classes)}, and {name} names {_few(table.classes)}"
            raise TableError(f"no class is in common: {asked[0][0]} names {said}")
        classes += [c for c in table.classes if c not in classes]
    spelled: dict[str, str] = {}
    for c in classes:
        if (other := spelled.setdefault(c.casefold(), c)) != c:
            said = "differ in case alone: spell each class in one way in every table"
            raise TableError(f"classes {other!r} and {c!r} {said}")
    lacking = {name: [c for c in classes if c not in table.classes] for name, table in asked}
    said = "has no class {} and can never answer so"
    return tuple(classes), [f"{n} {said.format(_few(c))}" for n, c in lacking.items() if c]


def _few(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(map(repr, words[:_SHOWN])) + more


def _common_ids(frames: Sequence[pl.DataFrame], names: Sequence[str]) -> pl.DataFrame:
    common = frames[0].select("sample_id")
    for frame in frames[1:]:
        common = common.join(frame.select("sample_id"), on="sample_id", how="semi")
    if not len(common):
        firsts = {n: f["sample_id"].to_list()[:2] for n, f in zip(names, frames, strict=True)}
        shown = [f"{name} has {_few(ids)}" for name, ids in firsts.items()]
        said = "no sample is answered by all; samples are found by `sample_id`, or else by `path`"
        raise TableError(f"{said}: {'; '.join(shown)}")
    return common


def _check_labels(frames: Sequence[pl.DataFrame], names: Sequence[str]) -> None:
    first = frames[0]
    for name, frame in zip(names[1:], frames[1:], strict=True):
        other = frame["label"].to_list()
        differing = [i for i, label in enumerate(first["label"]) if label != other[i]]
        if differing:
            i = differing[0]
            sample = f"sample {first['sample_id'][i]!r} is {first['label'][i]!r} in {names[0]}"
            said = f"{sample} and {other[i]!r} in {name}"
            n = f"labels contradict each other for {len(differing)} of {len(first)} samples"
            raise TableError(f"{n}: {said}; compare answers to the same labels")


def _joint_groups(frames: Sequence[pl.DataFrame]) -> np.ndarray:
    """Group ids 0 to G - 1, int64 (N,): connected components over the groups of all tables.

    They stand in the order of the first table's groups, so that its own evaluation draws alike.
    """
    ids = [group_ids(frame) for frame in frames]
    first, n = ids[0], int(max(i.max() for i in ids)) + 1
    ends = [
        np.concatenate([first] * len(ids)),
        np.concatenate([n * k + i for k, i in enumerate(ids)]),
    ]
    size = n * len(ids)
    joined = coo_array((np.ones(len(ends[0])), tuple(ends)), shape=(size, size))
    component = connected_components(joined, directed=False)[1][first]
    n_components = component.max() + 1
    earliest = np.full(n_components, n)
    np.minimum.at(earliest, component, first)
    return np.unique(earliest[component], return_inverse=True)[1].astype(np.int64)


def _answers(
    frame: pl.DataFrame, table: PredictionTable, classes: tuple[str, ...], groups: np.ndarray
) -> Answers:
    """The answers with the classes and groups of all; p is 0 for a class that a table lacks."""
    own = as_answers(frame, PredictionTable(table.frame, table.classes))
    place = np.array([classes.index(name) for name in table.classes], np.int64)
    p = None
    if own.p is not None:
        p = np.zeros((len(frame), len(classes)))
        p[:, place] = own.p
    labels, predicted = place[own.labels], place[own.predicted]
    return Answers(classes, own.sample_ids, own.paths, labels, predicted, groups, p)


def _hash_notes(asked: Sequence[tuple[str, PredictionTable]]) -> list[str]:
    hashes = [table.facts.get("data_hash") for _, table in asked]
    known = {h for h in hashes if h}
    if len(known) > 1:
        named = dict.fromkeys((n, h[:12]) for (n, _), h in zip(asked, hashes, strict=True) if h)
        said = ", ".join(f"{name} {shown}" for name, shown in named)
        why = "their images, labels, groups or splits were not all the same"
        return [f"the data hashes differ ({said}): {why}; only samples in common are compared"]
    return []
