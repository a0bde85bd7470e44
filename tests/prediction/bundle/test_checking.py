"""Submissions written by hand, each with one mistake, in the process of the check."""

import os
import re

import pytest

from buffycoat.prediction.bundle.checking import Limits, check_bundle
from buffycoat.prediction.bundle.unpacked import unpacked_bundle

BEGIN = "import numpy as np\nclass Model:\n    def predict(self, X):\n        "


SOUND = Limits(seconds=20, memory_gb=2)


def check(path, images, limits=SOUND, **asked):
    with unpacked_bundle(path) as folder:
        return check_bundle(folder, images, limits, n_many=50, **asked)


def failures(checked):
    return {outcome.name: outcome.failed for outcome in checked.outcomes if outcome.failed}


def test_a_sound_submission_passes_and_answers(pack, images):
    checked = check(pack(), images, rows=images, class_ids=[0, 1])
    assert failures(checked) == {}
    names = {outcome.name for outcome in checked.outcomes}
    assert {"n = 0", "n = 1", "n = 50", "float32", "float64", "a strided view"} <= names
    wanted = (images.mean((1, 2, 3)) > 128).astype(int)
    assert checked.answers.tolist() == wanted.tolist()
    assert 0 < checked.peak_bytes < 2e9


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
    "buffycoat": ("import buffycoat", "model.py is imported", "No module named 'buffycoat'"),
    "package": (
        "try:\n    import numpy\nfinally:\n    import polars",
        "model.py is imported",
        "No module named 'polars': a submission has NumPy",
    ),
    "exit": ("raise SystemExit(0)", "model.py is imported", "SystemExit"),
    "crash": ("import os\nos.abort()", "model.py is imported", r"ended \(SIGABRT\)"),
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
def test_a_mistake_is_found_where_it_is_and_said(pack, images, mistake):
    text, name, said = MISTAKES[mistake]
    found = failures(check(pack(text), images, class_ids=[0, 1]))
    assert name in found, found
    assert re.search(said, found[name]), found[name]


def test_a_submission_that_hangs_is_stopped(pack, images):
    limits = Limits(seconds=1, memory_gb=2)
    checked = check(pack(BEGIN + "\n        while True: pass"), images, limits)
    assert failures(checked).keys() == {"n = 0"}
    assert "stopped after 1 seconds" in failures(checked)["n = 0"]


def test_a_submission_that_takes_too_much_memory_is_stopped(pack, images):
    eats = "kept = []\n        while True: kept.append(np.ones(4_000_000))"
    found = failures(check(pack(BEGIN + eats), images, Limits(20, 0.2)))
    assert "GB, more than the 0.2 GB allowed: answer X in smaller parts" in found["n = 0"]


def test_what_reaches_outside_is_refused_and_said_even_where_it_copes(pack, images, tmp_path):
    outside = tmp_path / "outside.txt"
    text = f"""
import os, socket, subprocess, tempfile
import numpy as np
from pathlib import Path

tempfile.TemporaryFile().write(b"this may be")
for reach in (
    lambda: Path({str(outside)!r}).write_text("x"),
    lambda: os.rename(__file__, {str(outside)!r}),
    lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
    lambda: subprocess.run(["true"]),
):
    try:
        reach()
    except OSError:
        pass

class Model:
    def predict(self, X):
        return np.zeros(len(X), int)
"""
    found = failures(check(pack(text), images))
    assert not outside.exists()
    assert "put all that it needs into the zip" in found["leaves the network alone"]
    assert "subprocess.Popen true" in found["leaves another program alone"]
    assert str(outside) in found["leaves a file outside its folder alone"]
    assert len(found) == 3


def test_the_process_sees_none_of_the_users_variables(pack, images, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "abc")
    text = "import os\nassert 'SECRET_TOKEN' not in os.environ\n"
    elsewhere = "assert os.getcwd() != os.path.dirname(__file__)\n"
    sound = BEGIN + "return np.zeros(len(X), int)"
    assert failures(check(pack(text + elsewhere + sound), images)) == {}
    assert os.environ["SECRET_TOKEN"] == "abc"
