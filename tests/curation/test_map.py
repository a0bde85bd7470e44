import numpy as np
import polars as pl
import pytest

from buffycoat.curation import map as mapping
from buffycoat.curation.looks.look import Looked
from buffycoat.curation.map import place_on_map
from buffycoat.curation.outliers.appearance import APPEARANCE, BLOCKS
from buffycoat.tables.samples import SampleTable, check_samples


@pytest.fixture
def two_kinds():
    """120 rows of each of two kinds, the last one excluded."""
    seen = np.random.default_rng(0).normal(size=(240, sum(BLOCKS.values()))).astype(np.float32)
    seen[120:] += 3
    names = [f"s{i:03d}" for i in range(240)]
    gone = [None] * 239 + ["told so"]
    frame = pl.DataFrame({"sample_id": names, "path": names, "excluded_because": gone})
    table = check_samples(SampleTable(frame, None, ()))
    return table, Looked({APPEARANCE.name: seen}, {APPEARANCE.name: np.ones(240, bool)})


def is_apart(at):
    one, other = at[:120], at[120:239]
    between = np.linalg.norm(one.mean(0) - other.mean(0))
    return between > 2 * max(one.std(), other.std())


def test_kinds_lie_apart_within_the_unit_square_and_always_alike(two_kinds):
    told = []
    at = place_on_map(*two_kinds, on_progress=lambda done, n: told.append((done, n)))
    assert at.shape == (240, 2)
    assert at.dtype == np.float32
    assert np.isnan(at[239]).all()
    assert at[:239].min() >= 0
    assert at[:239].max() <= 1
    assert is_apart(at)
    assert told[-1][0] == told[-1][1]
    assert (place_on_map(*two_kinds)[:239] == at[:239]).all()


def test_rows_beyond_the_fitted_lie_with_their_kind(two_kinds, monkeypatch):
    monkeypatch.setattr(mapping, "_N_FITTED", 100)
    assert is_apart(place_on_map(*two_kinds))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_handful_is_laid_out_too(two_kinds, n):
    table, looked = two_kinds
    few = SampleTable(table.frame.head(n), None, ())
    cut = Looked(
        {k: v[:n] for k, v in looked.arrays.items()}, {k: v[:n] for k, v in looked.has.items()}
    )
    at = place_on_map(few, cut)
    assert at.shape == (n, 2)
    assert np.isfinite(at).all()
