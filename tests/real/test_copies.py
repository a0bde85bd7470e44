"""Photographs behind real augmented copies, and cells of PBC that stand in it twice."""

from __future__ import annotations

import polars as pl
import pytest

from buffycoat import import_samples
from buffycoat.curation.copies.find import COPY_LOOKS, find_copies
from buffycoat.curation.copies.photographs import SAME_PHOTOGRAPH
from buffycoat.curation.copies.registration import lay_on
from buffycoat.curation.looks.look_at import look_at
from buffycoat.images.read import read_image


def found(samples, cache):
    """The table's rows with their photograph and field."""
    copies, fields = find_copies(samples, look_at(samples, COPY_LOOKS, cache=cache))
    return samples.frame.with_columns(
        photograph=pl.coalesce(copies.columns["copy_cluster"], "sample_id"),
        field=pl.coalesce(fields.columns["field_cluster"], "sample_id"),
    )


@pytest.fixture(scope="module")
def rows(data, tmp_path_factory):
    """Kaggle's TEST."""
    samples = import_samples((data / "bccd_kaggle" / "TEST",))
    return found(samples, tmp_path_factory.mktemp("looks"))


def test_the_published_copies_come_from_71_photographs(rows):
    counts = dict(rows.group_by("label").agg(pl.col("photograph").n_unique()).iter_rows())
    assert counts == {"eosinophil": 13, "lymphocyte": 6, "monocyte": 4, "neutrophil": 48}


def test_three_of_them_show_a_field_a_second_time(rows):
    several = rows.group_by("field").agg(pl.col("photograph").n_unique())
    assert several["photograph"].value_counts(sort=True).rows() == [(1, 65), (2, 3)]


@pytest.mark.parametrize(
    "pair",
    [
        ("basophil/BA_305833.jpg", "basophil/BA_314118.jpg"),
        ("ig/IG_236829.jpg", "neutrophil/BNE_669262.jpg"),
        ("monocyte/MO_727663.jpg", "monocyte/MO_918252.jpg"),
    ],
)
def test_a_cell_that_pbc_has_in_two_stains_is_laid_on_itself(data, pair):
    """Found by this audit, and looked at: the same cell, scanned anew and turned."""
    images = [read_image(data / "pbc" / name) for name in pair]
    landmarks, small = ([look.of(image) for image in images] for look in COPY_LOOKS)
    overlay = lay_on(landmarks, small)
    assert overlay.n_shared > 40
    assert 0.98 < overlay.similarity < SAME_PHOTOGRAPH
    assert overlay.overlap > 0.7


def test_cells_cut_from_one_frame_are_laid_on_each_other(data):
    """Two erythroblasts side by side, each in the middle of its own cut."""
    names = ["erythroblast/ERB_193092.jpg", "erythroblast/ERB_353900.jpg"]
    images = [read_image(data / "pbc" / name) for name in names]
    landmarks, small = ([look.of(image) for image in images] for look in COPY_LOOKS)
    overlay = lay_on(landmarks, small)
    assert overlay.similarity > 0.995
    assert 0.3 < overlay.overlap < 0.7
