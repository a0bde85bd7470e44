"""A user's own model file, kept with the run and run from there."""

import json
import shutil

import pytest

from buffycoat.cli import main
from buffycoat.pipeline import answering

MODEL = """
from torch import nn

def tiny(*, n_classes, width=4):
    return nn.Sequential(
        nn.Conv2d(3, width, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, n_classes)
    )
"""
FLAGS = ["--weights", "none", "--image-px", "16", "16", "--epochs", "1", "--n-threads", "1"]


@pytest.fixture(scope="module")
def place(cells, tmp_path_factory):
    place = tmp_path_factory.mktemp("own")
    (place / "mine.py").write_text(MODEL)
    assert main(["import", str(cells), "--out", str(place / "s.parquet")]) == 0
    assert main(["split", str(place / "s.parquet"), "--out", str(place / "split.parquet")]) == 0
    assert train(place, "a") == 0
    return place


def train(place, out, *flags):
    model = ["--model", f"{place / 'mine.py'}:tiny"]
    return main(
        ["train", str(place / "split.parquet"), *model, *FLAGS, *flags, "--out", str(place / out)]
    )


def test_like_says_whose_code_it_runs(place, capsys):
    again = ["train", str(place / "split.parquet"), "--like", str(place / "a")]
    assert main([*again, "--out", str(place / "b")]) == 0
    said = capsys.readouterr().out.replace("\n", "")
    assert said.count("running the model file that the run was trained with") == 1


def test_resume_refuses_a_model_file_that_was_changed(place, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("buffycoat.pipeline.fitting.write_answers", stop)
        assert train(place, "c") == 130
    assert answering.write_answers is not stop
    (place / "mine.py").write_text(MODEL.replace("width=4", "width=5"))
    try:
        assert train(place, "c", "--resume") == 2
        assert "was started with other settings" in capsys.readouterr().err
    finally:
        (place / "mine.py").write_text(MODEL)
    assert train(place, "c", "--resume") == 0


def test_a_crafted_name_runs_no_other_file(place, capsys):
    """Only `model.py` is announced and held by its hash; a name must not lead past it."""
    odd = place / "odd"
    shutil.copytree(place / "a", odd)
    facts = json.loads((odd / "run.json").read_text())
    facts["settings"]["resolved"]["network"]["model"] = "x.py:a b.py:evil()"
    facts["status"] = "started"
    (odd / "run.json").write_text(json.dumps(facts))
    from buffycoat.errors import RunError
    from buffycoat.pipeline.loading import train_settings
    from buffycoat.runs import open_run

    with pytest.raises(RunError, match="no name of a function"):
        train_settings(open_run(odd, finished=False))
