"""The same numbers as data: plain values for JSON, and one row per figure."""

import json

import polars as pl
import pytest

from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.tables.predictions import PredictionTable


@pytest.fixture(scope="module")
def evaluation(random_table):
    table = random_table(0, 80, 12)
    rival = table.frame.with_columns(run_id=pl.lit("majority class"), predicted=pl.lit("monocyte"))
    baselines = PredictionTable(rival, table.classes)
    return evaluate_table(table, baselines=baselines, n_resamples=30)


def types_in(value):
    """The types of all values of nested lists and dictionaries."""
    if isinstance(value, dict):
        return set().union(*map(types_in, value.values()), map(type, value))
    if isinstance(value, list | tuple):
        return set().union(*map(types_in, value))
    return {type(value)}


def test_the_dictionary_holds_plain_values(evaluation):
    assert types_in(evaluation.as_dict()) <= {str, int, float, bool, type(None)}


def test_json_gives_the_dictionary_back(evaluation):
    back = json.loads(json.dumps(evaluation.as_dict(), allow_nan=False))
    assert back["figures"] == evaluation.as_dict()["figures"]
    assert tuple(back["classes"]) == evaluation.classes
    assert back["mistakes"][0]["sample_id"] == evaluation.mistakes[0].sample_id


def expected_rows(evaluation):
    """Name, class, value, low, high, images and groups, from the dictionary alone."""
    data = evaluation.as_dict()
    sizes = data["n_images"], data["n_groups"]
    bounds = ("value", "low", "high", "method")
    whole = dict(data["figures"])
    for baseline, figures in data["baselines"].items():
        whole |= {f"{name} of {baseline}": figure for name, figure in figures.items()}
    yield from ((n, None, *(f[b] for b in bounds), *sizes) for n, f in whole.items())
    for label, of_class in data["per_class"].items():
        own = of_class["n_images"], of_class["n_groups"]
        for name in ("precision", "recall", "f1", "auc"):
            yield (name, label, *(of_class[name][b] for b in bounds), *own)


def test_rows_hold_the_same_numbers(evaluation):
    rows = evaluation.as_rows()
    assert set(rows.drop("split", "data_hash").iter_rows()) == set(expected_rows(evaluation))
    assert len(rows) == 13 + 3 * 4 + 3
    assert rows["split"].unique().to_list() == ["test"]
    assert rows["data_hash"].unique().to_list() == ["abc"]


def test_figures_that_are_not_defined_have_no_row(make_table):
    evaluation = evaluate_table(make_table(["basophil"] * 3, ["monocyte"] * 3), n_resamples=20)
    of_class = evaluation.as_rows().filter(pl.col("class").is_not_null())
    assert of_class.select("class", "figure").rows() == [("basophil", "recall"), ("basophil", "f1")]
