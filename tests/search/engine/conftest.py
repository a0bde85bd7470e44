"""Work that processes can import."""

import importlib
import sys

import pytest

WORK = """
import os
import time


def square(x, *, report):
    stopped = [report(step, x + step) for step in (1, 2)]
    return {"status": "finished", "score": float(x * x), "stopped": stopped, "pid": os.getpid()}


def fails(*, report):
    raise ValueError("no\\nsuch thing")


def dies(place, *, report):
    with open(place, "a") as file:
        file.write("x")
    if os.path.getsize(place) == 1:
        os._exit(3)
    return {"status": "finished", "score": 1.0}


def waits(place, *, report):
    try:
        report(1, 1.0)
    except BaseException:
        open(place, "w").close()


def sleeps(*, report):
    time.sleep(600)
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module that a spawned process finds too."""
    (tmp_path / "buffycoat_test_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("buffycoat_test_work")
    del sys.modules["buffycoat_test_work"]
