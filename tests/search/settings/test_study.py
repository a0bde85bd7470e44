"""The study that remembers: begun, gone on with, and refused."""

import sqlite3
import sys

import optuna
import pytest
from sqlalchemy.engine import make_url

from buffycoat.errors import RunError, SettingError
from buffycoat.search.settings.importance import importances
from buffycoat.search.settings.study import _unreadable, file_url, open_study, shown_url

SAID = {"seed": "--seed", "vary": "values of --vary"}
FACTS = {"kind": "search settings", "seed": 0, "vary": {"a": (1, 2)}}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    url = file_url(tmp_path_factory.mktemp("study") / "s.db")
    open_study(url, "s", FACTS, direction="maximize", said=SAID)
    return url


def refused(url, name="s", **facts):
    with pytest.raises(RunError) as error:
        open_study(url, name, {**FACTS, **facts}, direction="maximize", said=SAID)
    return str(error.value)


def test_a_study_goes_on_when_it_is_asked_for_the_same(url):
    study = open_study(url, "s", FACTS, direction="maximize", said=SAID)
    assert study.direction is optuna.study.StudyDirection.MAXIMIZE
    assert optuna.get_all_study_names(url).count("s") == 1


def test_a_study_that_was_begun_and_no_more_is_taken_up(url):
    optuna.create_study(storage=url, study_name="begun", direction="maximize")
    open_study(url, "begun", FACTS, direction="maximize", said=SAID)
    assert "with other --seed" in refused(url, "begun", seed=1)


def test_what_is_another_study_is_refused(url):
    both = refused(url, seed=1, vary={})
    assert "was started with other --seed and other values of --vary" in both


def test_a_study_of_another_command_version_or_maker_is_refused(url):
    optuna.create_study(storage=url, study_name="foreign")
    assert "was not made by Buffycoat" in refused(url, "foreign")  # it minimises
    foreign = optuna.create_study(storage=url, study_name="used", direction="maximize")
    foreign.enqueue_trial({})
    assert "was not made by Buffycoat" in refused(url, "used")
    study = optuna.create_study(storage=url, study_name="old")
    study.set_user_attr("buffycoat", {**FACTS, "version": 0})
    assert "by an older version of Buffycoat: begin anew in another place" in refused(url, "old")
    study.set_user_attr("buffycoat", {**FACTS, "kind": "search architecture", "version": 1})
    assert "is of `buffycoat search architecture`" in refused(url, "old")


def test_a_file_that_is_no_study_is_refused(tmp_path):
    (tmp_path / "text.db").write_text("no database" * 1000)
    assert "cannot be read as a study" in refused(file_url(tmp_path / "text.db"))


def test_a_file_of_another_optuna_is_refused(tmp_path):
    url = file_url(tmp_path / "s.db")
    open_study(url, "s", FACTS, direction="maximize", said=SAID)
    with sqlite3.connect(tmp_path / "s.db") as database:
        database.execute("update alembic_version set version_num = 'v0.9.0.a'")
    assert "was written by another version of Optuna" in refused(url)


def test_a_driver_that_is_missing_and_a_password(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingError) as error:
        open_study(
            "postgresql+psycopg://me:secret@host/db", "s", FACTS, direction="minimize", said={}
        )
    assert "pip install 'buffycoat[postgresql]'" in str(error.value)
    assert "secret" not in str(error.value)
    assert shown_url("postgresql://me:s@t@host:1/db") == "postgresql://me:***@host:1/db"
    assert shown_url("x://host/db?user=me&password=s&a=1") == "x://host/db?user=me&password=***&a=1"
    wrong = ValueError("could not translate host name 'cret@host'")
    said = str(_unreadable("x://me:se@cret@host/db", wrong))
    assert said.startswith("x://me:***@host/db cannot be read as a study")
    assert "host name '***@host'" in said


@pytest.mark.parametrize("name", ["a b", "50%20", "a?b=c#d", "é:x@y"])
def test_a_file_has_the_name_that_it_was_given(tmp_path, name):
    (tmp_path / name).mkdir()
    url = file_url(tmp_path / name / "s.db")
    assert make_url(url).database == str(tmp_path / name / "s.db")
    assert make_url(url).query == {}


def test_the_setting_that_decides_is_the_important_one():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(40):
        trial = study.ask()
        x, _ = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
        study.tell(trial, (x - 0.3) ** 2)
    first, second = importances(study, n_resamples=30)
    assert (first.name, second.name) == ("x", "y")
    assert first.share + second.share == pytest.approx(1)
    assert first.low > 0.2 > second.share  # y decides nothing
    assert all(row.low <= row.share <= row.high for row in (first, second))
    assert importances(study, n_resamples=30) == [first, second]


def test_of_few_trials_nothing_is_said():
    study = optuna.create_study()
    for value in range(4):
        trial = study.ask()
        trial.suggest_float("x", 0, 1)
        study.tell(trial, value)
    assert importances(study) == []
