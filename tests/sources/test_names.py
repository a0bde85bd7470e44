"""Standard names: what means them, what does not, and tables whose labels are renamed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from buffycoat.errors import SettingError
from buffycoat.sources.listing import list_samples
from buffycoat.sources.names import STANDARD_NAMES, map_all_names, map_names, standard_name
from buffycoat.sources.subtypes import SUBTYPES, exclude_unspecified


def table_of(tmp_path, labels, **rest):
    ids = [str(n) for n in range(len(labels))]
    columns = {"sample_id": ids, "path": ids, "label": labels, **rest}
    return list_samples(columns, root=tmp_path, origin=tmp_path, min_classes=1)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("EOSINOPHIL", "eosinophil"),
        ("Basophils", "basophil"),
        (" ig ", "immature granulocyte"),
        ("immature-granulocytes", "immature granulocyte"),
        ("Immature_Granulocyte", "immature granulocyte"),
        ("erythroblasts", "erythroblast"),
        ("NRBC", "erythroblast"),
        ("Platelets", "platelet"),
        ("MY", "myelocyte"),
        ("MMY", "metamyelocyte"),
        ("PMY", "promyelocyte"),
        ("BNE", "band neutrophil"),
        ("band", "band neutrophil"),
        ("neutrophil_band", "band neutrophil"),
        ("SNE", "segmented neutrophil"),
        ("Segs", "segmented neutrophil"),
        ("NGS", "segmented neutrophil"),
        ("eos", "eosinophil"),
        ("RBC", None),
        ("blast", None),
        ("lymphoblast", None),
        ("", None),
        ("s", None),
        ("7", None),
    ],
)
def test_words_and_what_they_mean(given, meant):
    assert standard_name(given) == meant


def test_every_alias_means_one_name():
    for name, aliases in STANDARD_NAMES.items():
        assert {standard_name(alias) for alias in (name, *aliases)} == {name}
    finer = [fine for names in SUBTYPES.values() for fine in names]
    assert set(finer) | set(SUBTYPES) <= set(STANDARD_NAMES)


def test_labels_get_their_standard_names_and_unknown_ones_stay(tmp_path):
    table = table_of(tmp_path, ["IG", "ig", "Blast", "MO", None])
    named = map_names(table)
    assert named.frame["label"].to_list()[2:] == ["Blast", "monocyte", None]
    assert named.frame["label_given"].to_list() == ["IG", "ig", "Blast", "MO", None]
    assert named.classes == ("Blast", "immature granulocyte", "monocyte")
    assert map_names(table, names="given").classes == table.classes


def test_a_mapping_wins_and_may_merge_classes(tmp_path):
    table = replace(
        table_of(tmp_path, ["SNE", "BNE", "MO"]), class_ids={"SNE": 5, "BNE": 2, "MO": 1}
    )
    named = map_names(table, mapping={"sne": "neutrophil", "BNE": "neutrophil"})
    assert named.frame["label"].to_list() == ["neutrophil", "neutrophil", "monocyte"]
    assert named.class_ids == {"monocyte": 1}
    assert named.steps[-1]["renamed"]["SNE"] == "neutrophil"


def test_wrong_mappings_are_refused(tmp_path):
    table = table_of(tmp_path, ["a", "b"])
    with pytest.raises(SettingError, match=r"no label is 'c'.* there are 'a', 'b'"):
        map_names(table, mapping={"c": "x"})
    with pytest.raises(SettingError, match="renamed to nothing"):
        map_names(table, mapping={"a": " "})


def test_a_mapping_need_fit_one_of_several_sources(tmp_path):
    tables = [table_of(tmp_path, ["a", "b"]), table_of(tmp_path, ["c", "b"])]
    named = map_all_names(tables, mapping={"c": "x"})
    assert [table.classes for table in named] == [("a", "b"), ("b", "x")]
    with pytest.raises(SettingError, match="no label is 'd'"):
        map_all_names(tables, mapping={"d": "x"})


def test_coarse_names_beside_finer_ones_are_excluded(tmp_path):
    labels = ["neutrophil", "band neutrophil", "immature granulocyte", "monocyte", "neutrophil"]
    reasons = [None, None, None, None, "blurred"]
    table = exclude_unspecified(table_of(tmp_path, labels, excluded_because=reasons))
    assert table.frame["excluded_because"].to_list() == [
        "unspecified neutrophil, beside band neutrophil",
        None,
        None,
        None,
        "blurred",
    ]
    assert "neutrophil" not in table.classes
    assert "1 images are excluded as unspecified neutrophil" in table.notes[-1]
