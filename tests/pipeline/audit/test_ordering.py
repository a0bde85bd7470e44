"""How a table is sorted changes nothing that an audit finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from PIL import Image

from buffycoat.curation.finding import Finding
from buffycoat.pipeline.audit.examining import examine
from buffycoat.pipeline.audit.material import Known
from buffycoat.pipeline.audit.ordering import put_back
from buffycoat.pipeline.importing import import_samples


def test_each_row_has_what_it_has_in_any_order(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(10):
        place = tmp_path / "cells" / "ab"[i % 2] / f"{i:02}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        noise = rng.integers(0, 255, (12, 12, 3), dtype=np.uint8)
        image = Image.fromarray(noise).resize((96, 96), Image.Resampling.BICUBIC)
        image.save(place)
        image.rotate(30).save(place.with_name(f"{i:02}-turned.png"))
    samples = import_samples((tmp_path / "cells",))
    answers = rng.dirichlet([1, 1], len(samples.frame))
    rows = rng.permutation(len(samples.frame))
    shuffled = replace(samples, frame=samples.frame[rows])
    parts = {"copies", "labels", "map"}
    one = examine(samples, parts, [], Known(probabilities=answers))
    other = examine(shuffled, parts, [], Known(probabilities=answers[rows]))
    assert one.samples.frame["copy_cluster"].n_unique() == 10
    assert other.samples.frame.equals(one.samples.frame[rows])
    assert np.array_equal(other.map_xy, one.map_xy[rows])


def test_rows_that_a_finding_names_are_put_back():
    found = Finding(
        "x",
        "X",
        ("said",),
        "look",
        scores=np.array([0.1, 0.2, 0.3]),
        flags=np.array([False, False, True]),
        reasons={2: "odd"},
        beside={2: (0, 1)},
        columns={"c": pl.Series("c", ["a", "b", "c"])},
    )
    back = put_back(found, np.array([1, 2, 0]))
    assert back.scores.tolist() == [0.3, 0.1, 0.2]
    assert back.flags.tolist() == [True, False, False]
    assert back.reasons == {0: "odd"}
    assert back.beside == {0: (1, 2)}
    assert back.columns["c"].to_list() == ["c", "a", "b"]
