import numpy as np
import pytest

from buffycoat.curation.outliers import spaces as module
from buffycoat.curation.outliers.appearance import BLOCKS
from buffycoat.curation.outliers.spaces import spaces


@pytest.fixture
def seen():
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(400, 10)) @ rng.normal(size=(10, sum(BLOCKS.values())))
    return (mixed + rng.normal(0, 0.1, mixed.shape)).astype(np.float32)


def test_one_wild_number_does_not_change_where_the_others_are(seen):
    before = spaces(seen)["whole"]
    wild = seen.copy()
    wild[0, -1] = 1e6
    assert spaces(wild)["whole"][1:] == pytest.approx(before[1:], abs=0.05)


def test_a_number_that_most_have_alike_is_not_blown_up(seen):
    seen[:, -1] = 0
    seen[0, -1] = 0.02
    moved = spaces(seen)["whole"][0] - spaces(np.where(seen == 0.02, 0, seen))["whole"][0]
    assert np.linalg.norm(moved) < 1


def test_many_rows_keep_their_length_in_fewer_numbers(seen, monkeypatch):
    whole = spaces(seen)["whole"]
    monkeypatch.setattr(module, "N_EXACT", 100)
    few = spaces(seen)["whole"]
    assert few.shape == (400, 49)
    wanted = np.linalg.norm(whole - whole.mean(0), axis=1)
    assert np.linalg.norm(few, axis=1) == pytest.approx(wanted, rel=0.05)
    apart = np.linalg.norm(whole[:50, None] - whole[None, :50], axis=2)
    assert np.linalg.norm(few[:50, None] - few[None, :50], axis=2) == pytest.approx(apart, rel=0.15)
