"""Functions of a trial: from draws to settings, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from optuna.trial import BaseTrial

from buffycoat.errors import SettingError
from buffycoat.registry import Choice, Registry
from buffycoat.search.settings.ranges import Listed, Range
from buffycoat.training.combination import with_value
from buffycoat.training.settings import TrainSettings
from buffycoat.training.variation import find_setting

__all__ = [
    "check_comparable",
    "drawn_settings",
    "functions",
    "none",
    "system_2",
    "system_5",
    "usual",
]

functions: Registry[Callable[..., Mapping[str, Any]]] = Registry("function of a trial")
"""`(trial, settings, *, ...)` to values by the name of the setting: a field, dotted or alone, or an
argument within a choice."""


def drawn_settings(
    trial: BaseTrial,
    base: TrainSettings,
    function: Choice,
    ranges: Sequence[Range | Listed],
) -> TrainSettings:
    """The settings of a trial: first what the function says, then the ranges.

    Raises:
        SettingError: for a setting that is not there or given twice, or a value that it cannot
            have.
    """
    settings = base
    draw = functions.checked(function, "trial", "settings")
    found: object = draw(trial, base, **function.arguments)
    if not isinstance(found, Mapping):
        said = f"function of a trial {function.name!r} gave {found!r}"
        raise SettingError(f"{said}: it must give a dict of settings by name")
    given = [_named(name, value, base) for name, value in found.items()]
    _refuse_twice(given, function, ranges)
    given += [(item.name, item.suggest(trial), item.is_argument) for item in ranges]
    # A choice is put in before the arguments within it, whichever was given first.
    for name, value, is_argument in sorted(given, key=lambda item: item[2]):
        settings = with_value(settings, name, value, is_argument=is_argument)
    check_comparable(base, settings)
    return settings


def check_comparable(base: TrainSettings, settings: TrainSettings) -> None:
    """Let pass settings whose score can be held against that of others.

    Raises:
        SettingError: when one is scored on distorted validation rows, and the others are not.
    """
    one, other = base.learning.monitor, settings.learning.monitor
    if one.partition("_")[0] != other.partition("_")[0]:
        said = f"trials scored on rows as of monitor {other} cannot be compared with those of {one}"
        raise SettingError(f"{said}: vary no more than which figure it is")


def _refuse_twice(
    given: Sequence[tuple[str, Any, bool]], function: Choice, ranges: Sequence[Range | Listed]
) -> None:
    """Let pass ranges that leave every draw of the function its effect."""
    arguments = {
        f"{name}.{argument}"
        for name, value, _ in given
        if isinstance(value, Mapping | Choice)
        for argument in (value.arguments if isinstance(value, Choice) else value)
    }
    for item in ranges:
        if item.name in arguments or any(item.name == name for name, _, _ in given):
            said = f"{item.name} is drawn by --function {function.name} too"
            raise SettingError(f"{said}: leave out --vary for it, or the function")


def _named(given: str, value: Any, base: TrainSettings) -> tuple[str, Any, bool]:
    name, hint = find_setting(given, base)
    return name, value, hint is None


@functions.register
def none(trial: BaseTrial, settings: TrainSettings) -> dict[str, Any]:  # noqa: ARG001
    """Nothing: what `--vary` says is all that varies."""
    return {}


@functions.register
def usual(trial: BaseTrial, settings: TrainSettings) -> dict[str, Any]:
    """What is worth searching first: rate, decay, batch, smoothing, dropout and augmentation.

    The learning rate (that of the head, where it alone learns) is drawn from a tenth to ten times
    the one given. The optimiser is AdamW and the loss cross-entropy.
    """
    name, rate = _rate(settings)
    decay = trial.suggest_float("weight_decay", 1e-4, 1e-1, log=True)
    smoothing = trial.suggest_float("label_smoothing", 0.0, 0.2)
    kept = settings.augmentation.name
    augmentations = sorted({"flips", "light", "microscopy", "competition", "none"} - {kept})
    drawn = trial.suggest_categorical("augmentation", [kept, *augmentations])
    return {
        name: trial.suggest_float("rate", rate / 10, rate * 10, log=True),
        "learning.optimizer": {"name": "adamw", "weight_decay": decay},
        "learning.batch_size": trial.suggest_int("batch_size", 16, 128, log=True),
        "learning.loss": {"name": "cross_entropy", "label_smoothing": smoothing},
        "augmentation": settings.augmentation if drawn == kept else drawn,
    }


@functions.register
def system_5(trial: BaseTrial, settings: TrainSettings, *, narrowest: int = 8) -> dict[str, Any]:
    """The fifth published system's seven dimensions, each of which reaches the network.

    Layers, width of the first, what share of the one before each next layer has, batch norm,
    dropout, L2 of the head and learning rate. The range of L2 was not published: here it is 1e-6 to
    1e-3 around the 1e-4 and 5e-5 that were used.

    Args:
        trial: What draws.
        settings: Where the whole network learns not at all, the rate is that of the head.
        narrowest: Units that no layer has fewer of.
    """
    n_layers = trial.suggest_int("n_layers", 3, 8)
    width = trial.suggest_int("width", 1024, 2048)
    factor = trial.suggest_float("width_factor", 0.2, 0.5)
    has_norm = trial.suggest_categorical("batch_norm", [True, False])
    widths = [max(narrowest, round(width * factor**i)) for i in range(n_layers)]
    name, _ = _rate(settings)
    return {
        "network.head": {
            "name": "dense",
            "widths": widths,
            "norm": "batch" if has_norm else "none",
            "activation": "silu",
            "dropout": trial.suggest_float("dropout", 0.3, 0.6),
        },
        "learning.l2_on": "head",
        "learning.l2": trial.suggest_float("l2", 1e-6, 1e-3, log=True),
        name: trial.suggest_float("learning_rate", 1e-6, 1e-3, log=True),
    }


@functions.register
def system_2(trial: BaseTrial, settings: TrainSettings) -> dict[str, Any]:
    """The second published system's grid of eight: Adam or SGD, .01 or .001, two losses."""
    losses = ["negative_log_likelihood", "cross_entropy"]
    name, _ = _rate(settings)
    return {
        "learning.optimizer": trial.suggest_categorical("optimizer", ["adam", "sgd"]),
        name: trial.suggest_categorical("learning_rate", [0.01, 0.001]),
        "learning.loss": trial.suggest_categorical("loss", losses),
    }


def _rate(settings: TrainSettings) -> tuple[str, float]:
    """The learning rate that is used: that of the head, where the whole network learns not at all.

    The other would be drawn without any effect.
    """
    name = "learning_rate" if settings.learning.epochs else "head_learning_rate"
    return f"learning.{name}", float(getattr(settings.learning, name))
