"""Jobs in this process and in several: outcomes, reports, failures, and workers that die."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from buffycoat.search.engine.engine import Job
from buffycoat.search.engine.local import InProcess
from buffycoat.search.engine.processes import Processes


class Judge:
    """Gives up what reports 12; remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, key, step, value):
        self.asked.append((key, step, value))
        return value == 12


@pytest.fixture
def engine():
    engine = Processes(2)
    yield engine
    engine.close()


def test_this_process_makes_one_job_after_the_other(work):
    engine, judge = InProcess(), Judge()
    engine.begin(Job(7, work.square, (10,)))
    done = engine.wait(judge)
    assert (done.key, done.outcome["score"], done.outcome["stopped"]) == (7, 100.0, [False, True])
    assert judge.asked == [(7, 1, 11), (7, 2, 12)]
    assert done.outcome["pid"] == os.getpid()


def test_workers_make_jobs_side_by_side_and_one_that_dies_is_replaced(work, engine, tmp_path):
    judge = Judge()
    engine.begin(Job(1, work.square, (10,)))
    engine.begin(Job(2, work.square, (3,)))
    done = {found.key: found.outcome for found in (engine.wait(judge), engine.wait(judge))}
    assert {key: found["score"] for key, found in done.items()} == {1: 100.0, 2: 9.0}
    assert done[1]["stopped"] == [False, True]
    assert len({os.getpid(), done[1]["pid"], done[2]["pid"]}) == 3
    assert sorted(judge.asked) == [(1, 1, 11), (1, 2, 12), (2, 1, 4), (2, 2, 5)]
    engine.begin(Job(3, work.dies, (str(tmp_path / "n"),)))
    lost = engine.wait(judge)
    assert (lost.key, lost.is_lost, lost.outcome) == (3, True, None)
    assert "exit code 3" in lost.reason
    engine.begin(Job(4, work.fails, ()))
    failed = engine.wait(judge)
    assert (failed.is_lost, failed.reason) == (False, "ValueError: no")
    engine.begin(Job(5, work.dies, (str(tmp_path / "n"),)))
    assert engine.wait(judge).outcome["score"] == 1.0


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_end_with_a_parent_that_is_killed(work):
    path = Path(work.__file__)
    code = f"""
import sys, time
sys.path.insert(0, {str(path.parent)!r})
from {path.stem} import sleeps
from buffycoat.search.engine.engine import Job
from buffycoat.search.engine.processes import Processes
if __name__ == "__main__":
    engine = Processes(1)
    engine.begin(Job(1, sleeps, ()))
    time.sleep(0.2)
    print(engine._workers[0].process.pid, flush=True)
    time.sleep(600)
"""
    (path.parent / "parent.py").write_text(code)
    parent = subprocess.Popen(
        [sys.executable, path.parent / "parent.py"], stdout=subprocess.PIPE, text=True
    )
    child = Path("/proc") / parent.stdout.readline().strip()
    assert (child / "stat").exists()
    time.sleep(1)  # until it has begun
    parent.kill()
    parent.communicate()
    until = time.monotonic() + 20
    while _runs(child) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _runs(child)


def _runs(process):
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_closing_ends_what_still_runs_as_no_fault_of_its_own(work, engine, tmp_path):
    engine.begin(Job(1, work.waits, (str(tmp_path / "told"),)))
    engine.begin(Job(2, work.sleeps, ()))
    (waits, line), (sleeps, _) = ((one.process, one.line) for one in engine._workers)
    assert line.poll(20)
    line.close()  # as where the search is killed while it is asked
    waits.join(20)
    assert not (tmp_path / "told").exists()
    engine.close()
    assert not waits.is_alive()
    assert not sleeps.is_alive()
