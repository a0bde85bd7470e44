"""No path is left, and no sentence is spoilt."""

import pytest

from buffycoat.report.anonymous import LEFT_OUT, without_paths, without_paths_in


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("read /data/smith/a.csv twice", f"read {LEFT_OUT} twice"),
        ("'/data/John Smith/a b.png' is empty", f"{LEFT_OUT} is empty"),
        (r"C:\Users\smith\cells is a folder", f"{LEFT_OUT} is a folder"),
        ("same as BA_123.jpg", f"same as {LEFT_OUT}"),
        ("in ~/cells/, row 3", f"in {LEFT_OUT}, row 3"),
        ("95% of 2,744 images: 0.2 to 0.3 (96 x 96)", "95% of 2,744 images: 0.2 to 0.3 (96 x 96)"),
        ("see https://example.org/a/b.csv", "see https://example.org/a/b.csv"),
    ],
)
def test_sentences_lose_their_paths_alone(text, left):
    assert without_paths(text) == left


def test_facts_lose_paths_at_every_depth():
    facts = {"root": "/data/John Smith", "a": [{"b": "./x/y"}], "n": 3, "none": None, "fit": "pad"}
    assert without_paths_in(facts) == {
        "root": LEFT_OUT,
        "a": [{"b": LEFT_OUT}],
        "n": 3,
        "none": None,
        "fit": "pad",
    }
