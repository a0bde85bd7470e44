import os
import subprocess
import sys

import pytest

from buffycoat.pipeline import waiting


@pytest.fixture
def stat(monkeypatch, tmp_path):
    """A file in the kernel's layout that shows so many idle and busy ticks between two looks."""
    texts = []

    class Stat:
        def read_text(self):
            return texts.pop(0)

    def between(idle, busy):
        ticks = [f"cpu9 5 5 5 5 5 5 5 5\ncpu0 {busy * n} 0 0 {idle * n} 0 0 0 0\n" for n in (0, 1)]
        texts.extend(ticks)

    monkeypatch.setattr(waiting, "_STAT", Stat())
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    return between


def test_share_of_own_processors_by_hand(stat):
    stat(idle=6, busy=2)
    assert waiting.busy_share(0) == pytest.approx(0.25)


@pytest.mark.parametrize(("idle", "busy", "chosen"), [(9, 1, None), (2, 8, "1000")])
def test_threads_sleep_soon_only_beside_others(stat, monkeypatch, idle, busy, chosen):
    monkeypatch.setenv("GOMP_SPINCOUNT", "")  # restored afterwards
    monkeypatch.delenv("GOMP_SPINCOUNT")
    stat(idle, busy)
    waiting.choose_waiting()
    assert os.environ.get("GOMP_SPINCOUNT") == chosen


def test_what_the_user_set_stays(stat, monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "77")
    stat(0, 10)
    waiting.choose_waiting()
    assert os.environ["GOMP_SPINCOUNT"] == "77"


def test_no_kernel_file_is_no_load(monkeypatch, tmp_path):
    monkeypatch.setattr(waiting, "_STAT", tmp_path / "none")
    assert waiting.busy_share(0) == 0


def test_it_is_chosen_before_torch_is_there():
    """OpenMP reads its settings when it is loaded, so the choice must come first."""
    code = (
        "import sys, buffycoat.pipeline.waiting as w\n"
        "w.choose_waiting = lambda: print('torch' in sys.modules)\n"
        "from buffycoat.cli import main\n"
        "main(['predict', 'none', 'none'])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.stdout.splitlines()[0] == "False"
