"""Looks: each image once, kept for the next audit, and a failure that marks its image alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from buffycoat import import_samples
from buffycoat.curation.looks.look import Look
from buffycoat.curation.looks.look_at import look_at
from buffycoat.tables.samples import SampleTable


@pytest.fixture
def samples(tmp_path: Path) -> SampleTable:
    """Six images, two of them the same, in two classes."""
    for i, shade in enumerate([10, 40, 70, 70, 130, 160]):
        place = tmp_path / "images" / "ab"[i % 2] / f"{i}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (shade, shade, shade)).save(place)
    return import_samples((tmp_path / "images",))


def _mean(seen: list[float]) -> Look:
    def of(image: np.ndarray) -> float:
        seen.append(float(image.mean()))
        return seen[-1]

    return Look("mean", of)


def test_identical_pixels_are_looked_at_once_and_kept(samples: SampleTable, tmp_path: Path) -> None:
    frame = samples.frame.with_columns(excluded_because=None)
    table = samples.stepped("kept", frame)
    seen: list[float] = []
    first = look_at(table, [_mean(seen)], cache=tmp_path / "cache")
    assert sorted(seen) == [10, 40, 70, 130, 160]
    again = look_at(table, [_mean(seen)], cache=tmp_path / "cache")
    assert len(seen) == 5
    np.testing.assert_array_equal(first.arrays["mean"], again.arrays["mean"])
    names = [Path(path).stem for path in table.frame["path"]]
    shades = {"0": 10, "1": 40, "2": 70, "3": 70, "4": 130, "5": 160}
    assert [shades[name] for name in names] == first.arrays["mean"].tolist()


def test_an_excluded_row_is_not_looked_at(samples: SampleTable, tmp_path: Path) -> None:
    seen: list[float] = []
    found = look_at(samples, [_mean(seen)], cache=tmp_path)
    excluded = samples.frame["excluded_because"].is_not_null().to_numpy()
    assert excluded.sum() == 2  # identical pixels, two labels
    assert np.isnan(found.arrays["mean"][excluded]).all()
    assert found.has["mean"].tolist() == (~excluded).tolist()


def test_a_failure_marks_its_image_and_no_other(samples: SampleTable, tmp_path: Path) -> None:
    def picky(image: np.ndarray) -> float:
        if image.mean() == 40:
            raise ValueError("too much like forty")
        return 1.0

    found = look_at(samples, [Look("picky", picky), _mean([])], cache=tmp_path)
    (row,) = found.failed
    assert found.failed[row] == "picky: too much like forty"
    assert samples.frame["path"][row].endswith("1.png")
    assert found.has["mean"][row]
    assert found.has["picky"].sum() == 3


def test_an_interrupted_look_goes_on(
    samples: SampleTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buffycoat.curation.looks.look_at._N_BLOCK", 1)
    seen: list[float] = []

    def stop(done: int, n: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look_at(samples, [_mean(seen)], cache=tmp_path, n_threads=1, on_progress=stop)
    n_before = len(seen)
    look_at(samples, [_mean(seen)], cache=tmp_path)
    assert len(seen) <= n_before + 2  # two of the four were kept


def test_a_damaged_block_is_made_anew(samples: SampleTable, tmp_path: Path) -> None:
    before = look_at(samples, [_mean([])], cache=tmp_path)
    for block in tmp_path.rglob("*.npz"):
        block.write_bytes(block.read_bytes()[:100])
    seen: list[float] = []
    after = look_at(samples, [_mean(seen)], cache=tmp_path)
    assert len(seen) == 4
    np.testing.assert_array_equal(before.arrays["mean"], after.arrays["mean"])


def test_a_new_version_is_looked_at_anew(samples: SampleTable, tmp_path: Path) -> None:
    look_at(samples, [Look("mean", lambda image: 1.0, version=1)], cache=tmp_path)
    found = look_at(samples, [Look("mean", lambda image: 2.0, version=2)], cache=tmp_path)
    assert np.nanmax(found.arrays["mean"]) == 2
