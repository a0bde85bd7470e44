"""Functions of a trial: the published systems' spaces, and a plugin's."""

import itertools

import optuna
import pytest
from optuna.trial import FixedTrial
from torch import nn

from buffycoat.errors import SettingError
from buffycoat.models.heads import build_head
from buffycoat.plugin_files import load_plugin, plugins_for_now
from buffycoat.registry import Choice
from buffycoat.search.settings.functions import drawn_settings, functions
from buffycoat.search.settings.ranges import parse_ranges
from buffycoat.training.settings import LearningSettings, TrainSettings

FOUND = {"n_layers": 5, "width": 1943, "width_factor": 0.446, "batch_norm": True}
FOUND |= {"dropout": 0.4, "l2": 5e-5, "learning_rate": 1.6e-5}
PLUGIN = """from buffycoat.plugins import function_of_a_trial


@function_of_a_trial
def mine(trial, settings, *, most=0.3):
    return {"head.dropout": trial.suggest_float("dropout", 0, most), "epochs": 4}
"""


def draw(name, told, base=None):
    return drawn_settings(FixedTrial(told), base or TrainSettings(), Choice.parse(name), ())


def asked(n):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    return [study.ask() for _ in range(n)]


def drawn_space(name, n=40):
    """What a function draws from, by the trial's own name for it."""
    trials = asked(n)
    settings = [drawn_settings(t, TrainSettings(), Choice(name), ()) for t in trials]
    return trials[0].distributions, settings


def test_system_5_has_its_seven_dimensions():
    space, _ = drawn_space("system_5", 1)
    ends = {name: (d.low, d.high, d.log) for name, d in space.items() if name != "batch_norm"}
    assert ends == {
        "n_layers": (3, 8, False),
        "width": (1024, 2048, False),
        "width_factor": (0.2, 0.5, False),
        "dropout": (0.3, 0.6, False),
        "l2": (1e-6, 1e-3, True),
        "learning_rate": (1e-6, 1e-3, True),
    }
    assert space["batch_norm"].choices == (True, False)


def test_what_system_5_found_reaches_the_network():
    settings = draw("system_5", FOUND)
    assert (settings.learning.l2, settings.learning.learning_rate) == (5e-5, 1.6e-5)
    assert settings.learning.l2_on == "head"  # of the dense layers, whatever it is elsewhere
    head = build_head(settings.network.head, 16, 8)
    widths = [layer.out_features for layer in head if isinstance(layer, nn.Linear)]
    assert widths == [1943, 867, 386, 172, 77, 8]
    assert sum(isinstance(layer, nn.BatchNorm1d) for layer in head) == 5
    assert {layer.p for layer in head if isinstance(layer, nn.Dropout)} == {0.4}
    plain = build_head(draw("system_5", {**FOUND, "batch_norm": False}).network.head, 16, 8)
    assert not any(isinstance(layer, nn.BatchNorm1d) for layer in plain)
    narrow = draw("system_5", {**FOUND, "n_layers": 8, "width_factor": 0.2})
    assert min(narrow.network.head.arguments["widths"]) == 8


@pytest.mark.parametrize("name", ["system_2", "system_5", "usual"])
def test_the_rate_is_the_heads_where_it_alone_learns(name):
    base = TrainSettings(learning=LearningSettings(epochs=0, head_epochs=3))
    found = [drawn_settings(t, base, Choice(name), ()) for t in asked(9)]
    assert len({s.learning.head_learning_rate for s in found}) > 1
    assert {s.learning.learning_rate for s in found} == {base.learning.learning_rate}


def test_system_2_is_its_grid_of_eight():
    _, settings = drawn_space("system_2", 100)
    found = {
        (s.learning.optimizer.name, s.learning.learning_rate, s.learning.loss.name)
        for s in settings
    }
    losses = ("negative_log_likelihood", "cross_entropy")
    assert found == set(itertools.product(("adam", "sgd"), (0.01, 0.001), losses))


def test_the_usual_space_keeps_around_what_was_given():
    space, settings = drawn_space("usual")
    rate = TrainSettings().learning.learning_rate
    assert (space["rate"].low, space["rate"].high) == pytest.approx((rate / 10, rate * 10))
    assert len({s.augmentation.name for s in settings}) == 5
    assert {s.learning.optimizer.name for s in settings} == {"adamw"}


def test_ranges_stand_beside_a_function_and_take_no_draw_its_effect():
    ranges = parse_ranges(["l1=uniform(.5,.6)"])
    told = {**FOUND, "learning.l1": 0.55}
    found = drawn_settings(FixedTrial(told), TrainSettings(), Choice("system_5"), ranges)
    assert (found.learning.l1, found.learning.l2) == (0.55, 5e-5)
    for twice in ("l2=uniform(.5,.6)", "head.dropout=uniform(0,.1)"):
        with pytest.raises(SettingError, match="is drawn by --function system_5 too: leave out"):
            drawn_settings(
                FixedTrial(told), TrainSettings(), Choice("system_5"), parse_ranges([twice])
            )


def test_a_function_cannot_make_scores_that_are_of_other_rows(tmp_path):
    (tmp_path / "mine.py").write_text(PLUGIN.replace('"epochs": 4', '"monitor": "distorted_loss"'))
    with (
        plugins_for_now([tmp_path / "mine.py"], alone=True),
        pytest.raises(SettingError, match="distorted_loss cannot be compared with"),
    ):
        draw("mine", {"dropout": 0.05})


def test_a_plugin_adds_a_function(tmp_path):
    (tmp_path / "mine.py").write_text(PLUGIN)
    with plugins_for_now([tmp_path / "mine.py"], alone=True):
        found = draw('{name = "mine", most = 0.1}', {"dropout": 0.05})
        assert found.network.head == Choice("linear", {"dropout": 0.05})
        assert found.learning.epochs == 4
        with pytest.raises(SettingError, match="takes most, not 'least'"):
            draw('{name = "mine", least = 0.1}', {"dropout": 0.05})
    assert "mine" not in functions


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def mine(trial): return {}", r"must be a function \(trial, settings, ...\)"),
        ("def usual(trial, settings): return {}", "another function of a trial is named 'usual'"),
    ],
)
def test_a_plugins_function_that_cannot_be_is_refused(tmp_path, code, said):
    path = tmp_path / "mine.py"
    path.write_text(
        f"from buffycoat.plugins import function_of_a_trial\n@function_of_a_trial\n{code}\n"
    )
    with pytest.raises(SettingError, match=said), plugins_for_now([], alone=True):
        load_plugin(path)
