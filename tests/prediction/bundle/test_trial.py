"""Submissions written by hand, each with one mistake, asked without a process of their own."""

import json
import re
import sys

import numpy as np
import pytest

from buffycoat.prediction.bundle.trial import ROWS, Trial, many

BEGIN = "import numpy as np\nclass Model:\n    def predict(self, X):\n        "
SOUND = BEGIN + "return (np.asarray(X, float).mean((1, 2, 3)) > 128).astype(np.int64)"


@pytest.fixture
def tried(images, tmp_path, monkeypatch):
    """What failed of a model.py, by check, and the names of all checks."""
    small = images[:, :24, :24]

    def try_out(text, *, rows=None):
        folder, report = tmp_path / "submission", tmp_path / "report.jsonl"
        folder.mkdir()
        (folder / "model.py").write_text(text)
        np.save(tmp_path / "pixels.npy", small)
        settings = {"folder": folder, "scratch": tmp_path, "report": report}
        settings |= {"pixels": tmp_path / "pixels.npy", "rows": None}
        if rows is not None:
            np.save(tmp_path / "rows.npy", rows)
            settings["rows"] = tmp_path / "rows.npy"
        monkeypatch.setattr(sys, "path", sys.path[:])
        monkeypatch.setitem(sys.modules, "model", None)
        Trial({**settings, "class_ids": [0, 1], "n_many": 50}).run()
        lines = [json.loads(line) for line in report.read_text().splitlines()]
        ended = {line["ends"]: line["failed"] for line in lines if "ends" in line}
        assert list(ended) == [line["begins"] for line in lines if "begins" in line]
        return {name: said for name, said in ended.items() if said}, set(ended)

    return try_out


def test_a_sound_submission_passes_and_answers(tried, images, tmp_path):
    failed, names = tried(SOUND, rows=images)
    assert failed == {}
    assert {"n = 0", "n = 1", many(50), ROWS, "float32", "a strided view"} <= names
    wanted = (images.mean((1, 2, 3)) > 128).astype(int)
    assert np.load(tmp_path / "answers.npy").tolist() == wanted.tolist()


MISTAKES = {
    "no class": ("x = 1", "model.py is imported", "no class Model"),
    "no predict": ("class Model: pass", "model.py is imported", "no predict"),
    "syntax": ("class Model\n    pass", "model.py is imported", "SyntaxError.*line 1"),
    "arguments": (
        "class Model:\n    def __init__(self, a): pass\n    def predict(self, X): pass",
        "Model() is made",
        "needs no arguments",
    ),
    "file": (
        "class Model:\n    def __init__(self): open('w.bin')\n    def predict(self, X): pass",
        "Model() is made",
        r"FileNotFoundError.*model.py, line 2\); open it beside model.py",
    ),
    "exit": ("raise SystemExit(0)", "model.py is imported", "SystemExit"),
    "floats": (BEGIN + "return np.zeros(len(X))", "n = 0", r"float64, not whole.*astype"),
    "list": (BEGIN + "return [0] * len(X)", "n = 0", "gives list: it must give a NumPy array"),
    "length": (BEGIN + "return np.zeros(3, int)", "n = 0", r"shape \(3,\) for 0 images"),
    "matrix": (BEGIN + "return np.zeros((len(X), 8), int)", "n = 1", r"argmax\(axis=1\)"),
    "unknown": (BEGIN + "return np.full(len(X), 9)", "n = 1", "9, which is no class id"),
    "empty": (BEGIN + "return np.full(len(X), 1 // X.size)", "n = 0", r"ZeroDivision.*line 4"),
    "first": (
        BEGIN
        + "return (X.mean((1, 2, 3)) > X[:1].mean()).astype(int) if len(X) else X[:, 0, 0, 0]",
        "other order of rows",
        "for other order of rows it answers otherwise for .* of 32 images",
    ),
    "scale": (
        BEGIN + "return (X.mean((1, 2, 3)) > (128 if X.dtype == 'u1' else 1)).astype(int)",
        "float32",
        "for float32 it answers otherwise",
    ),
    "changes": (
        BEGIN + "X //= 2\n        return np.zeros(len(X), int)",
        "n = 1",
        "changes X: work on a copy",
    ),
    "moods": (
        BEGIN + "return np.random.default_rng().integers(0, 2, len(X))",
        "n = 32, twice the same",
        "asked twice, it answers otherwise",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_where_it_is_and_said(tried, mistake):
    text, name, said = MISTAKES[mistake]
    failed, _ = tried(text)
    assert name in failed, failed
    assert re.search(said, failed[name]), failed[name]
