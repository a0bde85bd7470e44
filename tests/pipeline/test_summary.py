"""What commands say of a table: one is one."""

from pathlib import Path

import polars as pl

from buffycoat.pipeline.summary import say_samples
from buffycoat.tables.samples import SampleTable, check_samples


def test_one_group_and_one_image_are_not_several(capsys):
    ids = ["a.png", "b.png", "c.png"]
    frame = pl.DataFrame(
        {
            "sample_id": ids,
            "path": ids,
            "label": ["x", "y", "y"],
            "group": ["p01"] * 3,
            "excluded_because": [None, None, "no image: it is empty"],
        }
    )
    say_samples(check_samples(SampleTable(frame, Path(), ("x", "y"), group_columns=("patient",))))
    said = capsys.readouterr().out
    assert "2 usable images of 2 classes, 1 group (by patient)" in said
    assert "1 image is left out, with a reason in the table:" in said
