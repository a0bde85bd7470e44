"""The command line as its users meet it: help, exit codes and messages."""

import inspect
import subprocess
import sys

import pytest

from buffycoat import cli
from buffycoat.cli import COMMANDS, main


def test_the_overview_names_every_command(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert "not a medical device" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_each_of_its_flags(name, capsys):
    with pytest.raises(SystemExit) as done:
        main([name, "--help"])
    assert done.value.code == 0
    shown = capsys.readouterr().out
    assert "usage: buffycoat " + name in shown
    assert "--settings" not in shown


def test_an_unknown_command_lists_the_nearest(capsys):
    assert main(["trian"]) == 2
    assert "did you mean: train" in capsys.readouterr().err


def test_an_unknown_flag_is_exit_code_2(capsys):
    with pytest.raises(SystemExit) as done:
        main(["split", "x.parquet", "--fold", "3"])
    assert done.value.code == 2
    assert "--folds" in capsys.readouterr().err


def test_a_mistake_is_a_sentence_without_a_traceback(capsys, tmp_path):
    assert main(["split", str(tmp_path / "none.parquet")]) == 2
    shown = capsys.readouterr().err
    assert "none.parquet does not exist" in shown
    assert "Traceback" not in shown


def test_an_interruption_is_exit_code_130(capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_run_command", interrupted)
    assert main(["cache"]) == 130


def test_help_and_import_cost_no_torch():
    code = "import sys, buffycoat.cli as c; c.main(['--help']); print(sorted(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = shown.stdout.splitlines()[-1]
    assert not any(f"'{name}'" in loaded for name in ("torch", "polars", "numpy", "tyro"))


def test_every_public_name_can_be_imported():
    import buffycoat

    assert len(buffycoat.__all__) <= 25
    for name in buffycoat.__all__:
        assert inspect.getdoc(getattr(buffycoat, name)), name
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        buffycoat.trian  # noqa: B018
