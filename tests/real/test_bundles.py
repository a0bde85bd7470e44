"""A MobileNetV2 trained shortly on real cells, as a bundle for either backend."""

import shutil

import numpy as np
import pytest

from buffycoat.cli import main
from buffycoat.pipeline import bundle_checking

SHORT = ["--epochs", "1", "--image-px", "64", "64", "--n-threads", "2", "--augmentation", "none"]
N_PER_CLASS = 40


def call(*arguments):
    assert main([str(a) for a in arguments]) == 0


@pytest.fixture(scope="module")
def run(data, weights, tmp_path_factory):
    """Three types of PBC, 40 images each."""
    place = tmp_path_factory.mktemp("bundles")
    for name in ("basophil", "lymphocyte", "platelet"):
        files = sorted((data / "pbc" / name).iterdir())
        (place / "cells" / name).mkdir(parents=True)
        for i in np.linspace(0, len(files) - 1, N_PER_CLASS).astype(int):
            shutil.copy(files[i], place / "cells" / name)
    call("import", place / "cells", "--out", place / "s.parquet")
    call("split", place / "s.parquet", "--out", place / "split.parquet")
    call("train", place / "split.parquet", "--weights", weights, *SHORT, "--out", place / "run")
    return place / "run"


@pytest.mark.parametrize(("backend", "views"), [("onnx", "flips"), ("torch", "one")])
def test_a_bundle_of_real_cells_answers_as_its_run(
    run, tmp_path, capsys, monkeypatch, backend, views
):
    monkeypatch.setattr(bundle_checking, "_N_MANY", 100)
    path = tmp_path / "submission.zip"
    call("bundle", run, "--out", path, "--backend", backend, "--views", views)
    call("bundle-check", path, "--run", run)
    assert "passes  answers as the run does" in capsys.readouterr().out


def test_a_bundle_answers_ten_thousand_images_at_once(run, tmp_path, capsys):
    small = ["--model", "small_cnn", "--weights", "none", "--epochs", "1", "--image-px", "32", "32"]
    call("train", run / "samples.parquet", *small, "--out", tmp_path / "small")
    call("bundle", tmp_path / "small", "--out", tmp_path / "submission.zip")
    call("bundle-check", tmp_path / "submission.zip", "--run", tmp_path / "small")
    assert "passes  n = 10,000" in capsys.readouterr().out
