"""Networks of timm and torchvision by name, and their weights from the hub."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

import huggingface_hub
import timm
import torch
import torchvision
from torch import nn

from buffycoat.errors import SettingError, WeightsError

__all__ = [
    "Record",
    "create_timm",
    "create_torchvision",
    "hub_weights",
    "is_timm",
    "is_torchvision",
]

_HUB_TIMEOUT_S = 5.0
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True)
class Record:
    """What a library says of a network's weights."""

    mean: tuple[float, ...]
    """Mean of each channel of the images that the weights expect."""
    std: tuple[float, ...]
    """Standard deviation of each channel."""
    licence: str
    """Licence of the library's own weights; `unknown` where it does not say."""
    library: str
    """timm, torchvision or buffycoat."""


def is_timm(name: str) -> bool:
    """Whether timm has a network of that name."""
    return timm.is_model(name)


def is_torchvision(name: str) -> bool:
    """Whether torchvision has a classifier of that name."""
    return name in torchvision.models.list_models(module=torchvision.models)


def create_timm(
    name: str, image_px: tuple[int, int], arguments: dict[str, Any]
) -> tuple[nn.Module, Record]:
    """Timm's network without its classifier: images to features (N, D).

    Raises:
        SettingError: for an argument that it does not take, or an image size that it cannot.
    """
    config = timm.get_pretrained_cfg(name)
    sized = {"img_size": image_px} if config and config.fixed_input_size else {}
    try:
        backbone = timm.create_model(name, num_classes=0, **sized, **arguments)
    except (TypeError, AssertionError, ValueError) as error:
        raise SettingError(f"model {name} with {arguments} at {image_px} px: {error}") from error
    given = backbone.pretrained_cfg
    record = Record(
        tuple(given.get("mean") or _IMAGENET[0]),
        tuple(given.get("std") or _IMAGENET[1]),
        str(given.get("license") or "unknown"),
        "timm",
    )
    return backbone, record


def create_torchvision(
    name: str, n_classes: int, arguments: dict[str, Any]
) -> tuple[nn.Module, Record]:
    """Torchvision's network with a classifier for so many classes.

    Raises:
        SettingError: for an argument that it does not take.
    """
    try:
        model = torchvision.models.get_model(name, num_classes=n_classes, **arguments)
    except (TypeError, ValueError) as error:
        raise SettingError(f"model {name} with {arguments}: {error}") from error
    mean, std = _IMAGENET
    weights = torchvision.models.get_model_weights(name).DEFAULT
    preset = weights.transforms()
    mean, std = tuple(getattr(preset, "mean", mean)), tuple(getattr(preset, "std", std))
    return model, Record(
        mean, std, "unknown (torchvision's weights are BSD-3-Clause code's)", "torchvision"
    )


def hub_weights(name: str, model: nn.Module) -> dict[str, torch.Tensor] | None:
    """The hub's weights of a network, or None where the hub does not answer within 5 seconds.

    Raises:
        WeightsError: when the hub answers but has no weights for this network.
    """
    if is_timm(name):
        config = getattr(model, "pretrained_cfg", {})
        if not (config.get("hf_hub_id") and (_is_cached(config) or _hub_answers())):
            return None
        return _fetched(name, config)
    if not _answers("download.pytorch.org"):
        return None
    weights = torchvision.models.get_model_weights(name).DEFAULT
    found: dict[str, torch.Tensor] = weights.get_state_dict(progress=False, check_hash=True)
    return found


def _fetched(name: str, config: dict[str, Any]) -> dict[str, torch.Tensor]:
    try:
        from timm.models import load_state_dict_from_hf

        found: dict[str, torch.Tensor] = load_state_dict_from_hf(config["hf_hub_id"])
    except Exception as error:
        raise WeightsError(f"the hub has no usable weights for {name}: {error}") from error
    return found


def _is_cached(config: dict[str, Any]) -> bool:
    found = huggingface_hub.try_to_load_from_cache(config["hf_hub_id"], "model.safetensors")
    return isinstance(found, str)


def _hub_answers() -> bool:
    if huggingface_hub.constants.HF_HUB_OFFLINE:
        return False
    return _answers(huggingface_hub.constants.ENDPOINT.split("://")[-1].split("/")[0])


def _answers(host: str) -> bool:
    try:
        with socket.create_connection((host, 443), timeout=_HUB_TIMEOUT_S):
            return True
    except OSError:
        return False
