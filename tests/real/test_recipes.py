"""Every recipe in a short form, through the command line, on its own kind of real images.

One epoch of each phase on small images; ConvNeXts in their smallest form. All else (the
head, augmentation, mixing, freezing, loss, balance, schedule, average, monitor) is the recipe's.
"""

from __future__ import annotations

import json
import shutil

import numpy as np
import polars as pl
import pytest

from buffycoat.cli import main
from buffycoat.tables.samples import read_samples, write_samples
from buffycoat.training.recipe import read_recipe, recipe_names
from buffycoat.training.settings import TrainSettings

N_PER_CLASS = 12
CLASSES = ("eosinophil", "lymphocyte", "monocyte", "neutrophil")
FOLDERS = {"1": "bccd_kaggle/TRAIN", "2": "bccd"}
SMALLEST = {"convnext_xlarge": "convnext_atto", "convnext_small": "convnext_atto"}


def call(*arguments):
    assert main([str(a) for a in arguments]) == 0


@pytest.fixture(scope="module")
def tables(data, tmp_path_factory):
    """A split table of a few cells of four types, by the number of the system that had such."""
    place = tmp_path_factory.mktemp("recipes")

    def make(system):
        split = place / f"split-{system}.parquet"
        if not split.is_file():
            everything = place / "all.parquet"
            call("import", few_cells(data, place, system), "--out", everything)
            if system == "2":
                write_samples(first_of_each(read_samples(everything)), everything)
            call("split", everything, "--out", split)
        return split

    return make


def few_cells(data, place, system):
    """BCCD as it is (its boxes stand in one file); a few images of each class of the others."""
    folder = data / FOLDERS.get(system, "pbc")
    if system == "2":
        return folder
    for name in CLASSES:
        files = sorted((folder / (name.upper() if system == "1" else name)).iterdir())
        own = place / f"cells-{system}" / name
        own.mkdir(parents=True)
        for i in np.linspace(0, len(files) - 1, N_PER_CLASS).astype(int):
            shutil.copy(files[i], own)
    return place / f"cells-{system}"


def first_of_each(table):
    """A few usable rows of each of the four classes."""
    rows = table.usable.filter(pl.col("label").is_in(CLASSES))
    return table.stepped("cut", rows.group_by("label", maintain_order=True).head(N_PER_CLASS))


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_runs_to_its_end(name, tables, weights, tmp_path):
    recipe = read_recipe(name, TrainSettings())
    system = name.split("-")[1] if name.startswith("system") else ""
    table, out = tables("1" if system == "1" else "2" if system == "2" else ""), tmp_path / "run"
    model = recipe.network.model.name
    height, width = (max(96, px // 4) for px in recipe.images.image_px)
    short = ["--image-px", height, width, "--epochs", 1, "--head-epochs", 1, "--no-compile"]
    short += ["--batch-size", min(16, recipe.learning.batch_size), "--n-threads", 2]
    short += ["--model", SMALLEST[model]] if model in SMALLEST else []
    given = weights if model == "mobilenetv2_100" else "none"

    call("train", table, "--recipe", name, *short, "--weights", given, "--out", out)

    made = json.loads((out / "run.json").read_text())["settings"]["resolved"]
    assert made["learning"]["balance"] == recipe.learning.balance
    assert made["learning"]["monitor"] == recipe.learning.monitor
    answers = pl.read_parquet(out / "predictions.parquet")
    rows = pl.read_parquet(out / "samples.parquet").filter(pl.col("excluded_because").is_null())
    wanted = rows.filter(pl.col("split").is_in(["validation", "test"]))
    assert set(answers["sample_id"]) == set(wanted["sample_id"])
    assert np.isfinite(answers.select(pl.col("^p_.*$")).to_numpy()).all()
