"""The network of a finished run, as it was when it answered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from buffycoat.errors import RunError
from buffycoat.models.network import Network
from buffycoat.models.saving import load_network
from buffycoat.pipeline.console import say
from buffycoat.pipeline.plugging import own_plugins
from buffycoat.prediction.device import best_device
from buffycoat.registry import Choice
from buffycoat.runs import Run, open_run
from buffycoat.training.recipe import from_dict
from buffycoat.training.settings import TrainSettings

__all__ = ["load_run", "train_settings"]


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
    if run.part("model.py").is_file():
        say(f"running the model file that the run was trained with: {run.part('model.py')}")
    with own_plugins(run):
        network = load_network(
            run.part("network.safetensors"),
            settings.network,
            len(run.facts["classes"]),
            image_px=settings.images.image_px,
        )
    network.to(best_device(), memory_format=torch.channels_last)  # type: ignore[call-overload]
    return run, network


def train_settings(run: Run) -> TrainSettings:
    """The settings that a run was trained with; its own model file is the one in its folder."""
    settings = from_dict(TrainSettings(), run.facts["settings"]["resolved"], str(run.path))
    file, _, name = settings.network.model.name.partition(".py:")
    if not name:
        return settings
    del file  # the run may have been moved since
    model = Choice(f"{run.part('model.py')}:{name}", settings.network.model.arguments)
    return replace(settings, network=replace(settings.network, model=model))
