"""The training step that speeds are held against: one batch that lies ready on the device."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F

from buffycoat.models.network import Network
from buffycoat.prediction.device import autocast, best_device, resolve_precision
from buffycoat.training.optimizers import build_optimizer, parameter_groups
from buffycoat.training.settings import LearningSettings


def resident_step(
    network: Network, pixels: torch.Tensor, labels: torch.Tensor
) -> Callable[[], None]:
    """Forward, backward and optimiser of a copy of the network, on images (N, 3, H, W), uint8."""
    device = best_device()
    trial = copy.deepcopy(network).to(device, memory_format=torch.channels_last).train()
    images = pixels.to(device).float().div_(255).contiguous(memory_format=torch.channels_last)
    wanted = labels.to(device)
    learning = LearningSettings()
    groups = parameter_groups(trial, learning.learning_rate, 1.0)
    optimizer = build_optimizer(learning.optimizer, groups, learning.learning_rate)
    precision = resolve_precision("auto", device)

    def step() -> None:
        with autocast(precision, device):
            logits = trial(images)
        F.cross_entropy(logits.float(), wanted).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step
