"""What every check keeps to: the registered ones."""

import inspect
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat import import_samples
from buffycoat.curation.checks.catalogue import BUILT_IN
from buffycoat.curation.checks.check import build_check, checks
from buffycoat.curation.checks.findings import check_findings
from buffycoat.curation.checks.looks import check_looks
from buffycoat.curation.looks.look_at import look_at
from buffycoat.registry import Choice
from buffycoat.sources.drawn.cells import CELL_TYPES, draw_cell, draw_slide
from buffycoat.tables.samples import SampleTable

assert BUILT_IN, "the import registers them"

N, SPOILT = 16, 5
"""Images in the table, and which of them is spoilt."""


def black_edge(image):
    found = image.copy()
    found[:, : image.shape[1] // 6] = 0
    return found


PLANTED = {
    "black_border": black_edge,
    "blurred": lambda image: cv2.GaussianBlur(image, (0, 0), 4),
    "clipped": lambda image: np.where(image.mean(2, keepdims=True) > 180, 255, image).astype("u1"),
    "cut_off": lambda image: np.ascontiguousarray(image[:, : image.shape[1] // 2]),
    "dark_or_bright": lambda image: image // 4,
    "greyscale": lambda image: np.repeat(image.mean(2, keepdims=True).astype("u1"), 3, axis=2),
    "low_contrast": lambda image: (image // 16 + 150).astype("u1"),
    "odd_aspect": lambda image: cv2.resize(image, None, fx=2, fy=1),
    "odd_size": lambda image: cv2.resize(image, None, fx=2.5, fy=2.5),
    "several_cells": lambda image: np.hstack([image, image]),
    "uniform": lambda image: np.full_like(image, (235, 225, 230)),
}
"""By check: what makes a sound image (H, W, 3) a bad one of its kind."""


def test_every_check_has_a_plant():
    own = {name for name in checks if checks.get(name).__module__.startswith("buffycoat.")}
    without = sorted(own - set(PLANTED))
    assert not without, (
        f"no planted image for {without}: add to PLANTED what spoils an image in that way"
    )


@pytest.fixture(scope="module")
def cells():
    """Sound cells of all types on two slides, uint8 (128, 128, 3)."""
    rng = np.random.default_rng(4)
    slides = [draw_slide(rng) for _ in range(2)]
    return [
        draw_cell(CELL_TYPES[i % len(CELL_TYPES)], slides[i // 8], rng, image_px=128)
        for i in range(N)
    ]


@pytest.fixture(params=list(PLANTED))
def built(request):
    return build_check(Choice(request.param))


@pytest.fixture(scope="module")
def tables(cells, tmp_path_factory):
    """A function from a check's name to the cells with one spoilt in its way, or all sound."""
    place = tmp_path_factory.mktemp("checks")

    @cache
    def tables(name=None):
        folder = place / str(name)
        for i, image in enumerate(cells):
            file = folder / "ab"[i % 2] / f"{i:02}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            spoilt = PLANTED[name](image) if name and i == SPOILT else image
            Image.fromarray(spoilt).save(file, compress_level=1)
        samples = import_samples((folder,))
        return replace(samples, frame=samples.frame.sort(pl.col("path").str.slice(2)))

    return tables


@pytest.fixture(scope="module")
def found(tables, tmp_path_factory):
    """A function from a check to its finding in such a table."""
    kept = tmp_path_factory.mktemp("looks")

    def found(check, name=None, **more):
        samples = tables(name)
        looked = look_at(samples, check_looks([check]), cache=kept, **more)
        return check_findings(samples, [check], looked)[0]

    return found


def test_a_spoilt_image_scores_worse_than_a_sound_one_and_is_flagged(built, found):
    sound, spoilt = found(built), found(built, built.name)
    assert spoilt.scores[SPOILT] > sound.scores[SPOILT]
    assert spoilt.scores[SPOILT] == spoilt.scores.max() > 0.5
    assert np.flatnonzero(spoilt.flags).tolist() == [SPOILT]
    assert list(spoilt.reasons) == [SPOILT]
    assert spoilt.level == "look"


def test_drawn_cells_are_sound(built, found):
    finding = found(built)
    assert not finding.flags.any()
    assert finding.level == "note"
    assert f"on none of {N} images" in finding.said[0]


def test_scores_are_from_0_to_1_and_repeat(built, tables, tmp_path):
    samples = tables(built.name)
    one, other = (
        check_findings(samples, [built], look_at(samples, check_looks([built]), cache=cache))[0]
        for cache in (tmp_path / "1", tmp_path / "2")
    )
    assert ((one.scores >= 0) & (one.scores <= 1)).all()
    assert np.array_equal(one.scores, other.scores)
    assert one.scores.shape == one.flags.shape == (N,)


def test_the_score_is_half_on_its_own_limits(built):
    limits = [v for v in (built.limits.low, built.limits.high) if v is not None]
    assert built.limits.scores(np.array(limits)).tolist() == [0.5] * len(limits)


ODD = {
    "tiny": np.zeros((16, 16, 3), np.uint8) + np.arange(16, dtype=np.uint8)[:, None, None] * 15,
    "one pixel": np.full((1, 1, 3), 90, np.uint8),
    "one row": np.arange(300, dtype=np.uint8).reshape(1, 100, 3),
    "black": np.zeros((40, 40, 3), np.uint8),
    "white": np.full((40, 40, 3), 255, np.uint8),
    "one colour": np.full((64, 64, 3), (120, 40, 200), np.uint8),
    "grey": np.repeat(np.random.default_rng(0).integers(0, 256, (50, 60, 1), np.uint8), 3, axis=2),
    "very wide": np.random.default_rng(1).integers(0, 256, (8, 2000, 3), np.uint8),
    "very high": np.random.default_rng(2).integers(0, 256, (2000, 8, 3), np.uint8),
}
"""Images that are hardly any."""


@pytest.mark.parametrize("kind", list(ODD))
def test_odd_images_have_a_score_too(built, kind):
    image = ODD[kind]
    if built.of_table:
        sizes = pl.DataFrame({"width_px": [image.shape[1]], "height_px": [image.shape[0]]})
        measures = built.measure(SampleTable(sizes, Path(), ()))
    else:
        measures = np.array([float(built.measure(image))])
    assert np.isfinite(measures).all()
    assert 0 <= built.limits.scores(measures)[0] <= 1


def test_an_image_is_not_changed_by_looking_at_it(built, cells):
    if built.of_table:
        assert built.measured
        return
    image = cells[0].copy()
    image.flags.writeable = False
    turned = np.asfortranarray(image)
    assert float(built.measure(image)) == float(built.measure(image)) == built.measure(turned)
    assert np.array_equal(image, cells[0])


def test_an_empty_table_is_checked_too(built, tables):
    samples = replace(tables(), frame=tables().frame.clear())
    finding = check_findings(samples, [built], look_at(samples, check_looks([built])))[0]
    assert finding.scores.shape == (0,)
    assert "none of 0 images" in finding.said[0]


def test_it_says_what_it_measures_and_what_it_flags(built):
    assert built.said.endswith(".") or ":" in built.said
    assert built.measured
    assert built.measured[0].islower()
    assert "below" in str(built.limits) or "above" in str(built.limits)
    assert inspect.getdoc(checks.get(built.name))
