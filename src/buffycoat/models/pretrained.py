"""Networks of timm and torchvision by name, with the records of their weights."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import timm
import torchvision
from torch import nn

from buffycoat.errors import SettingError, WeightsError
from buffycoat.models.backbones import Backbone, Record, cut_head
from buffycoat.models.group_norms import put_group_norms
from buffycoat.models.hub import hub_file, url_file
from buffycoat.registry import Choice

__all__ = [
    "fetch_weights",
    "is_timm",
    "timm_backbone",
    "torchvision_backbone",
    "torchvision_name",
    "torchvision_names",
]

_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def is_timm(name: str) -> bool:
    """Whether timm has a network of that name; weights may be named after a dot."""
    return bool(timm.is_model(name))


def torchvision_names() -> list[str]:
    """Torchvision's classifiers."""
    return list(torchvision.models.list_models(module=torchvision.models))


def torchvision_name(name: str) -> str | None:
    """Torchvision's own name of `torchvision:alexnet` or `alexnet`, or None."""
    plain = name.removeprefix("torchvision:")
    return plain if plain in torchvision_names() else None


def timm_backbone(choice: Choice, image_px: tuple[int, int]) -> Backbone:
    """Timm's network without its classifier; one made for one size is made for this size.

    `norm_layer = "groupnorm"` is timm's own where its 32 groups divide all channels; elsewhere the
    network's batch norms become norms of groups of 8 channels.

    Raises:
        SettingError: for arguments or an image size that it cannot take.
    """
    config = timm.get_pretrained_cfg(choice.name)
    sized = {"img_size": image_px} if config and config.fixed_input_size else {}
    module = _created_by_timm(choice, sized)
    _check_patches(choice.name, module, image_px)
    given: dict[str, Any] = module.pretrained_cfg
    names = given.get("classifier") or ()
    return Backbone(
        module,
        _timm_record(given),
        head_names=(names,) if isinstance(names, str) else tuple(names),
    )


def _created_by_timm(choice: Choice, sized: dict[str, Any]) -> Any:
    try:
        return timm.create_model(choice.name, num_classes=0, **{**sized, **choice.arguments})
    except Exception as error:
        # Some networks of one size have no way to say another.
        if sized and isinstance(error, TypeError) and "img_size" in str(error):
            return _created_by_timm(choice, {})
        if grouped := _with_group_norms(choice, sized):
            return grouped
        given = f" with {choice.arguments}" if choice.arguments else ""
        raise SettingError(f"model {choice.name}{given} cannot be made: {error}") from error


def _with_group_norms(choice: Choice, sized: dict[str, Any]) -> Any:
    """The network with group norms that timm refuses to make; None where none is asked for."""
    rest = dict(choice.arguments)
    asked = str(rest.pop("norm_layer", "")).replace("_", "").lower()
    if asked != "groupnorm":
        return None
    module = _created_by_timm(Choice(choice.name, rest), sized)
    return module if put_group_norms(module) else None


def _check_patches(name: str, module: nn.Module, image_px: tuple[int, int]) -> None:
    patch = getattr(getattr(module, "patch_embed", None), "patch_size", None)
    if isinstance(patch, tuple) and hasattr(module, "pos_embed"):
        _check_multiple(f"model {name} cuts images into patches", patch, image_px)


def _check_multiple(said: str, of_px: tuple[int, int], image_px: tuple[int, int]) -> None:
    near = tuple(max(1, round(px / p)) * p for px, p in zip(image_px, of_px, strict=True))
    if near != tuple(image_px):
        asked = f"{image_px[0]} x {image_px[1]} is no multiple"
        taken = f"{said} of {of_px[0]} x {of_px[1]} px: {asked}"
        raise SettingError(f"{taken}; the nearest image_px is {near[0]} {near[1]}")


def _timm_record(config: dict[str, Any]) -> Record:
    _, height, width = config.get("input_size") or (3, 0, 0)
    return Record(
        f"timm {timm.__version__}",
        tuple(config.get("mean") or _IMAGENET_MEAN),
        tuple(config.get("std") or _IMAGENET_STD),
        (height, width) if height else None,
        str(config.get("hf_hub_id") or config.get("url") or ""),
        str(config.get("license") or "unknown"),
        {"file": config.get("hf_hub_filename")},
    )


def torchvision_backbone(choice: Choice, n_classes: int, image_px: tuple[int, int]) -> Backbone:
    """Torchvision's network, cut before its last layer.

    With the argument `flatten = true` the whole classifier is left out and the features are the
    flattened maps, as the published VGG16 on PBC has them.

    Raises:
        SettingError: for arguments or an image size that it cannot take.
    """
    name = torchvision_name(choice.name) or choice.name
    arguments = dict(choice.arguments)
    flatten = arguments.pop("flatten", False)
    fixed = _torchvision_arguments(name, image_px)
    try:
        module = torchvision.models.get_model(name, num_classes=n_classes, **fixed | arguments)
    except (TypeError, ValueError) as error:
        raise SettingError(f"model {choice}: {error}") from error
    record = _torchvision_record(name)
    if flatten:
        if not isinstance(getattr(module, "classifier", None), nn.Module):
            raise SettingError(f"model {name} has no classifier that could be left out: no flatten")
        module.classifier = nn.Identity()
        return Backbone(module, record, head_names=("classifier",))
    if isinstance(module, torchvision.models.SqueezeNet):
        # Its classifier is a convolution, which pooling follows: the features are what is pooled.
        module.classifier[1] = nn.Identity()
        return Backbone(module, record, head_names=("classifier.1",))
    head, place = cut_head(module, n_classes, image_px)
    return Backbone(module, record, head, (place,) if place else ())


def _torchvision_arguments(name: str, image_px: tuple[int, int]) -> dict[str, Any]:
    """What torchvision needs to be told for any image size, and for one output alone."""
    if name.startswith("vit_"):
        if image_px[0] != image_px[1]:
            raise SettingError(
                f"model {name} takes square images, not {image_px[0]} x {image_px[1]}"
            )
        patch = int(name.rpartition("_")[2])
        _check_multiple(f"model {name} cuts images into patches", (patch, patch), image_px)
        return {"image_size": image_px[0]}
    if name.startswith("maxvit_"):
        # Windows of 7 x 7 on maps that are 32 times smaller than the images.
        _check_multiple(f"model {name} takes images of whole windows", (224, 224), image_px)
        return {"input_size": image_px}
    builder = torchvision.models.get_model_builder(name)
    if "aux_logits" in inspect.getsource(builder):
        # The weights were ported from images in [-1, 1], which transform_input turns ours into.
        return {"aux_logits": False, "transform_input": True, "init_weights": True}
    return {}


def _torchvision_record(name: str) -> Record:
    weights = torchvision.models.get_model_weights(name).DEFAULT
    preset = weights.transforms()
    side = preset.crop_size[0]
    return Record(
        f"torchvision {torchvision.__version__.partition('+')[0]}",
        tuple(preset.mean),
        tuple(preset.std),
        (side, side),
        weights.url,
    )


def fetch_weights(record: Record) -> Path:
    """The hub's weights file of a network.

    Raises:
        WeightsError: when the hub has none, or does not answer in five seconds.
    """
    if not record.hub_weights:
        raise WeightsError("the hub has no weights for this network: give a file with --weights")
    if "://" in record.hub_weights:
        return url_file(record.hub_weights)
    return hub_file(record.hub_weights, record.facts.get("file"))
