from pathlib import Path

import numpy as np
import polars as pl
import pytest

from buffycoat.curation.checks import shape
from buffycoat.tables.samples import SampleTable


def table(*sizes):
    return SampleTable(pl.DataFrame(sizes, ["width_px", "height_px"], orient="row"), Path(), ())


def test_size_is_in_doublings_of_the_side():
    found = shape.odd_size(table((100, 100), (100, 100), (200, 200), (50, 50), (400, 100)))
    assert found == pytest.approx([0, 0, 1, -1, 1])


def test_aspect_is_in_doublings_of_width_over_height():
    found = shape.odd_aspect(table((100, 100), (50, 50), (200, 100), (100, 400), (300, 300)))
    assert found == pytest.approx([0, 0, 1, -2, 0])


def test_where_nothing_is_known_nothing_is_said():
    found = shape.odd_size(table((100, 100), (None, None)))
    assert found[0] == 0
    assert np.isnan(found[1])
    nothing = SampleTable(
        pl.DataFrame(
            {"width_px": [None], "height_px": [None]},
            schema_overrides={"width_px": pl.Int64, "height_px": pl.Int64},
        ),
        Path(),
        (),
    )
    assert np.isnan(shape.odd_aspect(nothing)).all()
