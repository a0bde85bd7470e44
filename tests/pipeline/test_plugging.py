"""Plugins through the command line: kept with the run, loaded from it, and watched."""

import json
import shutil

import polars as pl
import pytest

from buffycoat.cli import main
from buffycoat.plugin_files import plugins_for_now
from buffycoat.runs import open_run

PLUGIN = """
from torch import nn
from buffycoat.plugins import augmentation, model

@model
def tiny(*, n_classes, width: int = 4):
    return nn.Sequential(nn.Conv2d(3, width, 3, stride=4), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
                         nn.Flatten(), nn.Linear(width, n_classes))

@augmentation
def dim(images, generator, *, by: float = 0.5):
    return images * by
"""
CHOSEN = ["--model", "tiny", "--augmentation", '{name = "dim", by = 0.9}', "--weights", "none"]
SMALL = [*CHOSEN, "--image-px", "16", "16", "--n-threads", "1", "--epochs", "1"]


def call(*arguments, code=0):
    with plugins_for_now([], alone=True):  # as in a process of its own
        assert main([str(a) for a in arguments]) == code


@pytest.fixture(scope="module")
def run(table, place):
    (place / "mine.py").write_text(PLUGIN)
    call("train", table, "--plugin", place / "mine.py", *SMALL, "--out", place / "a")
    (place / "mine.py").unlink()
    return place / "a"


def test_a_run_keeps_its_plugin_as_a_sealed_part(run):
    facts = open_run(run).facts
    assert (run / "plugins" / "mine.py").read_text() == PLUGIN
    assert facts["parts"]["plugins/mine.py"] == facts["asked"]["plugins"]["mine.py"]
    assert facts["network"]["source"] == "mine.py"
    assert facts["network"]["model"] == "tiny"
    assert (run / "recipe.toml").read_text().startswith("# the settings of run a; needs --plugin")


def test_predict_and_embed_run_it_from_there_and_say_so(run, cells, place, capsys):
    call("predict", run, cells, "--out", place / "p.csv")
    assert f"running the plugin that the run was trained with: {run}/plugins/mine.py" in (
        capsys.readouterr().out.replace("\n", "")
    )
    assert pl.read_csv(place / "p.csv")["predicted"].null_count() == 0
    call("embed", run, place / "split.parquet", "--out", place / "features.npy")
    assert not list(run.rglob("__pycache__"))


def test_evaluate_needs_no_code_of_the_run(run, capsys):
    call("evaluate", run)
    assert "plugin" not in capsys.readouterr().out


def test_like_takes_the_plugin_along(run, table, place):
    call("train", table, "--like", run, "--epochs", "1", "--out", place / "b")
    assert (place / "b" / "plugins" / "mine.py").read_text() == PLUGIN
    assert open_run(place / "b").facts["settings"] == open_run(run).facts["settings"]


def test_a_plugin_given_beside_like_wins(run, table, place):
    (place / "new").mkdir()
    newer = place / "new" / "mine.py"
    newer.write_text(PLUGIN + "# newer\n")
    call("train", table, "--plugin", newer, "--like", run, "--out", place / "c")
    assert (place / "c" / "plugins" / "mine.py").read_text().endswith("# newer\n")


def test_an_altered_plugin_is_seen_before_it_is_run(run, cells, place, capsys):
    shutil.copytree(run, place / "altered")
    (place / "altered" / "plugins" / "mine.py").write_text("print('run')\n")
    call("predict", place / "altered", cells, code=2)
    said = capsys.readouterr()
    assert "mine.py was altered since the run finished" in said.err
    assert "run\n" not in said.out


def test_a_started_run_has_its_plugin_checked_too(run, table, place, capsys):
    shutil.copytree(run, place / "begun")
    path = place / "begun" / "run.json"
    facts = json.loads(path.read_text())
    path.write_text(json.dumps({k: facts[k] for k in ("format", "run_id", "asked")}))
    (place / "begun" / "plugins" / "mine.py").write_text(PLUGIN + "\n")
    call("train", table, *SMALL, "--resume", "--out", place / "begun", code=2)
    assert "mine.py was altered since the run began" in capsys.readouterr().err


def test_a_run_is_resumed_with_its_own_plugin_and_not_with_another(run, table, place, capsys):
    shutil.copytree(run, place / "half")
    path = place / "half" / "run.json"
    facts = json.loads(path.read_text())
    path.write_text(json.dumps({k: facts[k] for k in ("format", "run_id", "asked")}))
    (place / "other.py").write_text(PLUGIN.replace("tiny", "tinier").replace("dim", "dimmer"))
    given = ["train", table, *SMALL, "--resume", "--out", place / "half"]
    call(*given, "--plugin", place / "other.py", code=2)
    assert "was started with other settings or other data" in capsys.readouterr().err
    call(*given)
    assert open_run(place / "half").facts["parts"]["plugins/mine.py"]


def test_folds_keep_it_each(table, place):
    (place / "mine.py").write_text(PLUGIN)
    call("train", table, f"--plugin={place}/mine.py", *SMALL, "--all-folds", "--out", place / "f")
    assert "plugins/mine.py" in open_run(place / "f").facts["parts"]
    assert "plugins/mine.py" in open_run(place / "f" / "fold-1").facts["parts"]


def test_without_the_plugin_its_names_are_unknown(table, place, capsys):
    call("train", table, *SMALL, "--out", place / "d", code=2)
    assert "there is no augmentation policy named 'dim'" in capsys.readouterr().err


def test_a_flag_without_a_file_is_said(table, capsys):
    call("split", table, "--plugin", code=2)
    assert "--plugin needs a file: --plugin FILE.py" in capsys.readouterr().err


def test_models_lists_those_of_a_plugin(place, capsys):
    (place / "mine.py").write_text(PLUGIN)
    call("models", "tiny", "--plugin", place / "mine.py")
    assert "tiny\n" in capsys.readouterr().out
