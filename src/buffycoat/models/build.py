"""A network from its settings: ours, timm's, torchvision's or the user's own."""

from __future__ import annotations

import fnmatch
import inspect
from typing import Any

import timm
import torch
import torchvision
from torch import nn

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.models.heads import build_head
from buffycoat.models.network import Network
from buffycoat.models.plugin import load_function, split_name
from buffycoat.models.pretrained import (
    Record,
    create_timm,
    create_torchvision,
    hub_weights,
    is_timm,
    is_torchvision,
)
from buffycoat.models.published import models
from buffycoat.models.settings import ModelSettings
from buffycoat.models.weights import load_weights, read_weights
from buffycoat.registry import Choice

__all__ = ["build_network", "model_names"]

_OURS = Record((0.5, 0.5, 0.5), (0.25, 0.25, 0.25), "none needed", "buffycoat")


def model_names(pattern: str | None = None) -> list[str]:
    """The networks by name, ours first; a pattern may hold * for any letters.

    Raises:
        UnknownNameError: when no name fits the pattern.
    """
    theirs = {*timm.list_models(), *torchvision.models.list_models(module=torchvision.models)}
    names = [*models, *sorted(theirs - set(models))]
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
) -> Network:
    """The network with its weights, in evaluation mode on the processor.

    `network.facts["weights"]` says where the weights came from; `none` is from scratch.

    Args:
        settings: Which network, weights and head.
        n_classes: Number of classes.
        image_px: Height and width of the images.
        seed: What the first weights depend on; the global generator is left as it was.

    Raises:
        UnknownNameError: for a network that nobody has.
        SettingError: for arguments or an image size that it cannot take.
        WeightsError: when the weights do not fit.
    """
    with torch.random.fork_rng(devices=[], enabled=seed is not None):
        if seed is not None:
            torch.manual_seed(seed)
        backbone, last, record = _create(settings.model, n_classes, image_px)
        facts = _with_weights(settings, backbone, last, record)
        n_features = _n_features(backbone, image_px, settings.model.name)
        is_plain = settings.head == Choice("linear") and last is not None
        head = last if is_plain else build_head(settings.head, n_features, n_classes)
    network = Network(
        backbone,
        head if head is not None else nn.Identity(),
        n_features=n_features,
        n_classes=n_classes,
        mean=record.mean,
        std=record.std,
        facts={**facts, "library": record.library, "mean": record.mean, "std": record.std},
    )
    return network.eval()


def _create(
    choice: Choice, n_classes: int, image_px: tuple[int, int]
) -> tuple[nn.Module, nn.Module | None, Record]:
    """The backbone, the classifier that came with it, and the record of its weights."""
    own = split_name(choice.name)
    if own:
        function, sha256 = load_function(*own)
        record = Record(_OURS.mean, _OURS.std, "the user's own", f"{own[0].name} {sha256}")
        return *_cut(_called(function, choice, n_classes, image_px)), record
    if choice.name in models:
        function = models.checked(choice, "n_classes", "image_px")
        return *_cut(_called(function, choice, n_classes, image_px)), _OURS
    if is_timm(choice.name):
        backbone, record = create_timm(choice.name, image_px, choice.arguments)
        return backbone, None, record
    if is_torchvision(choice.name):
        model, record = create_torchvision(choice.name, n_classes, choice.arguments)
        return *_cut(model), record
    raise UnknownNameError("model", choice.name, model_names())


def _called(function: Any, choice: Choice, n_classes: int, image_px: tuple[int, int]) -> nn.Module:
    takes_size = "image_px" in inspect.signature(function).parameters
    sized = {"image_px": image_px} if takes_size else {}
    try:
        model = function(n_classes=n_classes, **sized, **choice.arguments)
    except (TypeError, ValueError, RuntimeError) as error:
        raise SettingError(f"model {choice.name} with {choice.arguments}: {error}") from error
    if not isinstance(model, nn.Module):
        raise SettingError(f"model {choice.name} gave {type(model).__name__}, not a torch module")
    return model


def _cut(model: nn.Module) -> tuple[nn.Module, nn.Module | None]:
    """A whole network cut before its last linear layer, so that features can be had."""
    name = next((n for n, m in reversed(list(model.named_modules())) if type(m) is nn.Linear), "")
    if not name:
        return model, None
    place, _, child = name.rpartition(".")
    last = model.get_submodule(name)
    model.get_submodule(place).register_module(child, nn.Identity())
    return model, last


def _with_weights(
    settings: ModelSettings, backbone: nn.Module, last: nn.Module | None, record: Record
) -> dict[str, Any]:
    nothing = {"weights": "none", "licence": "none needed"}
    name, weights = settings.model.name, settings.weights
    if weights == "none" or (weights == "auto" and record.library not in ("timm", "torchvision")):
        return nothing
    if weights == "auto":
        state = hub_weights(name, backbone)
        if state is None:
            return nothing | {"hub": "did not answer within 5 s"}
        load_weights(backbone, state, f"the hub's {name}")
        return {"weights": f"hub: {name}", "licence": record.licence}
    state = read_weights(weights)  # type: ignore[arg-type]
    dropped = load_weights(backbone, state, weights)
    del last  # a classifier in the file is for other classes
    return {"weights": weights, "licence": record.licence, "dropped": dropped}


def _n_features(backbone: nn.Module, image_px: tuple[int, int], name: str) -> int:
    backbone.eval()
    try:
        with torch.no_grad():
            found = backbone(torch.zeros(2, 3, *image_px))
    except (RuntimeError, AssertionError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise SettingError(f"model {name} cannot take images of {image_px} px: {said}") from error
    if found.ndim != 2:
        said = f"features of shape {tuple(found.shape)}; they must be (N, D)"
        raise SettingError(f"model {name} gives {said}")
    return int(found.shape[1])
