"""What every check keeps to: the registered ones."""

import inspect

import numpy as np
import polars as pl
import pytest

from buffycoat.curation.checks.check import build_check, checks
from buffycoat.curation.checks.scores import BUILT_IN, score_samples
from buffycoat.images.measure import measure_images
from buffycoat.registry import Choice
from buffycoat.tables.samples import SCHEMA, SampleTable, check_samples

assert BUILT_IN, "the import registers them"


@pytest.fixture(scope="module")
def samples(cells):
    paths = [p.relative_to(cells).as_posix() for p in sorted(cells.rglob("*.png"))[:12]]
    frame = pl.DataFrame({"sample_id": paths, "path": paths})
    table = check_samples(SampleTable(frame, cells, ()))
    return SampleTable(measure_images(cells, table.frame), cells, ())


@pytest.fixture(params=list(checks))
def built(request):
    return build_check(Choice(request.param))


def test_scores_are_finite_and_repeat(built, samples):
    once = score_samples(samples, [built], n_threads=1)
    column = once[f"check_{built.name}"]
    assert column.is_finite().all()
    assert len(column) == len(samples.frame)
    assert once.equals(score_samples(samples, [built], n_threads=2))


def test_drawn_cells_are_sound(built, samples):
    assert not score_samples(samples, [built])[f"flag_{built.name}"].any()


def test_images_without_anything_on_them_have_a_score_too(built, samples):
    if built.of_table:
        empty = SampleTable(samples.frame.clear(), samples.root, ())
        assert score_samples(empty, [built]).height == 0
        return
    for value in (0, 128, 255):
        assert np.isfinite(built.score(np.full((8, 30, 3), value, np.uint8)))


def test_other_columns_stay(built, samples):
    assert score_samples(samples, [built]).select(list(SCHEMA)).equals(samples.frame)


def test_it_says_what_its_score_is_and_what_it_flags(built):
    assert built.said.endswith(".") or ":" in built.said
    assert "below" in str(built.limits) or "above" in str(built.limits)
    assert inspect.getdoc(checks.get(built.name))
