"""Flags with impossible values, names that nobody has, and mistakes of our own."""

import pytest

from buffycoat.pipeline import importing


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--budget 0m", ["'0m' is no time", "20m"]),
        ("--budget soon", ["'soon' is no time", "20m"]),
        ("--epochs -1", ["epochs is -1", "cannot be negative"]),
        ("--epochs 0", ["nothing would be trained"]),
        ("--patience -1", ["patience is -1"]),
        ("--batch-size 0", ["batch_size is 0", "above 0"]),
        ("--learning-rate nan", ["learning_rate is nan", "above 0"]),
        ("--learning-rate 1e30", ["diverged in epoch 1", "a lower learning_rate"]),
        ("--seed -1", ["seed is -1"]),
        ("--n-threads -1", ["n_threads is -1"]),
        ("--image-px 0 0", ["image_px is (0, 0)", "from 8 to 4096"]),
        ("--image-px 32", ["--image-px"]),
        ("--fit stretch", ["'stretch'", "squash"]),
        ("--freeze-first 999", ["freeze_first is 999", "17 layers"]),
        ("--freeze-blocks stm", ["no block in this network named 'stm'", "did you mean: stem"]),
        ("--freeze-types BatchNorm", ["'BatchNorm'", "did you mean: BatchNorm2d"]),
        ("--model smal_cnn", ["no model named 'smal_cnn'", "did you mean: small_cnn"]),
        ("--model gone.py:net", ["gone.py does not exist"]),
        ("--recipe lihgt", ["no recipe named 'lihgt'", "did you mean: light"]),
        ("--recipe gone.toml", ["gone.toml cannot be read"]),
        ("--augmentation microscopi", ["'microscopi'", "did you mean: microscopy"]),
        ("--loss cross_entropi", ["'cross_entropi'", "did you mean: cross_entropy"]),
        ("--optimizer adamww", ["no optimizer named 'adamww'", "did you mean", "adamw"]),
        ("--schedule cosin", ["no schedule named 'cosin'", "did you mean: cosine"]),
        ("--head dens", ["no head named 'dens'", "did you mean: dense"]),
        ('--loss {name="focal",gama=1}', ["takes gamma, alpha, not 'gama'"]),
        ('--loss {name="focal",gamma="x"}', ["gamma is 'x'", "type float"]),
        ('--schedule {name="cosine",final=true}', ["final is True", "type float"]),
        ('--model {name="small_cnn",width="x"}', ["width is 'x'", "type int"]),
        ('--optimizer {name="sgd",lr2=3}', ["optimizer sgd", "lr2"]),
        ("--loss {name=", ["'{name=' is not a TOML table"]),
        ("--like gone", ["gone is no run folder"]),
        ("--resume", ["is no run folder"]),
    ],
)
def test_a_training_that_cannot_be(flags, said, table, small, tmp_path, assert_refused):
    out = tmp_path / "r"
    assert_refused("train", table, *small, "--out", out, *flags.split(" "), saying=said)
    assert not out.exists()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--folds 1", ["folds is 1", "0 (none), or 2 or more"]),
        ("--folds 99", ["class 'lymphocyte' has 10 groups", "99 parts (fold 0,", "fewer --folds"]),
        ("--validation nan", ["validation nan", "no shares of a whole"]),
        ("--test 2", ["test 2.0", "both together below 1"]),
        ("--seed -1", ["seed is -1"]),
        ("--leave-out lymphocite", ["'lymphocite'", "did you mean: lymphocyte"]),
        ("--leave-out lymphocyte neutrophil", ["only images of class 'platelet'", "two classes"]),
        ("--fold 3", ["--folds"]),
    ],
)
def test_a_split_that_cannot_be(flags, said, table, tmp_path, assert_refused):
    assert_refused("split", table, "--out", tmp_path / "s.parquet", *flags.split(" "), saying=said)
    assert not (tmp_path / "s.parquet").exists()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--budget 0m", ["'0m' is no time"]),
        ("--model smal_cnn", ["did you mean: small_cnn"]),
        ("--weights gone.safetensors", ["gone.safetensors does not exist"]),
        ("--seed -1", ["seed is -1"]),
        ("--around-cell 2", ["around_cell is 2.0", "a share of the shorter side"]),
    ],
)
def test_a_whole_job_that_cannot_be(flags, said, cells, tmp_path, assert_refused):
    out = tmp_path / "r"
    assert_refused("run", cells, "--weights", "none", "--out", out, *flags.split(" "), saying=said)
    assert not out.exists()


def test_other_commands(trained, cells, tmp_path, assert_refused):
    assert_refused("predict", trained, cells, "--review", -3, saying=["review is -3", "0 or more"])
    assert_refused(
        "evaluate", trained, "--split", "train", saying=["no labelled rows", "test (22)"]
    )
    assert_refused("evaluate", trained, "--split", "tset", saying=["'tset'", "'test'"])
    assert_refused("models", "mobilnet", saying=["did you mean", "mobilenet"])
    assert_refused("models", "small_cnn", "--layers", "--image-px", 0, 0, saying=["from 8 to 4096"])
    assert_refused("recipes", "lihgt", saying=["did you mean: light"])
    assert_refused("demo", "--n-images", 0, "--out", tmp_path / "d", saying=["draw more"])
    assert_refused("demo", "--budget", "0m", "--out", tmp_path / "d", saying=["is no time"])
    assert not (tmp_path / "d").exists()
    assert_refused("trian", saying=["did you mean: train"])


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--out r.csv --format json", ["--format json contradicts --out r.csv"]),
        ("--out r.txt", ["--out r.txt must end in one of .html, .json, .csv; or give --format"]),
    ],
)
def test_a_report_of_no_kind_or_of_two(flags, said, trained, tmp_path, monkeypatch, assert_refused):
    monkeypatch.chdir(tmp_path)
    assert_refused("report", trained, *flags.split(" "), saying=said)
    assert not list(tmp_path.iterdir())


def test_a_mistake_of_ours_is_one_line_that_asks_for_a_report(cells, call, monkeypatch):
    def wrong(*_):
        raise ZeroDivisionError("in a corner\nnobody looked at")

    monkeypatch.delenv("BUFFYCOAT_TRACEBACK", raising=False)
    monkeypatch.setattr(importing, "import_sources", wrong)
    answer = call("import", cells)
    assert answer.code == 1
    assert answer.err.count("\n") == 1
    assert "ZeroDivisionError: in a corner" in answer.err
    assert "please report it" in answer.err
    assert "BUFFYCOAT_TRACEBACK=1" in answer.err


def test_a_mistake_of_ours_shows_where_it_was_when_asked(cells, capsys, monkeypatch):
    def wrong(*_):
        raise ZeroDivisionError("in a corner")

    monkeypatch.setenv("BUFFYCOAT_TRACEBACK", "1")
    monkeypatch.setattr(importing, "import_sources", wrong)
    from buffycoat.cli import main

    assert main(["import", str(cells)]) == 1
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "in wrong" in shown
