"""Submissions written by hand, in the process of the check: what only a confined one shows."""

import os
import re

import pytest

from buffycoat.prediction.bundle import checking
from buffycoat.prediction.bundle.checking import Limits, check_bundle
from buffycoat.prediction.bundle.unpacked import unpacked_bundle

BEGIN = "import numpy as np\nclass Model:\n    def predict(self, X):\n        "
LIMITS = Limits(seconds=20, memory_gb=2)


def check(path, images, limits=LIMITS, **asked):
    with unpacked_bundle(path) as folder:
        return check_bundle(folder, images, limits, n_many=50, **asked)


def failures(checked):
    return {outcome.name: outcome.failed for outcome in checked.outcomes if outcome.failed}


def test_a_sound_submission_passes_and_answers(pack, images):
    checked = check(pack(), images, rows=images, class_ids=[0, 1])
    assert failures(checked) == {}
    by_name = {outcome.name: outcome for outcome in checked.outcomes}
    assert by_name["n = 50"].n_images == 50
    assert by_name["n = 1"].n_images is None
    wanted = (images.mean((1, 2, 3)) > 128).astype(int)
    assert checked.answers.tolist() == wanted.tolist()
    assert 0 < checked.peak_bytes < 2e9


MISTAKES = {
    "buffycoat": ("import buffycoat", "model.py is imported", "No module named 'buffycoat'"),
    "package": (
        "try:\n    import numpy\nfinally:\n    import polars",
        "model.py is imported",
        "No module named 'polars': a submission has NumPy",
    ),
    "crash": ("import os\nos.abort()", "model.py is imported", r"ended \(SIGABRT\)"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_a_process_alone_shows_is_said(pack, images, mistake):
    text, name, said = MISTAKES[mistake]
    found = failures(check(pack(text), images, class_ids=[0, 1]))
    assert name in found, found
    assert re.search(said, found[name]), found[name]


def test_a_submission_that_hangs_is_stopped(pack, images):
    hangs = "import time\n        while True: time.sleep(9)"
    checked = check(pack(BEGIN + hangs), images, Limits(seconds=3, memory_gb=2))
    assert failures(checked).keys() == {"n = 0"}
    assert "stopped after 3 seconds on this machine" in failures(checked)["n = 0"]


def test_many_images_may_take_as_many_times_as_long():
    sizes = {"n = 10,000": 10_000, "the table's rows": 1001}
    lines = [{"network": "cut"}]
    allowed = []
    for name in ("n = 1", "the table's rows", "n = 10,000"):
        lines.append({"begins": name})
        allowed.append(checking._allowed_s(lines, Limits(30), sizes))
    assert allowed == [30, 60, 300]
    assert checking._allowed_s([], Limits(30), sizes) == 30


def test_a_submission_that_takes_too_much_memory_is_stopped(pack, images):
    eats = "kept = []\n        while True: kept.append(np.ones(4_000_000))"
    found = failures(check(pack(BEGIN + eats), images, Limits(20, 0.2)))
    assert "GB, more than the 0.2 GB allowed: answer X in smaller parts" in found["n = 0"]


def test_what_reaches_outside_is_refused_and_said_even_where_it_copes(pack, images, tmp_path):
    outside, kept = tmp_path / "outside.txt", tmp_path / "kept" / "a.txt"
    kept.parent.mkdir()
    kept.touch()
    text = f"""
import os, shutil, socket, subprocess, tempfile
import numpy as np
from pathlib import Path

tempfile.TemporaryFile().write(b"this may be")
for reach in (
    lambda: Path({str(outside)!r}).write_text("x"),
    lambda: os.rename(__file__, {str(outside)!r}),
    lambda: shutil.rmtree({str(kept.parent)!r}),
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
    assert kept.exists()
    assert "put all that it needs into the zip" in found["leaves the network alone"]
    assert "subprocess.Popen true" in found["leaves another program alone"]
    assert str(outside) in found["leaves a file outside its folder alone"]
    assert len(found) == 3


def test_the_process_sees_none_of_the_users_variables_and_may_empty_its_home(
    pack, images, monkeypatch
):
    monkeypatch.setenv("SECRET_TOKEN", "abc")
    text = "import os\nassert 'SECRET_TOKEN' not in os.environ\n"
    elsewhere = "assert os.getcwd() != os.path.dirname(__file__)\n"
    tidy = "import shutil, tempfile\nshutil.rmtree(tempfile.gettempdir())\n"
    sound = BEGIN + "return np.zeros(len(X), int)"
    assert failures(check(pack(text + elsewhere + tidy + sound), images)) == {}
    assert os.environ["SECRET_TOKEN"] == "abc"
