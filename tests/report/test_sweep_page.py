"""The page of a sweep: what is shown, what is not, and names that are no HTML."""

import re
from dataclasses import replace

import polars as pl
import pytest

from buffycoat.evaluation.figures import Figure
from buffycoat.evaluation.paired import Difference
from buffycoat.evaluation.standings import Standing, Standings
from buffycoat.pipeline.trials.results import settings_of
from buffycoat.report.sweep_page import build_sweep_page
from buffycoat.report.sweep_rows import make_scale, placed_rows
from buffycoat.tables.trials import TrialTable, check_trials

EVIL = '{name = "<script>alert(1)</script>"}'
NAMES = ("model = a", f"model = {EVIL}", "model = b")


def standing(name, value, *seeds):
    figures = [Figure(v, v - 0.1, v + 0.05, "by hand") for v in (value, *seeds)]
    return Standing(name, figures[0], tuple(figures[1:]))


@pytest.fixture
def trials():
    models, n = ["a", "a", EVIL, EVIL, "b"], 5
    columns = {
        "trial_id": list(range(1, n + 1)),
        "run": [f"r{i}" for i in range(n)],
        "status": ["finished"] * 4 + ["failed"],
        "reason": [None] * 4 + ["<b>no</b> room"],
        "seed": [0, 1, 0, 1, 0],
        "network.model": models,
        "validation_accuracy": [0.7, 0.8, 0.85, 0.9, None],
        "epoch_s": [1.0, 3.0, 1.0, 1.0, None],
    }
    facts = {
        "settings": {"views": "one", "network": {"model": "c"}},
        "data_hash": "0123456789abcdef" * 4,
        "all_folds": False,
    }
    return check_trials(TrialTable(pl.DataFrame(columns), ("network.model", "seed"), facts))


@pytest.fixture
def validation():
    gap = Difference(-0.125, -0.2, -0.01, "paired bootstrap over groups", 0.01, 0.02)
    rows = (
        standing(NAMES[1], 0.875, 0.85, 0.9),
        replace(standing(NAMES[0], 0.75, 0.7, 0.8), difference=gap),
    )
    return Standings("validation", 40, 8, True, rows)


@pytest.fixture
def page(trials, validation, tmp_path):
    def page(test, **facts):
        out = build_sweep_page(
            tmp_path / "sweep.html",
            name="a",
            trials=replace(trials, facts={**trials.facts, **facts}),
            settings=settings_of(trials),
            validation=validation,
            test=test,
            command="buffycoat train r2/samples.parquet --like r2 --out best",
        )
        return out.read_text()

    return page


def cells(page):
    """The words of each row of the table of settings."""
    table = page.partition('<section id="settings">')[2].partition("</table>")[0]
    rows = table.partition("<tbody>")[2].split("</tr>")[:-1]
    return [re.sub(r"<[^>]+>|\s+", " ", row).split() for row in rows]


def test_trials_that_differ_in_seed_are_one_setting(trials):
    settings = settings_of(trials)
    assert [setting.name for setting in settings] == list(NAMES)
    assert [setting.runs for setting in settings] == [("r0", "r1"), ("r2", "r3"), ()]
    assert settings[0].mean("epoch_s") == 2.0
    assert settings[2].mean("epoch_s") is None
    assert settings[2].failed[0]["reason"] == "<b>no</b> room"


def test_rows_stand_by_rank_with_spread_and_difference(page):
    first, second, last = cells(page(None))
    assert "87.5%" in first
    assert "best" in first
    assert "3.5" in first  # standard deviation of .85 and .9, by hand
    assert second[:2] == ["a", "2"]
    assert {"75%", "75.0%"} & set(second)
    assert "−12.5" in second
    assert second[second.index("−12.5") + 1 :][:3] == ["−20.0", "to", "−1.0"]
    assert ".020" in second
    assert last[:4] == ["b", "0", "1", "failed"]


def test_test_figures_stand_where_they_are_given_alone(page, validation):
    best = Standings("test", 30, 6, True, (standing(NAMES[1], 0.6125, 0.6, 0.625),))
    text = page(best)
    assert "61.3%" in text or "61.2%" in text
    assert "--test best" in text
    both = Standings("test", 30, 6, True, (*best.rows, standing(NAMES[0], 0.55, 0.5, 0.6)))
    assert "A test figure picked among many is too good" in page(both)
    assert "There are no test rows" in page(None)


def test_a_test_figure_out_of_fold_is_not_said_to_be_free_of_the_choice(page):
    best = Standings("test", 30, 6, True, (standing(NAMES[1], 0.6125, 0.6, 0.625),))
    said = "the test rows had no part in choosing it"
    assert said in page(best)
    assert said not in page(best, all_folds=True)
    assert "a little too good for that reason" in page(best, all_folds=True)


def test_what_a_user_named_is_no_html(page):
    text = page(None)
    assert "<script" not in text
    assert "<b>no</b>" not in text
    assert "&lt;b&gt;no&lt;/b&gt; room" in text
    assert not re.search(r'(src|href)="https?:|@import|url\(', text)


def test_settings_that_were_varied_are_not_listed_as_fixed(page):
    fixed = page(None).partition('<section id="base">')[2].partition("</section>")[0]
    assert "views" in fixed
    assert "network.model" not in fixed


def test_every_dot_lies_within_the_plot(validation):
    scale = make_scale(validation.rows)
    for row in placed_rows(validation.rows, scale):
        assert 0 <= row.low < row.at < row.high <= 100
        assert all(0 <= at <= 100 for at in row.replicates)
