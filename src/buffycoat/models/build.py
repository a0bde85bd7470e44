"""A network from its settings: ours, timm's, torchvision's or the user's own."""

from __future__ import annotations

import fnmatch
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import timm
import torch
from torch import nn

from buffycoat.errors import SettingError, UnknownNameError, WeightsError
from buffycoat.models.backbones import Backbone, Record, count_features, cut_head
from buffycoat.models.depthwise import quicken_depthwise
from buffycoat.models.heads import build_head
from buffycoat.models.network import Network
from buffycoat.models.plugin import load_function, split_name
from buffycoat.models.pretrained import (
    fetch_weights,
    is_timm,
    timm_backbone,
    torchvision_backbone,
    torchvision_name,
    torchvision_names,
)
from buffycoat.models.published import models
from buffycoat.models.settings import ModelSettings
from buffycoat.models.weights import load_weights
from buffycoat.registry import Choice

__all__ = ["build_network", "model_names"]


def model_names(pattern: str | None = None) -> list[str]:
    """The networks by name, ours first, then timm's, then what torchvision alone or also has.

    Args:
        pattern: A part of a name; * stands for any letters.

    Raises:
        UnknownNameError: when no name fits the pattern.
    """
    ours, theirs = list(models), list(timm.list_models())
    taken = {*ours, *theirs}
    others = [f"torchvision:{name}" if name in taken else name for name in torchvision_names()]
    names = [*ours, *theirs, *others]
    if not pattern:
        return names
    found = fnmatch.filter(names, pattern if "*" in pattern else f"*{pattern}*")
    if not found:
        raise UnknownNameError("model", pattern, names)
    return found


def build_network(
    settings: ModelSettings,
    n_classes: int,
    *,
    image_px: tuple[int, int] = (96, 96),
    seed: int | None = None,
    classes: Sequence[str] = (),
) -> Network:
    """The network with its weights, in evaluation mode on the processor.

    `network.facts["weights"]` says where the weights came from; `none` is from scratch, and then
    `network.facts["weights_note"]` says why where the hub was asked.

    Args:
        settings: Which network, weights and head.
        n_classes: C.
        image_px: Height and width of the images.
        seed: What the first weights depend on; the global generator is left as it was.
        classes: Their names; those that a run's weights know keep their answers.

    Raises:
        UnknownNameError: for a network or head that nobody has.
        SettingError: for arguments or an image size that it cannot take.
        WeightsError: when weights that were asked for cannot be had or do not fit.
    """
    if n_classes < 1:
        raise SettingError(f"n_classes is {n_classes}: a network needs at least one class")
    with torch.random.fork_rng(devices=[], enabled=seed is not None):
        if seed is not None:
            torch.manual_seed(seed)
        backbone = _find(settings.model, n_classes, image_px)
        network = _assembled(backbone, settings, n_classes, image_px)
    network.facts |= {"classes": list(classes)} if classes else {}
    _load(network, backbone.record, settings)
    quicken_depthwise(network)
    return network.eval()


def _find(choice: Choice, n_classes: int, image_px: tuple[int, int]) -> Backbone:
    own = split_name(choice.name)
    if own:
        function, sha256 = load_function(*own)
        record = Record(own[0].name, facts={"sha256": sha256})
        return _whole(function, choice, n_classes, image_px, record)
    if choice.name in models:
        function = models.checked(choice, "n_classes", "image_px")
        return _whole(function, choice, n_classes, image_px, Record(_origin(function)))
    if is_timm(choice.name):
        return timm_backbone(choice, image_px)
    if torchvision_name(choice.name):
        return torchvision_backbone(choice, n_classes, image_px)
    raise UnknownNameError("model", choice.name, model_names())


def _origin(function: Callable[..., Any]) -> str:
    """`buffycoat`, or the plugin file that a function came from."""
    if function.__module__.startswith("buffycoat."):
        return "buffycoat"
    return Path(inspect.getfile(function)).name


def _whole(
    function: Callable[..., Any],
    choice: Choice,
    n_classes: int,
    image_px: tuple[int, int],
    record: Record,
) -> Backbone:
    """What a function of ours or the user's gives, cut before a last linear layer.

    A module may say what images it expects: `input_mean` and `input_std`, three numbers each.
    """
    takes_size = "image_px" in inspect.signature(function).parameters
    given = {**choice.arguments, **({"image_px": image_px} if takes_size else {})}
    try:
        module = function(n_classes=n_classes, **given)
    except (Exception, SystemExit) as error:
        raise SettingError(f"model {choice} fails: {error!r}") from error
    if not isinstance(module, nn.Module):
        said = f"gave {type(module).__name__}, not a torch module"
        raise SettingError(f"model {choice.name} {said}")
    mean, std = (getattr(module, f"input_{n}", getattr(record, n)) for n in ("mean", "std"))
    record = Record(record.source, tuple(mean), tuple(std), facts=record.facts)
    head, place = cut_head(module, n_classes, image_px)
    return Backbone(module, record, head, (place,) if place else ())


def _assembled(
    backbone: Backbone, settings: ModelSettings, n_classes: int, image_px: tuple[int, int]
) -> Network:
    n_features = count_features(backbone, image_px, settings.model.name)
    head = backbone.head if settings.head == Choice("linear") else None
    if head is None:
        head = build_head(settings.head, n_features, n_classes)
    record = backbone.record
    return Network(
        backbone.module,
        head,
        n_features=n_features,
        n_classes=n_classes,
        mean=record.mean,
        std=record.std,
        facts={
            "name": settings.model.name,
            "source": record.source,
            "hub_weights": record.hub_weights,
            "hub_licence": record.hub_licence,
            "hub_image_px": list(record.image_px) if record.image_px else None,
            "head_names": list(backbone.head_names),
            **{k: v for k, v in record.facts.items() if v is not None},
        },
    )


def _load(network: Network, record: Record, settings: ModelSettings) -> None:
    """Load the weights that the settings ask for, and write down what was loaded."""
    network.facts |= {"weights": "none", "licence": "none needed"}
    if settings.weights not in ("auto", "hub", "none"):
        network.facts |= load_weights(network, settings.weights)
    elif settings.weights != "none" and (record.hub_weights or settings.weights == "hub"):
        try:
            found = load_weights(network, fetch_weights(record))
        except WeightsError as error:
            # A name such as resnet18.a1_in1k asks for those weights and no others.
            if settings.weights == "hub" or (
                is_timm(settings.model.name) and "." in settings.model.name
            ):
                raise
            network.facts["weights_note"] = str(error)
        else:
            origin = {"weights": f"hub: {record.hub_weights}", "licence": record.hub_licence}
            network.facts |= {**found, **origin}
    network.facts["input"] = {
        name: [round(v, 6) for v in getattr(network, name).flatten().tolist()]
        for name in ("mean", "std")
    }
