"""Run folders: never overwritten by chance, and each part missing, altered or halved is named."""

import json
import shutil

import pytest
import torch

PARTS = (
    "baselines.parquet",
    "history.csv",
    "network.safetensors",
    "predictions.parquet",
    "recipe.toml",
    "run.json",
    "samples.parquet",
)


@pytest.fixture
def copied(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "copied")


def flip_a_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def halve(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def become_a_folder(path):
    path.unlink()
    path.mkdir()


def test_an_existing_run_is_never_overwritten_by_chance(
    table, cells, small, copied, assert_refused, goes_on
):
    before = {path: path.read_bytes() for path in copied.iterdir() if path.is_file()}
    said = [f"{copied} holds a run already", "another with --out", "replace it with --overwrite"]
    assert_refused("train", table, *small, "--out", copied, saying=said)
    assert_refused("run", cells, "--weights", "none", "--out", copied, saying=said)
    assert {path: path.read_bytes() for path in copied.iterdir() if path.is_file()} == before
    goes_on("train", table, *small, "--seed", 5, "--out", copied, "--overwrite")
    assert (copied / "run.json").read_bytes() != before[copied / "run.json"]


@pytest.mark.parametrize(
    "slip",
    [
        ("--loss", "cross_entropi"),
        ("--model", "smal_cnn"),
        ("--weights", "gone.safetensors"),
        ("--freeze-blocks", "nowhere"),
        ("--all-folds",),
    ],
)
def test_a_slip_does_not_cost_the_run_that_was_to_be_overwritten(
    slip, table, small, copied, assert_refused, goes_on
):
    assert_refused("train", table, *small, *slip, "--out", copied, "--overwrite", saying=[])
    goes_on("evaluate", copied)


def test_a_folder_that_is_no_run_is_left_alone(table, cells, small, tmp_path, assert_refused):
    (tmp_path / "thesis.txt").write_text("years")
    said = [f"{tmp_path} exists and is not a run", "another place with --out"]
    flags = ("--out", tmp_path, "--overwrite")
    assert_refused("train", table, *small, *flags, saying=said)
    assert_refused("run", cells, "--weights", "none", *flags, saying=said)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_part_is_named(part, copied, table, cells, assert_refused):
    (copied / part).unlink()
    said = [part] if part != "run.json" else ["no run folder", "run.json"]
    for command in (("evaluate", copied), ("predict", copied, cells), ("embed", copied, table)):
        assert_refused(*command, saying=[str(copied), *said])
    assert_refused("train", table, "--like", copied, "--out", copied.with_name("x"), saying=said)


@pytest.mark.parametrize("change", [flip_a_byte, halve, become_a_folder])
@pytest.mark.parametrize("part", PARTS)
def test_an_altered_part_is_named(part, change, copied, cells, assert_refused):
    change(copied / part)
    said = [str(copied), part]
    if change is not become_a_folder:
        said.append("restore it from a copy, or train again")
    assert_refused("evaluate", copied, saying=said)
    assert_refused("predict", copied, cells, saying=said)


def test_facts_that_were_changed_by_hand_are_noticed(copied, cells, assert_refused):
    facts = json.loads((copied / "run.json").read_text())
    for name in facts:
        (copied / "run.json").write_text(json.dumps({k: facts[k] for k in facts if k != name}))
        assert_refused("predict", copied, cells, saying=[str(copied)])
    facts["classes"].reverse()
    (copied / "run.json").write_text(json.dumps(facts))
    said = ["run.json was altered since the run finished", "restore it"]
    assert_refused("predict", copied, cells, saying=said)
    assert_refused("evaluate", copied, saying=said)


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"run_id": 1, "format": 99}', "\xff"])
def test_a_run_file_that_is_none(text, copied, table, cells, assert_refused):
    (copied / "run.json").write_bytes(text.encode("latin-1"))
    assert_refused("evaluate", copied, saying=[str(copied)])
    assert_refused("predict", copied, cells, saying=[str(copied)])
    assert_refused("train", table, "--like", copied, "--out", copied.with_name("x"), saying=[])


def test_a_missing_report_is_only_written_again(copied, cells, goes_on):
    (copied / "report.html").unlink()
    goes_on("predict", copied, cells)
    goes_on("evaluate", copied)
    assert (copied / "report.html").is_file()


def test_a_run_that_was_moved_answers_still(copied, cells, goes_on):
    moved = copied.rename(copied.with_name("moved"))
    assert "150 images answered" in goes_on("predict", moved, cells).out


def weights_of_another_network(trained, tmp_path):
    return trained / "network.safetensors", ["does not fit mobilenetv2_100", "missing:", "unknown:"]


def weights_that_are_text(trained, tmp_path):
    (tmp_path / "w.safetensors").write_text("no weights")
    return tmp_path / "w.safetensors", ["w.safetensors cannot be read as weights"]


def weights_that_are_halved(trained, tmp_path):
    shutil.copy(trained / "network.safetensors", tmp_path / "w.safetensors")
    halve(tmp_path / "w.safetensors")
    return tmp_path / "w.safetensors", ["w.safetensors cannot be read as weights"]


def weights_with_code(trained, tmp_path):
    torch.save({"state_dict": torch.nn.Linear(2, 2)}, tmp_path / "w.pt")
    return tmp_path / "w.pt", ["w.pt is refused", "code in a weights file is never run"]


def no_weights(trained, tmp_path):
    return tmp_path / "gone.pt", ["gone.pt does not exist"]


@pytest.mark.parametrize(
    "make",
    [
        weights_of_another_network,
        weights_that_are_text,
        weights_that_are_halved,
        weights_with_code,
        no_weights,
    ],
)
def test_weights_that_do_not_fit(make, trained, table, small, tmp_path, assert_refused):
    path, said = make(trained, tmp_path)
    flags = ("--model", "mobilenetv2_100", "--weights", path, "--out", tmp_path / "r")
    assert_refused("train", table, *small, *flags, saying=[str(path), *said])
    assert not (tmp_path / "r").exists()


def test_run_refuses_weights_of_another_network(trained, cells, tmp_path, assert_refused):
    path = trained / "network.safetensors"
    flags = ("--model", "mobilenetv2_100", "--budget", "1s", "--out", tmp_path / "r")
    said = [str(path), "does not fit mobilenetv2_100", "--model NAME"]
    assert_refused("run", cells, "--weights", path, *flags, saying=said)
    assert not (tmp_path / "r").exists()
