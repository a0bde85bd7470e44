"""The published sets, as far as they lie here, read by their own functions."""

import warnings

import pytest

from buffycoat.errors import BuffycoatWarning
from buffycoat.sources.catalogue import read_data_set


def test_pbc(data):
    table = read_data_set("pbc", data / "pbc")
    counts = dict(table.frame["label"].value_counts().iter_rows())
    assert len(table.frame) == 13_722
    assert (counts["basophil"], counts["ig"], counts["platelet"]) == (978, 2304, 1920)


def test_bccd_kaggle(data):
    with pytest.warns(BuffycoatWarning, match="taken as published"):
        table = read_data_set("bccd_kaggle", data / "bccd_kaggle")
    assert dict(table.frame["split"].value_counts().iter_rows()) == {"train": 9957, "test": 2487}


def test_bccd(data):
    with warnings.catch_warnings():
        warnings.simplefilter("error", BuffycoatWarning)
        table = read_data_set("bccd", data / "bccd")
    assert dict(table.usable["label"].value_counts().iter_rows()) == {
        "NEUTROPHIL": 202,
        "EOSINOPHIL": 84,
        "LYMPHOCYTE": 33,
        "MONOCYTE": 20,
        "BASOPHIL": 2,
    }
