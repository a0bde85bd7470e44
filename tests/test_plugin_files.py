"""Plugin files: what they add, what takes their place, and what is said of bad ones."""

import hashlib
import sys

import pytest
import torch

from buffycoat.augmentations.policies import policies
from buffycoat.errors import SettingError
from buffycoat.plugin_files import load_plugin, loaded_plugins, plugins_for_now
from buffycoat.plugins import augmentation

GOOD = """
from buffycoat.plugins import augmentation

@augmentation
def dim(images, generator, *, by: float = 0.5):
    '''Darker images.'''
    return images * by
"""


@pytest.fixture(autouse=True)
def nothing_stays():
    with plugins_for_now([], alone=True):
        yield


@pytest.fixture
def write(tmp_path):
    def write(text, name="mine.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


def test_what_a_file_registers_can_be_had_by_name(write):
    plugin = load_plugin(write(GOOD))
    assert policies.get("dim")(torch.ones(1), None).item() == 0.5
    assert plugin.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()
    assert str(plugin) == "plugin mine.py: augmentation policy 'dim'"
    assert loaded_plugins() == (plugin,)


def test_the_same_file_is_run_once(write, capsys):
    path = write(GOOD + "print('run')\n")
    assert load_plugin(path) is load_plugin(path)
    assert capsys.readouterr().out == "run\n"


def test_an_edited_file_takes_its_own_place_even_within_a_second(write):
    load_plugin(write(GOOD))
    load_plugin(write(GOOD.replace("0.5", "0.7")))
    assert policies.get("dim")(torch.ones(1), None).item() == pytest.approx(0.7)
    assert len(loaded_plugins()) == 1


def test_a_file_that_fails_leaves_nothing_behind_and_what_was_there_before(write):
    load_plugin(write(GOOD))
    with pytest.raises(SettingError, match=r"mine\.py, line 9, fails: ZeroDivisionError"):
        load_plugin(write(GOOD.replace("0.5", "0.7") + "\n1 / 0\n"))
    assert policies.get("dim")(torch.ones(1), None).item() == 0.5
    assert not list(write(GOOD).parent.glob("__pycache__"))


def test_for_now_others_stand_in_and_go_again(write):
    load_plugin(write(GOOD))
    other = write(GOOD.replace("0.5", "0.1"), "run/mine.py")
    with plugins_for_now([other], alone=True):
        assert policies.get("dim")(torch.ones(1), None).item() == pytest.approx(0.1)
    assert policies.get("dim")(torch.ones(1), None).item() == 0.5


def test_imported_in_another_way_the_decorators_add_nothing():
    def faint(images, generator):
        return images

    assert augmentation(faint) is faint
    assert "faint" not in policies


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", r"registers nothing: put one of the decorators"),
        ("def f(:\n", r"mine\.py, line 1, fails: SyntaxError"),
        ("x = 1\nraise SystemExit(0)\n", r"line 2, fails: SystemExit"),
        ("import nowhere_at_all\n", r"line 1, fails: ModuleNotFoundError"),
        (GOOD.replace("dim", "light"), r"line 4: another augmentation policy is named 'light'"),
        (GOOD.replace(", generator", ""), r"line 4: augmentation 'dim' .* takes no generator"),
        (GOOD.replace("by: float = 0.5", "by"), r"its argument by has no default"),
        (GOOD.replace("images, generator", "generator, images"), r"in that order"),
        (GOOD.replace("float", "flaot"), r"fails: NameError"),
        (GOOD.replace("by: float", "by: 'flaot'"), r"its types cannot be read .*flaot"),
        (GOOD + "@augmentation\nclass A: ...\n", r"must be a function, not <class"),
        ("x = '\0'\n", r"mine\.py.* fails: (SyntaxError|ValueError)"),
    ],
)
def test_mistakes_are_said_with_their_line(write, text, said):
    with pytest.raises(SettingError, match=said):
        load_plugin(write(text))
    assert "dim" not in policies
    assert not loaded_plugins()


KINDS = {
    "model": "def small_cnn(*, n_classes): ...",
    "model ": "def resnet18(*, n_classes): ...",
    "model  ": "def other(*, classes): ...",
    "head": "def one(*, n_features): ...",
    "loss": "def one(logits, labels): ...",
    "schedule": "def one(step): ...",
    "check(low=0)": "def one(picture): ...",
    "check(low=0) ": "def blurred(image): ...",
    "check()": "def one(image): ...",
}


@pytest.mark.parametrize(
    ("kind", "said"),
    zip(
        KINDS,
        [
            "another model is named 'small_cnn' already",
            "timm or torchvision has a model 'resnet18': rename yours",
            r"model 'other' must be a function \(\*, n_classes, ...\): it takes no n_classes",
            "takes no n_classes",
            "takes no weight",
            r"schedule 'one' must be a function \(done, ...\)",
            r"check 'one' must be a function \(image, ...\)",
            "another check is named 'blurred' already",
            "a check needs low, high or both",
        ],
        strict=True,
    ),
)
def test_every_kind_checks_its_signature_and_its_name(write, kind, said):
    name = kind.strip().partition("(")[0]
    text = f"from buffycoat.plugins import {name}\n\n@{kind.strip()}\n{KINDS[kind]}\n"
    with pytest.raises(SettingError, match=said):
        load_plugin(write(text))


def test_every_kind_can_be_added(write):
    parts = [
        "from buffycoat.plugins import check, head, loss, model, schedule",
        "@model\ndef mine_a(*, n_classes, image_px): ...",
        "@head\ndef mine_b(*, n_features, n_classes, width: int = 3): ...",
        "@loss\ndef mine_c(logits, labels, *, weight=None): ...",
        "@schedule\ndef mine_d(done, *, final: float = 0.1): ...",
        "@check(high=3)\ndef mine_e(samples): ...",
    ]
    plugin = load_plugin(write("\n\n".join(parts)))
    assert [added.name[-1] for added in plugin.entries] == list("abcde")


def test_places_that_are_no_plugin_are_said(write, tmp_path):
    with pytest.raises(SettingError, match=r"none\.py does not exist"):
        load_plugin(tmp_path / "none.py")
    with pytest.raises(SettingError, match=r"must end in \.py"):
        load_plugin(write(GOOD, "mine.txt"))
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(SettingError, match="cannot be read: Is a directory"):
        load_plugin(tmp_path / "folder.py")


def test_two_files_of_one_name_are_refused(write):
    load_plugin(write(GOOD))
    with pytest.raises(SettingError, match=r"have one name.*rename one of them"):
        load_plugin(write(GOOD.replace("dim", "dimmer"), "b/mine.py"))


def test_two_files_with_one_entry_are_refused(write):
    load_plugin(write(GOOD))
    with pytest.raises(SettingError, match=r"b\.py, line 4: another augmentation policy is named"):
        load_plugin(write(GOOD + "\n", "b.py"))


def test_a_second_file_beside_it_is_refused(write, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    write("amount = 0.5\n", "beside_mine.py")
    with pytest.raises(SettingError, match="fails: ZeroDivisionError"):
        load_plugin(write(GOOD + "\nimport beside_mine\n1 / 0\n"))
    for _ in range(2):  # it is no more known to Python the second time
        with pytest.raises(SettingError, match=r"imports beside_mine\.py .* a plugin is one file"):
            load_plugin(write(GOOD + "\nimport beside_mine\n"))
    assert "beside_mine" not in sys.modules
    assert "dim" not in policies
