"""A search over a PostgreSQL server of its own, which is stopped and started in the middle."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

pytest.importorskip("psycopg")

from optuna.distributions import FloatDistribution
from optuna.trial import TrialState

from buffycoat.errors import RunError
from buffycoat.registry import Choice
from buffycoat.search.engine.engine import Job
from buffycoat.search.engine.local import InProcess
from buffycoat.search.settings.limits import Limits
from buffycoat.search.settings.patience import Patience
from buffycoat.search.settings.planned import reconcile
from buffycoat.search.settings.pruners import build_pruner
from buffycoat.search.settings.search import Search
from buffycoat.search.settings.study import open_study

N_TRIALS = 6


class Server:
    """PostgreSQL with its data in a folder."""

    def __init__(self, place, port, user):
        self.place, self.port, self.user = place, port, user
        self.url = f"postgresql://postgres:secret@localhost:{port}/postgres"
        (place / "password").write_text("secret")
        if user:
            for path in (place, place / "password"):
                shutil.chown(path, user)
        named = ["--username=postgres", f"--pwfile={place / 'password'}", "--auth=scram-sha-256"]
        self.call("initdb", "-D", place / "data", *named)

    def call(self, *command):
        words = [str(word) for word in command]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(words, check=True, cwd=self.place, user=self.user, **quiet)

    def start(self):
        how = f"-p {self.port} -k {self.place} -c fsync=off"
        self.call("pg_ctl", "-w", "-D", self.place / "data", "-o", how, "start")

    def stop(self):
        self.call("pg_ctl", "-w", "-D", self.place / "data", "-m", "immediate", "stop")


@pytest.fixture
def server():
    if not (shutil.which("initdb") and shutil.which("pg_ctl")):
        pytest.skip("no PostgreSQL server is installed: initdb, pg_ctl")
    user = None
    if os.getuid() == 0:  # which PostgreSQL refuses to run as
        user = next((u.pw_name for u in pwd.getpwall() if u.pw_name == "postgres"), None)
        if user is None:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
        free.close()
        found = Server(Path(folder), port, user)
        found.start()
        yield found
        found.stop()


def begun(server, **facts):
    asked = {"kind": "search settings", **facts}
    study = open_study(server.url, "s", asked, direction="minimize", said={"rate": "rates"})
    study.pruner = build_pruner(Choice("none"), 1)
    return study


def search(study, n_trials, make, patient=None):
    def job(number, settings, run):
        return Job(number, make, (number, settings["x"]))

    Search(
        study,
        lambda trial: {"x": trial.suggest_float("x", -4, 4)},
        job,
        InProcess(),
        Limits(n_trials=n_trials),
        Choice("tpe"),
        owner="here",
        patient=patient or Patience(),
        say=lambda _: None,
    ).run()
    return study.get_trials()


def made_at_once(number, x, *, report):
    return {"status": "finished", "score": x * x}


def test_a_server_that_goes_away_and_comes_back_loses_no_trial(server):
    said, made = [], []

    def make(number, x, *, report):
        made.append(number)
        if number == 2:
            server.stop()
        return made_at_once(number, x, report=report)

    def waited(seconds):
        said.append(seconds)
        if len(said) == 4:
            server.start()

    trials = search(begun(server), N_TRIALS, make, Patience(60, said.append, waited))
    assert made == list(range(N_TRIALS))
    assert [trial.state for trial in trials] == [TrialState.COMPLETE] * N_TRIALS
    assert all(t.value == pytest.approx(t.params["x"] ** 2) for t in trials)
    assert said[-1] == "the study's storage answers again"


def test_two_machines_share_a_study_and_each_takes_up_its_own_trials_only(server):
    first = begun(server)
    search(first, 3, made_at_once)
    elsewhere = begun(server).ask({"x": FloatDistribution(-4, 4)})
    for name, value in {"owner": "elsewhere", "settings": {}, "run": "trial-0004"}.items():
        elsewhere.set_user_attr(name, value)
    second = begun(server)
    assert reconcile(second, "here") == 0
    states = [trial.state for trial in search(second, 5, made_at_once)]
    assert states == [*[TrialState.COMPLETE] * 3, TrialState.RUNNING, TrialState.COMPLETE]
    assert reconcile(second, "elsewhere") == 1
    trials = search(second, 5, made_at_once)
    assert trials[-1].params == trials[3].params
    assert [trial.state for trial in trials[3:]] == [
        TrialState.FAIL,
        TrialState.COMPLETE,
        TrialState.COMPLETE,
    ]


def test_another_request_is_refused_without_showing_the_password(server):
    begun(server, rate=1)
    with pytest.raises(RunError, match="started with other rates") as refused:
        begun(server, rate=2)
    assert "secret" not in str(refused.value)
