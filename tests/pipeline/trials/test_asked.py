"""What a sweep is resumed by: code and folds count, and where a table lies does not."""

from dataclasses import replace

import polars as pl
import pytest

from buffycoat.errors import RunError
from buffycoat.pipeline.trials.asked import ASKED, sweep_facts
from buffycoat.pipeline.trials.folder import begin_sweep
from buffycoat.pipeline.trials.plan import plan_trials
from buffycoat.pipeline.trials.trial import TrialTask
from buffycoat.plugin_files import load_plugin, plugins_for_now
from buffycoat.tables.samples import SampleTable, check_samples
from buffycoat.training.combination import combine
from buffycoat.training.settings import TrainSettings
from buffycoat.training.variation import parse_variations

PLUGIN = """from buffycoat.plugins import augmentation


@augmentation
def as_they_are(images, generator):
    return images
"""


@pytest.fixture
def samples(tmp_path):
    columns = {name: ["a", "b"] for name in ("sample_id", "path", "label")} | {"fold": [0, 1]}
    return check_samples(SampleTable(pl.DataFrame(columns), tmp_path, ("a", "b")))


@pytest.fixture
def facts(tmp_path):
    (tmp_path / "own.py").write_text("def net(*, n_classes):\n    pass\n")

    def facts(samples, *, all_folds=True):
        base = TrainSettings()
        variations = parse_variations([f"model={tmp_path / 'own.py'}:net,small_cnn"], base)
        found = combine(base, variations)
        return sweep_facts(TrialTask(samples, None, all_folds), base, variations, found), found

    return facts


def differing(before, after):
    assert set(before[0]) == set(after[0]) == set(ASKED)
    return [name for name in ASKED if before[0][name] != after[0][name]]


def test_a_changed_model_file_and_changed_plugins_are_another_sweep(facts, samples, tmp_path):
    before = facts(samples)
    (tmp_path / "own.py").write_text("def net(*, n_classes):\n    return 1\n")
    assert differing(before, facts(samples)) == ["model_files"]
    (tmp_path / "mine.py").write_text(PLUGIN)
    before = facts(samples)
    with plugins_for_now([], alone=True):
        load_plugin(tmp_path / "mine.py")
        assert differing(before, facts(samples)) == ["plugins"]


def test_other_folds_are_another_sweep_where_folds_are_trained(facts, samples):
    other = replace(samples, frame=samples.frame.with_columns(fold=pl.col("fold").reverse()))
    assert differing(facts(samples), facts(other)) == ["folds_hash"]
    assert not differing(facts(samples, all_folds=False), facts(other, all_folds=False))


def test_a_sweep_of_other_code_is_not_gone_on_with(facts, samples, tmp_path):
    def planned():
        asked, combinations = facts(samples)
        return plan_trials(combinations, asked)

    out = tmp_path / "a"
    begin_sweep(out, planned())
    begin_sweep(out, planned(), resume=True)
    (tmp_path / "own.py").write_text("# changed\n")
    with pytest.raises(RunError, match="started with other code in a model's file"):
        begin_sweep(out, planned(), resume=True)
