"""Standard names of blood cells, and the names that sources use for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import polars as pl

from buffycoat.errors import SettingError
from buffycoat.sources.listing import with_classes
from buffycoat.sources.spelling import plain
from buffycoat.tables.samples import SampleTable

__all__ = [
    "STANDARD_NAMES",
    "map_all_names",
    "map_names",
    "standard_name",
]

STANDARD_NAMES: Mapping[str, tuple[str, ...]] = {
    "basophil": ("ba", "bas", "baso", "basophilic granulocyte"),
    "eosinophil": ("eo", "eos", "eosino", "eosinophilic granulocyte"),
    "erythroblast": ("ebo", "er", "erb", "nrbc", "normoblast", "nucleated red blood cell"),
    "immature granulocyte": (
        "ig",
        "immature granulocytes (myelocytes, metamyelocytes and promyelocytes)",
    ),
    "lymphocyte": ("ly", "lym", "lymph", "lympho", "lyt", "typical lymphocyte"),
    "monocyte": ("mo", "mon", "mono"),
    "neutrophil": ("ne", "neu", "neut", "neutro", "neutrophilic granulocyte"),
    "platelet": ("plt", "thrombocyte"),
    "promyelocyte": ("pmy", "pmo"),
    "myelocyte": ("my", "myb"),
    "metamyelocyte": ("mmy", "mmz"),
    "band neutrophil": ("band", "band cell", "bne", "neutrophil band", "ngb", "stab"),
    "segmented neutrophil": ("neutrophil segmented", "ngs", "seg", "segmented", "sne"),
}
"""What each standard name is also called: the prefixes of PBC, the codes of the Munich AML set
(Matek et al., Nature Machine Intelligence 1 (2019) 538), and the laboratory's short forms."""


def _key(label: str) -> str:
    """The letters and digits of a label in lower case."""
    return re.sub(r"[\W_]+", "", label.casefold())


_BY_KEY = {
    _key(alias): name for name, aliases in STANDARD_NAMES.items() for alias in (name, *aliases)
}


def standard_name(label: str) -> str | None:
    """The standard name that a label means, whatever its case, plural, separators or short form.

    >>> standard_name("Immature_Granulocytes"), standard_name("SNE"), standard_name("blast")
    ('immature granulocyte', 'segmented neutrophil', None)
    """
    key = _key(label)
    return _BY_KEY.get(key) or _BY_KEY.get(key.removesuffix("s"))


def map_names(
    table: SampleTable,
    *,
    names: Literal["standard", "given"] = "standard",
    mapping: Mapping[str, str] | None = None,
) -> SampleTable:
    """The table with its labels renamed; `label_given` keeps the source's word.

    Args:
        table: A sample table.
        names: Whether other labels get their standard names or stay; unknown names always stay.
        mapping: New names for labels, in any case; they win.

    Raises:
        SettingError: when the mapping names a label that the table has not.
    """
    labels = [label for label in table.frame["label"].unique().to_list() if label is not None]
    wanted = _wanted(mapping or {}, labels)
    for label in labels:
        if names == "standard" and label not in wanted:
            wanted[label] = standard_name(label) or label
    changed = {old: new for old, new in wanted.items() if old != new}
    if not changed:
        return table
    classes = tuple(dict.fromkeys(wanted.get(name, name) for name in table.classes))
    note = "classes were renamed: " + ", ".join(
        f"{a!r} to {b!r}" for a, b in sorted(changed.items())
    )
    mapped = table.stepped(
        "names", table.frame.with_columns(pl.col("label").replace(changed)), renamed=changed
    )
    ids = _class_ids(table, wanted)
    return with_classes(replace(mapped, classes=classes, class_ids=ids, notes=(*table.notes, note)))


def map_all_names(
    tables: Sequence[SampleTable],
    *,
    names: Literal["standard", "given"] = "standard",
    mapping: Mapping[str, str] | None = None,
) -> list[SampleTable]:
    """The tables of several sources with their labels renamed, as `map_names` does for one.

    Raises:
        SettingError: when the mapping names a label that none of the tables has.
    """
    labels = [list(table.frame["label"].drop_nulls().unique()) for table in tables]
    _wanted(mapping or {}, [label for own in labels for label in own])
    mapped = []
    for table, own in zip(tables, labels, strict=True):
        present = {plain(label) for label in own}
        fitting = {old: new for old, new in (mapping or {}).items() if plain(old) in present}
        mapped.append(map_names(table, names=names, mapping=fitting))
    return mapped


def _wanted(mapping: Mapping[str, str], labels: list[str]) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for old, new in mapping.items():
        meant = [label for label in labels if plain(label) == plain(old)]
        if not meant:
            known = ", ".join(map(repr, sorted(set(labels))))
            raise SettingError(f"no label is {old!r}, so it cannot be renamed; there are {known}")
        if not new.strip():
            raise SettingError(f"label {old!r} cannot be renamed to nothing")
        wanted |= dict.fromkeys(meant, new.strip())
    return wanted


def _class_ids(table: SampleTable, wanted: Mapping[str, str]) -> dict[str, int]:
    """The source's numbers of classes that were not merged."""
    renamed = [wanted.get(name, name) for name in table.class_ids]
    numbers = zip(renamed, table.class_ids.values(), strict=True)
    return {name: number for name, number in numbers if renamed.count(name) == 1}
