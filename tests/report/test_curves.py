"""Charts: where values land, what is kept when a curve is thinned, what is marked."""

from dataclasses import replace

import polars as pl
import pytest

from buffycoat.report.charts import make_axis, thin
from buffycoat.report.curves import (
    confidence_histogram,
    precision_recall_panels,
    reliability_chart,
    roc_panels,
)
from buffycoat.report.learning_curves import learning_charts


def test_an_axis_maps_its_ends_and_has_round_ticks_inside():
    axis = make_axis("epoch", (0.5, 9.5), (50, 410), n_ticks=10, whole=True)
    assert axis.at(0.5) == 50
    assert axis.at(9.5) == 410
    assert axis.at(5) == 230
    assert [tick.text for tick in axis.ticks] == [str(i) for i in range(1, 10)]


def test_an_axis_of_one_value_still_has_a_width():
    axis = make_axis("loss", (2.0, 2.0), (0, 100))
    assert axis.at(2.0) == 50


def test_thinning_keeps_every_corner():
    staircase = [(0, 0), (0, 1), (0, 2), (0, 2), (1, 2), (2, 2), (2, 3)]
    assert thin(staircase) == [(0, 0), (0, 2), (2, 2), (2, 3)]
    there_and_back = [(0, 0), (0, 5), (0, 2)]
    assert thin(there_and_back) == there_and_back


def test_good_classes_are_shown_in_the_corner_and_say_so(evaluation):
    panels = roc_panels(evaluation)
    assert [panel.name for panel in panels] == list(evaluation.classes)
    assert (panels[0].chart.x.low, panels[0].chart.x.high) == (0, 0.1)
    assert (panels[0].chart.y.low, panels[0].chart.y.high) == (0.9, 1)
    assert panels[0].chart.x.ticks[-1].text == "10%"
    assert panels[0].note == "AUC 0.9900 (0.9700 to 1.0000)"
    assert precision_recall_panels(evaluation)[0].chart.x.low == 0.9


def test_one_poor_class_shows_all_axes_whole(evaluation):
    roc = {**evaluation.roc, "blast": [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)]}
    panels = roc_panels(replace(evaluation, roc=roc))
    assert {panel.chart.x.high for panel in panels} == {1.0}
    assert panels[0].chart.lines[0].points == "56,142 123,75 190,8"


def test_of_many_classes_the_weakest_are_drawn(evaluation):
    names = tuple(f"type {i}" for i in range(30))
    row = evaluation.per_class["blast"]
    per_class = {
        name: replace(row, f1=replace(row.f1, value=1 - i / 100)) for i, name in enumerate(names)
    }
    curve = evaluation.roc["blast"]
    many = replace(evaluation, classes=names, per_class=per_class, roc=dict.fromkeys(names, curve))
    assert [panel.name for panel in roc_panels(many)] == list(names[6:])


def test_dots_of_the_reliability_diagram_have_exact_intervals(evaluation):
    chart = reliability_chart(evaluation)
    dot = chart.dots[0]
    assert (dot.x, dot.y) == (chart.x.at(0.5), chart.y.at(0.7))
    # Clopper and Pearson, 7 of 10: .348 to .933
    assert dot.low == pytest.approx(chart.y.at(0.348), abs=0.2)
    assert dot.high == pytest.approx(chart.y.at(0.933), abs=0.2)


def test_the_histogram_holds_all_answers(evaluation):
    chart = confidence_histogram(evaluation)
    height = chart.y.start - chart.y.at(1 / 3)
    assert chart.bars[0].height == pytest.approx(height, abs=0.1)
    assert chart.bars[1].height == pytest.approx(2 * height, abs=0.2)
    assert confidence_histogram(replace(evaluation, reliability=[])) is None
    assert reliability_chart(replace(evaluation, reliability=[])) is None


def test_the_kept_epoch_is_marked_in_its_own_phase(history):
    charts = dict(learning_charts(history, {"phase": "all", "epoch": 2}))
    assert list(charts) == ["Loss", "Accuracy"]
    chosen = [rule for rule in charts["Loss"].rules if rule.kind == "chosen"]
    assert [(rule.x, rule.text) for rule in chosen] == [(charts["Loss"].x.at(3), "kept: epoch 2")]
    border = [rule for rule in charts["Loss"].rules if rule.kind == "guide"]
    assert [rule.x for rule in border] == [charts["Loss"].x.at(1.5)]
    assert [line.kind for line in charts["Loss"].lines] == ["train", "main"]


def test_gaps_and_empty_histories_draw_what_there_is(history):
    nan = history.with_columns(pl.lit(float("nan")).alias("train_loss"))
    assert [line.kind for line in learning_charts(nan, {})[0][1].lines] == ["main"]
    assert learning_charts(history.clear(), {}) == []
    assert learning_charts(history.select("epoch"), {}) == []
