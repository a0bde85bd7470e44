"""The network of a finished run, as it was when it answered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from buffycoat.errors import RunError
from buffycoat.models.network import Network
from buffycoat.models.plugin import split_name
from buffycoat.models.saving import load_network
from buffycoat.pipeline.console import say
from buffycoat.pipeline.plugging import own_plugins
from buffycoat.prediction.device import best_device
from buffycoat.registry import Choice
from buffycoat.runs import Run, open_run
from buffycoat.training.recipe import from_dict
from buffycoat.training.settings import TrainSettings

__all__ = ["announce_model_file", "load_run", "train_settings"]


def load_run(path: Path) -> tuple[Run, Network]:
    """A finished run and its network, on the best device.

    Raises:
        RunError: when the run is incomplete or altered, or holds several folds.
        SettingError: when a plugin of the run fails.
    """
    run = open_run(path)
    if "steps" not in run.facts:
        raise RunError(f"{path} holds several folds: name one of them, such as {path}/fold-0")
    settings = train_settings(run)
    announce_model_file(run)
    with own_plugins(run):
        network = load_network(
            run.part("network.safetensors"),
            settings.network,
            len(run.facts["classes"]),
            image_px=settings.images.image_px,
        )
    network.to(best_device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    return run, network


def announce_model_file(run: Run) -> None:
    """Say that a file of the run is about to be run as a program, where it has its own model."""
    if run.part("model.py").is_file():
        say(f"running the model file that the run was trained with: {run.part('model.py')}")


def train_settings(run: Run) -> TrainSettings:
    """The settings that a run was trained with; its own model file is the one in its folder.

    Raises:
        RunError: when the name of its model is none that a training writes.
    """
    settings = from_dict(TrainSettings(), run.facts["settings"]["resolved"], str(run.path))
    own = split_name(settings.network.model.name)  # the run may have been moved since
    if not own:
        return settings
    if not own[1].isidentifier():
        raise RunError(f"{run.part('run.json')}: {own[1]!r} is no name of a function")
    model = Choice(f"{run.part('model.py')}:{own[1]}", settings.network.model.arguments)
    return replace(settings, network=replace(settings.network, model=model))
