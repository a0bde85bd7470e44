import os
import subprocess
import sys
import tomllib

import pytest

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.registry import Choice
from buffycoat.training.recipe import from_dict, read_recipe, recipe_names, to_dict, to_toml
from buffycoat.training.settings import TrainSettings


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_is_read_and_written_back(name):
    settings = read_recipe(name, TrainSettings())
    text = to_toml(settings, "again")
    assert from_dict(TrainSettings(), tomllib.loads(text)) == settings
    assert recipe_names()[name]


def test_a_recipe_says_only_what_differs(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('seed = 3\n[learning]\nepochs = 2\nloss = {name = "focal", gamma = 1.0}\n')
    settings = read_recipe(str(path), TrainSettings())
    assert (settings.seed, settings.learning.epochs) == (3, 2)
    assert settings.learning.loss == Choice("focal", {"gamma": 1.0})
    assert settings.images == TrainSettings().images


def test_a_recipe_is_utf_8_on_a_machine_that_is_not(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("# Zellen von Günter\nseed = 3\n", encoding="utf-8")
    code = "import sys\nfrom buffycoat.training.recipe import read_recipe\n"
    code += "from buffycoat.training.settings import TrainSettings\n"
    code += "print(read_recipe(sys.argv[1], TrainSettings()).seed)"
    ascii_only = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, env={**os.environ, **ascii_only}, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("3\n", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[learning]\nepoch = 2\n", "no setting .*named 'epoch'; did you mean: epochs"),
        ('[learning]\nepochs = "two"\n', "epochs is 'two'; it must be int"),
        ("[learning]\nepochs = true\n", "it must be int"),
        ('[learning]\nbalance = "yes"\n', "one of none, class-weights, effective-number"),
        ("learning = 3\n", "learning is a table of settings"),
        ("[images]\nimage_px = 96\n", "it must be a list"),
        ("[learning]\nepochs = -1\n", "it cannot be negative"),
        ("[learning]\nl1 = nan\n", "l1 is nan: it cannot be"),
        ("augmentation = 3\n", "3 names nothing"),
        ('[learning]\noptimizer = ["adam"]\n', "names nothing"),
        ("seed = \n", "is not TOML"),
    ],
)
def test_a_wrong_recipe_says_what_is_wrong(tmp_path, text, message):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(SettingError, match=message):
        read_recipe(str(path), TrainSettings())


def test_an_unknown_recipe_lists_those_there_are():
    with pytest.raises(UnknownNameError, match="no recipe named 'lite'"):
        read_recipe("lite", TrainSettings())
    with pytest.raises(SettingError, match="cannot be read"):
        read_recipe("nowhere.toml", TrainSettings())


def test_settings_become_plain_values():
    plain = to_dict(TrainSettings())
    assert plain["images"]["image_px"] == [96, 96]
    assert plain["augmentation"] == "light"
    assert plain["learning"]["optimizer"]["name"] == "adamw"
