"""The page of a search: what is shown, what is not, and names that are no HTML."""

from dataclasses import dataclass, replace

import polars as pl
import pytest

from buffycoat.evaluation.figures import Figure
from buffycoat.evaluation.standings import Standing, Standings
from buffycoat.report.search_charts import history_chart, setting_charts
from buffycoat.report.search_page import SearchResult, build_search_page
from buffycoat.tables.trials import TrialTable, check_trials

EVIL = '{name = "<script>alert(1)</script>"}'


@dataclass(frozen=True)
class Share:
    name: str
    share: float
    low: float
    high: float


def standings(split, name, *values):
    figures = [Figure(v, v - 0.1, v + 0.05, "by hand") for v in values]
    return Standings(split, 40, 8, True, (Standing(name, figures[0], tuple(figures)),))


@pytest.fixture
def trials():
    columns = {
        "trial_id": [1, 2, 4, 5],
        "run": [f"trial-{i}" for i in (1, 2, 4, 5)],
        "status": ["finished", "pruned", "finished", "failed"],
        "reason": [None, "others were better", None, "<b>no</b> room"],
        "seed": [0] * 4,
        "learning.learning_rate": [1e-4, 1e-3, 1e-2, 1e-1],
        "network.model": ["a", "a", EVIL, EVIL],
        "score": [0.7, None, 0.9, None],
    }
    facts = {
        "settings": {"learning": {"monitor": "distorted_loss"}},
        "vary": {"learning.learning_rate": "log(0.0001, 0.1)"},
        "function": "none",
        "sampler": "tpe",
        "pruner": "none",
        "score": "balanced_accuracy",
        "data_hash": "0123456789abcdef" * 4,
        "all_folds": False,
    }
    varied = ("learning.learning_rate", "network.model")
    return check_trials(TrialTable(pl.DataFrame(columns), varied, facts))


@pytest.fixture
def result():
    return SearchResult(
        best=4,
        validation=standings("validation", "trial 4", 0.91),
        test=standings("test", "the best settings", 0.85, 0.8, 0.9),
        n_retrained=2,
        importances=[Share("learning.learning_rate", 0.75, 0.5, 0.9)],
        command="buffycoat train <x>",
        spent_s=90.0,
    )


def page(tmp_path, trials, result):
    return build_search_page(
        tmp_path / "p.html", name="a", trials=trials, result=result
    ).read_text()


def test_the_page_shows_the_best_by_its_test_figure(tmp_path, trials, result):
    shown = page(tmp_path, trials, result)
    assert "4 trials, chosen by balanced accuracy on distorted validation rows" in shown
    assert '<p class="number">85.0%</p>' in shown
    assert "mean of 2 networks trained again, 95% interval 75.0 to 90.0" in shown
    assert "2 trials finished, 1 given up early, 1 failed, in 1.5 minutes" in shown
    assert "75.0% <small>50.0 to 90.0</small>" in shown
    assert page(tmp_path, trials, result) == shown


def test_names_are_no_html(tmp_path, trials, result):
    shown = page(tmp_path, trials, result)
    assert "<script" not in shown
    assert "<b>no</b>" not in shown
    assert "failed: &lt;b&gt;no&lt;/b&gt; room" in shown
    assert "train &lt;x&gt;" in shown


def test_what_is_not_known_is_said(tmp_path, trials, result):
    less = replace(result, test=None, n_retrained=0, importances=())
    shown = page(tmp_path, trials, less)
    assert "There are no test rows" in shown
    assert "<code>--retrain-seeds 3</code> shows it" in shown
    assert "Too few trials finished" in shown
    assert '<p class="number">91.0%</p>' in shown
    elsewhere = replace(less, validation=standings("validation", "trial 1", 0.95))
    shown = page(tmp_path, trials, elsewhere)  # the best by accuracy is not the best by the score
    assert "its run is on another machine" in shown
    assert '<p class="number">' not in shown
    assert "There are no test rows" not in shown


def test_charts_have_a_dot_for_each_finished_trial(trials):
    rows = list(trials.frame.iter_rows(named=True))
    chart = history_chart(rows, "accuracy", is_loss=False)
    assert [dot.title for dot in chart.dots] == ["trial 1: 0.7", "trial 4: 0.9"]
    assert chart.dots[0].y > chart.dots[1].y
    (best,) = {point.split(",")[1] for point in chart.lines[0].points.split()[-1:]}
    assert float(best) == chart.dots[1].y
    falling = history_chart(rows, "loss", is_loss=True)
    assert float(falling.lines[0].points.split()[-1].split(",")[1]) == falling.dots[0].y
    assert history_chart(rows[1:2], "accuracy", is_loss=False) is None


def test_a_wide_range_is_shown_by_ratios_and_text_in_its_place(trials):
    rows = list(trials.frame.iter_rows(named=True))
    rows.append({**rows[0], "trial_id": 6, "learning.learning_rate": 1e-3})
    rate, model = setting_charts(rows, trials.titles, "accuracy")
    assert (rate.name, model.name) == ("learning_rate", "model")
    low, high, middle = (dot.x for dot in rate.chart.dots)
    assert middle == pytest.approx((low + high) / 2, abs=0.2)
    assert [tick.text for tick in model.chart.x.ticks] == ["a", '{name = "<script>…']
    assert len({dot.x for dot in model.chart.dots}) == 2
