"""Size, compression or background that gives the class away is warned of; others are not."""

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.curation.looks.look import Looked
from buffycoat.curation.looks.look_at import look_at
from buffycoat.curation.shortcuts import SHORTCUT_LOOKS, find_shortcuts
from buffycoat.tables.samples import SampleTable, check_samples

CLASSES = ("basophil", "erythroblast", "monocyte", "platelet")
NAMES = ["background", "batch", "compression", "file_size", "format", "metadata", "size"]


def make(folder, *, n=160, size=None, quality=None, background=None, **columns):
    """Images of a disc, and their table; what is given is asked by class and draw."""
    rng, rows = np.random.default_rng(0), []
    for i in range(n):
        label = CLASSES[i % 4]
        width, height = size(label, rng) if size else (32, 32)
        image = np.full(
            (height, width, 3), background(label, rng) if background else (230, 215, 195)
        )
        image += rng.integers(-3, 4, image.shape)
        image[8:20, 8:20] = (90, 60, 150)
        path = folder / f"{i:03d}.jpg"
        asked = quality(label, rng) if quality else 90
        Image.fromarray(np.clip(image, 0, 255).astype(np.uint8)).save(path, quality=asked)
        rows.append((path.name, path.name, label, width, height))
    schema = ["sample_id", "path", "label", "width_px", "height_px"]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return check_samples(SampleTable(frame.with_columns(**columns), folder, CLASSES))


def found(table):
    looked = look_at(table, SHORTCUT_LOOKS, n_threads=1)
    return {
        finding.name.removeprefix("shortcut_"): finding for finding in find_shortcuts(table, looked)
    }


def levels(findings):
    return {name: finding.level for name, finding in findings.items() if finding.level != "note"}


def test_size_of_the_published_pbc_kind(tmp_path):
    """Most of one class, and some of another, are square; all others are three pixels higher."""
    share = {"basophil": 0.9, "platelet": 0.3}
    square = lambda label, rng: (36, 36 if rng.random() < share.get(label, 0) else 39)  # noqa: E731
    findings = found(make(tmp_path, size=square))
    assert sorted(findings) == NAMES
    assert "size" in levels(findings)
    facts = findings["size"].facts
    assert facts["chance"] == 0.25
    assert facts["low"] > facts["by_chance"]
    counts = findings["size"].tables["Images of each class by the commonest values"]
    assert counts["monocyte"].to_list() == [40, 0]
    assert next(iter(findings)) == "size"
    assert "balanced accuracy of 0." in findings["size"].said[0]


def test_nothing_gives_the_class_away(tmp_path):
    findings = found(
        make(
            tmp_path,
            size=lambda label, rng: (32, int(rng.choice([32, 35]))),
            quality=lambda label, rng: int(rng.choice([75, 90])),
            background=lambda label, rng: rng.normal((230, 215, 195), 4).astype(int),
        )
    )
    assert sorted(findings) == NAMES
    assert levels(findings) == {}


def test_compression_and_ground(tmp_path):
    findings = found(
        make(
            tmp_path,
            quality=lambda label, rng: 75 if label == "monocyte" else 90,
            background=lambda label, rng: (
                (195, 215, 230) if label == "platelet" else (230, 215, 195)
            ),
        )
    )
    assert set(levels(findings)) == {"compression", "background", "batch"}
    best = "Easiest to tell is monocyte: 100% of it is recognised"
    assert f"{best}, and 0% of the others are taken for it." in findings["compression"].said
    batch = findings["batch"].columns["background_batch"]
    assert batch.to_list() == [1, 1, 1, 2] * 40
    assert "the same for all images" in findings["format"].said[0]


def test_a_group_vouches_for_itself_alone(tmp_path):
    """Every photograph has a background of its own: that says nothing of a new photograph."""
    rng = np.random.default_rng(1)
    photographs = [f"p{i // 40}-{i % 4}" for i in range(160)]
    colours = {name: rng.integers(180, 240, 3) for name in sorted(set(photographs))}
    names = iter(photographs)
    table = make(tmp_path, background=lambda label, rng: colours[next(names)])
    apart = found(table)["background"].facts
    whole = SampleTable(table.frame.with_columns(group=pl.Series(photographs)), tmp_path, CLASSES)
    together = found(whole)["background"].facts
    assert apart["balanced_accuracy"] > 0.8
    assert together["balanced_accuracy"] < 0.6
    assert together["low"] < together["by_chance"]


def test_boxes_are_as_large_as_their_cell(tmp_path):
    table = make(tmp_path, size=lambda label, rng: (30 if label == "platelet" else 40, 40))
    boxes = [[0, 0, w, h] for w, h in table.frame.select("width_px", "height_px").iter_rows()]
    table = SampleTable(table.frame.with_columns(box=pl.Series(boxes)), tmp_path, CLASSES)
    findings = found(table)
    assert levels(findings) == {}
    assert "not warned of" in findings["size"].said[-1]
    assert "not known" in findings["file_size"].said[0]


def test_one_class_and_missing_images(tmp_path, make_table):
    nothing = Looked({"background": np.full((4, 3), np.nan)}, {"background": np.zeros(4, bool)})
    (one,) = find_shortcuts(make_table(label=["a"] * 4), nothing)
    assert one.level == "note"
    findings = find_shortcuts(make_table(label=["a", "b"] * 2), nothing)
    assert len(findings) == 7
    assert all(finding.level == "note" for finding in findings)


@pytest.fixture(autouse=True)
def own_looks(tmp_path, monkeypatch):
    monkeypatch.setenv("BUFFYCOAT_CACHE", str(tmp_path / "cache"))


def test_a_rare_class_among_very_many_rows_stops_nothing(tmp_path):
    n = 20_002
    frame = pl.DataFrame(
        {
            "sample_id": [f"s{i:05d}" for i in range(n)],
            "path": ["set.npz/x"] * n,
            "item": range(n),
            "label": [CLASSES[i in (1, 5)] for i in range(n)],
            "width_px": [32 + i % 3 for i in range(n)],
        }
    )
    table = check_samples(SampleTable(frame, tmp_path, CLASSES))
    nothing = Looked({"background": np.zeros((n, 3), np.float32)}, {"background": np.ones(n, bool)})
    (finding,) = find_shortcuts(table, nothing)  # every other row of each class leaves one
    assert "two classes of at least two groups" in finding.said[0]
