"""A training that is killed goes on, and gives what it would have given."""

import json

import polars as pl
import pytest

from buffycoat.cli import main
from buffycoat.tables.predictions import read_predictions
from buffycoat.training.module import CellModule

FLAGS = ["--model", "small_cnn", "--weights", "none", "--image-px", "32", "32"]
FLAGS += ["--n-threads", "1", "--epochs", "3", "--head-epochs", "1", "--batch-size", "16"]

LATER = ["--average", "0.8", "--curriculum", "0.5", "--augmentation", "competition"]
LATER += ["--mixing", "mixup", "--monitor", "distorted_accuracy"]
LATER += ["--schedule", '{name = "plateau", patience = 1, factor = 0.5}']
"""What depends on the epochs before: an average, a curriculum, a rate that looks back."""


@pytest.fixture(scope="module")
def table(cells, tmp_path_factory):
    out = tmp_path_factory.mktemp("resume") / "split.parquet"
    main(["import", str(cells), "--slide-from", r"slide(\d+)", "--out", str(out)])
    main(["split", str(out), "--out", str(out)])
    return out


@pytest.mark.parametrize("more", [[], LATER], ids=["plain", "looking back"])
def test_a_resumed_training_gives_the_same_answers(more, table, tmp_path, monkeypatch, capsys):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    train = ["train", str(table), *FLAGS, *more]
    assert main([*train, "--out", str(whole)]) == 0
    step = CellModule.training_step

    def dies(self, batch, batch_idx):
        if self.course.phase == "all" and self.current_epoch == 1 and batch_idx == 1:
            raise KeyboardInterrupt
        return step(self, batch, batch_idx)

    with monkeypatch.context() as patch:
        patch.setattr(CellModule, "training_step", dies)
        assert main([*train, "--out", str(killed)]) == 130
    assert main(["evaluate", str(killed)]) == 2
    assert "--resume" in capsys.readouterr().err
    made = pl.read_csv(killed / "history.csv").with_columns(elapsed_s=pl.lit(100.0))
    assert len(made) == 2
    made.write_csv(killed / "history.csv")  # as if its epochs had been slow
    assert main([*train, "--out", str(killed), "--resume"]) == 0
    one, two = (read_predictions(r / "predictions.parquet").frame for r in (whole, killed))
    assert one.drop("run_id").equals(two.drop("run_id"))
    history = [
        pl.read_csv(r / "history.csv").drop("elapsed_s", "images_per_s") for r in (whole, killed)
    ]
    assert history[0].equals(history[1])
    facts = json.loads((killed / "run.json").read_text())
    assert 200 < facts["elapsed_s"] < 260


def test_resuming_with_other_settings_is_refused(table, tmp_path, monkeypatch, capsys):
    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(CellModule, "training_step", dies)
        main(["train", str(table), *FLAGS, "--out", str(tmp_path / "r")])
    flags = [*FLAGS, "--seed", "9", "--out", str(tmp_path / "r"), "--resume"]
    assert main(["train", str(table), *flags]) == 2
    assert "other settings" in capsys.readouterr().err
