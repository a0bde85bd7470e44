"""What a plugin file imports: one decorator for each kind of thing that can be added.

A plugin is one Python file. Loaded by `--plugin FILE.py` or `load_plugin`, it is run once, and what
stands under these decorators can be chosen by its name like anything that Buffycoat has itself:

    from buffycoat.plugins import augmentation

    @augmentation
    def darker(images, generator, *, most=0.2): ...

Where the file is imported in any other way, for instance by a test of yours, the decorators check
what they stand on and add nothing.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from buffycoat.errors import SettingError
from buffycoat.plugin_files import add_entry, load_plugin

__all__ = [
    "augmentation",
    "check",
    "function_of_a_trial",
    "head",
    "load_plugin",
    "loss",
    "model",
    "schedule",
    "source",
]

if TYPE_CHECKING:
    from buffycoat.sources.record import SourceRecord

Function = TypeVar("Function", bound=Callable[..., Any])


def _needs(function: Callable[..., Any], kind: str, *names: str, by_name: bool = False) -> None:
    """Let pass a function that can be called with these arguments and no others.

    Raises:
        SettingError: for any other.
    """
    if not inspect.isfunction(function):
        raise SettingError(f"a {kind} must be a function, not {function!r}")
    star, called = ("*, " if by_name else ""), ", ".join(names)
    said = f"{kind} {function.__name__!r} must be a function ({star}{called}, ...)"
    parameters = inspect.signature(function).parameters
    try:
        typing.get_type_hints(function)  # by which arguments are checked later
    except Exception as error:
        raise SettingError(f"{said}: its types cannot be read ({error})") from error
    for name in names:
        if name not in parameters:
            raise SettingError(f"{said}: it takes no {name}")
    for name, parameter in parameters.items():
        is_open = parameter.default is inspect.Parameter.empty and parameter.kind not in (
            inspect.Parameter.VAR_KEYWORD,
            inspect.Parameter.VAR_POSITIONAL,
        )
        if is_open and name not in names:
            raise SettingError(f"{said}: its argument {name} has no default")
    if not by_name and list(parameters)[: len(names)] != list(names):
        raise SettingError(f"{said}: in that order")


def model(function: Function) -> Function:
    """Add a network: `(*, n_classes, ...) -> torch.nn.Module`.

    The module makes logits (N, C) of images (N, 3, H, W), without a softmax. A function that needs
    the size of the images takes `image_px`, (height, width), too. It is chosen by
    `--model NAME`.

    Raises:
        SettingError: for another signature, or a name that a network has already.
    """
    from buffycoat.models.build import model_names
    from buffycoat.models.published import models

    sized = "image_px" in inspect.signature(function).parameters
    _needs(function, "model", "n_classes", *(["image_px"] if sized else []), by_name=True)
    if function.__name__ in model_names() and function.__name__ not in models:
        raise SettingError(f"timm or torchvision has a model {function.__name__!r}: rename yours")
    add_entry(models, function)
    return function


def head(function: Function) -> Function:
    """Add a head: `(*, n_features, n_classes, ...) -> torch.nn.Module`, (N, D) to logits (N, C).

    It is chosen by `--head NAME`.

    Raises:
        SettingError: for another signature, or a name that is taken.
    """
    from buffycoat.models.heads import heads

    _needs(function, "head", "n_features", "n_classes", by_name=True)
    add_entry(heads, function)
    return function


def augmentation(function: Function) -> Function:
    """Add an augmentation: `(images, generator, *, ...) -> images`, for a whole batch.

    `images` is float (N, 3, H, W) in [0, 1] on the device and is not to be changed in place; the
    same shape and range come back. `generator` is on the processor and the only source of draws.
    While a curriculum grows, a parameter `scale` is given the share of the strength that is wanted;
    without one, a share of the images is changed. It is chosen by `--augmentation NAME`.

    Raises:
        SettingError: for another signature, or a name that is taken.
    """
    from buffycoat.augmentations.policies import policies

    _needs(function, "augmentation", "images", "generator")
    add_entry(policies, function)
    return function


def function_of_a_trial(function: Function) -> Function:
    """Add a function of a trial: `(trial, settings, *, ...) -> dict` of settings by name.

    `trial` is Optuna's, whose `suggest_...` draw; `settings` are those that were given. A name is
    that of a field, dotted or alone, or of an argument within a choice. It is chosen by
    `buffycoat search settings --function NAME`.

    Raises:
        SettingError: for another signature, or a name that is taken.
    """
    from buffycoat.search.settings.functions import functions

    _needs(function, "function of a trial", "trial", "settings")
    add_entry(functions, function)
    return function


def loss(function: Function) -> Function:
    """Add a loss: `(logits, labels, weight, *, ...) -> number` from (N, C) and class ids (N,).

    Mixing makes the labels shares of the classes (N, C): a loss that takes none is refused with it.
    `weight` is the weight of each class (C,), or None. It is chosen by `--loss NAME`.

    Raises:
        SettingError: for another signature, or a name that is taken.
    """
    from buffycoat.training.losses import losses

    _needs(function, "loss", "logits", "labels", "weight")
    add_entry(losses, function)
    return function


def schedule(function: Function) -> Function:
    """Add a course of the learning rate: `(done, *, ...) -> share`, both from 0 to 1.

    A parameter `past` is given what each epoch so far was worth, lower being better. It is chosen
    by `--schedule NAME`.

    Raises:
        SettingError: for another signature, or a name that is taken.
    """
    from buffycoat.training.schedules import schedules

    _needs(function, "schedule", "done")
    add_entry(schedules, function)
    return function


def check(
    *, low: float | None = None, high: float | None = None, unless_most: bool = False
) -> Callable[[Function], Function]:
    """Add a check: `(image, *, ...) -> number` or `(samples, *, ...) -> numbers`.

    `image` is uint8 (H, W, 3). `samples` is the whole table, without pixels, and one number a row
    comes back, NaN where nothing is known. It is chosen by `buffycoat audit --check NAME`. An image
    on which it fails has no score, and how many there are is said.

    Args:
        low: A number below is flagged; on it, the score is .5.
        high: A number above is flagged; on it, the score is .5.
        unless_most: Flag nothing where more than half of the table would be.

    Raises:
        SettingError: for another signature, a name that is taken, or no limit at all.
    """
    from buffycoat.curation.checks.catalogue import BUILT_IN  # whose names are taken  # noqa: F401
    from buffycoat.curation.checks.check import checks, with_limits
    from buffycoat.curation.checks.limits import Limits

    limits = Limits(low, high, unless_most)

    def register(function: Function) -> Function:
        of_table = next(iter(inspect.signature(function).parameters), "") == "samples"
        _needs(function, "check", "samples" if of_table else "image")
        add_entry(checks, with_limits(function, limits))
        return function

    return register


def source(record: SourceRecord) -> Callable[[Function], Function]:
    """Add a data set: `(root) -> SampleTable`, and its record.

    `root` is the folder that it was unpacked to, or its one file. It is chosen by
    `buffycoat fetch NAME` and `buffycoat import DIR --source NAME`.

    Args:
        record: `SourceRecord`: where it is had, its hash, licence, classes and citation.

    Raises:
        SettingError: for another signature, or a name that is taken or is not the record's.
    """
    from buffycoat.sources.catalogue import BUILT_IN  # whose names are taken  # noqa: F401
    from buffycoat.sources.record import source as register_with
    from buffycoat.sources.record import sources

    def register(reader: Function) -> Function:
        _needs(reader, "source", "root")
        add_entry(sources, reader, register_with(record))
        return reader

    return register
