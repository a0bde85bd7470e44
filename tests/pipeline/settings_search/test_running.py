"""What ends a search, and what is said where no trial finished."""

from types import SimpleNamespace

import polars as pl
import pytest

from buffycoat.errors import RunError
from buffycoat.models.settings import ModelSettings
from buffycoat.pipeline.settings_search.asked import own_models
from buffycoat.pipeline.settings_search.running import _finished, _job
from buffycoat.registry import Choice
from buffycoat.search.settings.limits import Limits
from buffycoat.search.settings.ranges import parse_ranges
from buffycoat.tables.trials import TrialTable
from buffycoat.training.settings import TrainSettings


def test_a_model_whose_code_is_edited_ends_the_search(tmp_path):
    (tmp_path / "a.py").write_text("")
    (tmp_path / "b.py").write_text("")
    base = TrainSettings(network=ModelSettings(model=Choice(f"{tmp_path / 'a.py'}:Net")))
    ranges = parse_ranges([f"model={tmp_path / 'a.py'}:Net,{tmp_path / 'b.py'}:Net"])
    kept = {"model_files": own_models(base, ranges)}
    assert len(kept["model_files"]) == 2
    search = SimpleNamespace(score="loss")
    request = SimpleNamespace(
        base=base, ranges=ranges, facts=kept, search=search, task=None, out=tmp_path
    )
    assert _job(request, Limits(), 0, {}, "trial-0001").key == 0
    (tmp_path / "b.py").write_text("x = 1")
    with pytest.raises(RunError, match="a model's file was edited since the search began"):
        _job(request, Limits(), 1, {}, "trial-0002")


@pytest.mark.parametrize(
    ("status", "reason", "said"),
    [
        ([], [], "the budget was spent before the first trial"),
        (["waiting"], [None], "no trial is over yet, here or elsewhere"),
        (["failed"], ["the budget ended after epoch 1"], "too small for one trial"),
        (["failed", "waiting"], ["no room", None], "every trial failed, the first as no room"),
    ],
)
def test_a_search_without_a_finished_trial_says_why(status, reason, said):
    columns = {
        "status": pl.Series(status, dtype=pl.String),
        "reason": pl.Series(reason, dtype=pl.String),
    }
    with pytest.raises(RunError, match=said):
        _finished(TrialTable(pl.DataFrame(columns), ()), Limits(budget_s=60.0))
