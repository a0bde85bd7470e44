"""What the sources make of the real sets; the numbers are those of their published records."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from buffycoat.errors import BuffycoatWarning, InputError
from buffycoat.images.measure import measure_images
from buffycoat.sources.detect import SourceSettings, import_sources, read_unlabelled

DATA = Path(os.environ.get("BUFFYCOAT_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


def folder(name: str) -> Path:
    if not (DATA / name).is_dir():
        pytest.skip(f"no real images at {DATA / name}: set BUFFYCOAT_DATA")
    return DATA / name


def counts(table, column="label"):
    return dict(table.usable[column].value_counts().sort(column).iter_rows())


def test_pbc_has_eight_classes():
    table = import_sources([folder("pbc")])
    assert counts(table) == {
        "basophil": 978,
        "eosinophil": 2477,
        "erythroblast": 1257,
        "immature granulocyte": 2304,
        "lymphocyte": 948,
        "monocyte": 1161,
        "neutrophil": 2677,
        "platelet": 1920,
    }
    assert table.group_columns == ()


def test_the_prefixes_of_pbc_give_eleven_classes():
    table = import_sources([folder("pbc")], SourceSettings(label_from=r"([A-Z]+)_\d+\.jpg$"))
    assert len(table.classes) == 11
    fine = counts(table)
    assert fine["metamyelocyte"] == 801
    assert fine["myelocyte"] == 917
    assert fine["promyelocyte"] == 468
    assert fine["segmented neutrophil"] == 1319
    assert fine["band neutrophil"] == 1317
    assert sum(fine.values()) == 13722 - 118 - 41


def test_the_kaggle_set_keeps_its_split_with_a_warning():
    with pytest.warns(BuffycoatWarning, match="share source photographs"):
        table = import_sources([folder("bccd_kaggle")])
    assert counts(table, "split") == {"test": 2487, "train": 9957}
    assert table.classes == ("eosinophil", "lymphocyte", "monocyte", "neutrophil")


def test_bccd_gives_its_single_labelled_cells():
    table = import_sources([folder("bccd")])
    assert counts(table) == {
        "basophil": 2,
        "eosinophil": 84,
        "lymphocyte": 33,
        "monocyte": 20,
        "neutrophil": 202,
    }
    assert table.group_columns == ("field",)
    assert table.usable["field"].n_unique() == 341
    bare = table.frame.filter(table.frame["label"].is_null())
    assert bare["excluded_because"].null_count() == 0
    assert dict(bare["box_name"].drop_nulls().value_counts().iter_rows()) == {
        "RBC": 4155,
        "Platelets": 361,
        "WBC": 372 - 341,
    }


def test_the_cells_of_bccd_can_be_read():
    table = import_sources([folder("bccd")])
    measured = measure_images(table.root, table.usable, n_threads=2)
    assert measured["excluded_because"].null_count() == 341
    square = measured.filter(measured["width_px"] == measured["height_px"])
    assert len(square) == 341


def test_fields_of_bccd_are_refused():
    with pytest.raises(InputError, match="whole fields"):
        import_sources([folder("bccd") / "images"])
    with pytest.raises(InputError, match="whole fields"):
        read_unlabelled([folder("bccd") / "images"])
