"""Groups, conflicts and splits of the real images, from their names and files alone."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import polars as pl
import pytest

from buffycoat.curation.duplicates import mark_conflicts
from buffycoat.curation.groups import derive_groups
from buffycoat.curation.splits.split import SplitSettings, fold_split, split_samples
from buffycoat.tables.samples import SampleTable, check_samples

DATA = Path(os.environ.get("BUFFYCOAT_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


@pytest.fixture(scope="module")
def pbc() -> SampleTable:
    root = DATA / "pbc"
    if not root.is_dir():
        pytest.skip(f"no real images at {root}: set BUFFYCOAT_DATA to the folder that holds pbc/")
    files = sorted(root.glob("*/*.jpg"))
    frame = pl.DataFrame(
        {
            "sample_id": [file.relative_to(root).as_posix() for file in files],
            "path": [file.relative_to(root).as_posix() for file in files],
            "label": [file.parent.name for file in files],
            "file_sha256": [hashlib.sha256(file.read_bytes()).hexdigest() for file in files],
        }
    )
    table = SampleTable(frame, root, tuple(frame["label"].unique().sort()))
    return derive_groups(mark_conflicts(check_samples(table)))


def test_pbc_has_thirteen_sets_of_copies_of_which_one_has_two_labels(pbc):
    excluded = pbc.frame.filter(pl.col("excluded_because").is_not_null())
    assert sorted(Path(path).stem for path in excluded["path"]) == ["BNE_191112", "EO_225902"]
    assert "eosinophil/EO_225902.jpg (eosinophil)" in "".join(excluded["excluded_because"])
    kept = next(note for note in pbc.notes if "carry one label" in note)
    assert kept.startswith("12 sets of identical images (24 images; 12 of the sets byte-identical")
    sizes = pbc.frame["group"].value_counts(name="size")["size"].value_counts()
    assert dict(sizes.iter_rows()) == {1: 13722 - 26, 2: 13}


def test_pbc_splits_to_a_tenth_of_a_percent(pbc):
    split = split_samples(pbc)
    for (_,), rows in split.usable.group_by("label"):
        share = dict(rows["split"].value_counts(normalize=True).iter_rows())
        assert share == pytest.approx({"train": 0.7, "validation": 0.15, "test": 0.15}, abs=0.001)


def test_pbc_in_five_folds_tests_every_image_once(pbc):
    split = split_samples(pbc, SplitSettings(folds=5))
    tested = [
        fold_split(split, k).usable.filter(pl.col("split") == "test")["sample_id"] for k in range(5)
    ]
    assert pl.concat(tested).sort().to_list() == sorted(split.usable["sample_id"])
