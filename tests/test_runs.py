import json

import pytest

from buffycoat.errors import DiskError, RunError
from buffycoat.runs import create_run, open_run


@pytest.fixture
def run(tmp_path):
    started = create_run(tmp_path / "a", note="x")
    started.part("history.csv").write_text("epoch\n1\n")
    return started.sealed("history.csv", classes=["a"])


def test_a_sealed_run_opens_with_its_facts(run):
    found = open_run(run.path)
    assert found.is_finished
    assert found.run_id == "a"
    assert found.facts["classes"] == ["a"]
    assert found.facts["note"] == "x"
    assert "python" in found.facts["environment"]


def test_a_run_is_never_overwritten_by_chance(run):
    with pytest.raises(RunError, match=r"holds a run already.*--overwrite"):
        create_run(run.path)
    assert open_run(run.path).is_finished
    assert not create_run(run.path, overwrite=True).part("history.csv").exists()


def test_a_folder_that_is_no_run_is_not_even_overwritten(tmp_path):
    (tmp_path / "thesis.txt").write_text("years")
    with pytest.raises(RunError, match="is not a run"):
        create_run(tmp_path, overwrite=True)
    assert (tmp_path / "thesis.txt").exists()


@pytest.mark.parametrize("damage", ["altered", "missing"])
def test_an_altered_or_missing_part_is_named(run, damage):
    part = run.part("history.csv")
    part.write_text("epoch\n9\n") if damage == "altered" else part.unlink()
    with pytest.raises(RunError, match=rf"history.csv (was|is) {damage}"):
        open_run(run.path)


def test_an_interrupted_run_says_how_to_go_on(tmp_path):
    create_run(tmp_path / "b")
    with pytest.raises(RunError, match=r"was interrupted.*--resume"):
        open_run(tmp_path / "b")
    assert not open_run(tmp_path / "b", finished=False).is_finished


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "damaged"), ("[]", "damaged"), (json.dumps({"run_id": "x", "format": 99}), "format 99")],
)
def test_a_damaged_run_file_is_named(tmp_path, text, message):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(RunError, match=message):
        open_run(tmp_path)


def test_a_missing_folder_is_no_run(tmp_path):
    with pytest.raises(RunError, match="is no run folder"):
        open_run(tmp_path / "nothing")


def test_a_file_in_the_way_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match="a part of its path is a file"):
        create_run(tmp_path / "file" / "run")
