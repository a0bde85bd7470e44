"""What a process does for another: with the plugins that it was given, and none that is edited."""

import hashlib

import pytest

from buffycoat.errors import RunError
from buffycoat.plugin_files import loaded_plugins, plugins_for_now
from buffycoat.search.engine.working import work_on

PLUGIN = """from buffycoat.plugins import function_of_a_trial


@function_of_a_trial
def mine(trial, settings):
    return {}
"""


def names(*, report):
    return [plugin.path.name for plugin in loaded_plugins()]


def refuses(*, report):
    raise RunError("no room")


@pytest.fixture
def plugin(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(PLUGIN)
    with plugins_for_now([], alone=True):
        yield path, hashlib.sha256(PLUGIN.encode()).hexdigest()


def test_plugins_are_loaded_and_what_goes_wrong_is_a_sentence(plugin):
    assert work_on(names, (), None, (plugin,)) == ("outcome", ["mine.py"])
    assert work_on(refuses, (), None) == ("failed", "no room")


def test_a_plugin_that_was_edited_makes_no_trial(plugin):
    path, _ = plugin
    path.write_text(PLUGIN + "# edited\n")
    kind, said = work_on(names, (), None, (plugin,))
    assert (kind, said.startswith(f"{path} was edited since the search began")) == ("failed", True)
