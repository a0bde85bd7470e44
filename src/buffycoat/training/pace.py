"""How long a training step takes on this device, before a training is planned."""

from __future__ import annotations

import copy
import time

import numpy as np
import torch

from buffycoat.augmentations.policies import build_policy
from buffycoat.batches.loader import as_images
from buffycoat.models.network import Network
from buffycoat.prediction.device import autocast, best_device, resolve_precision
from buffycoat.registry import Choice

__all__ = ["measure_step_s"]


def measure_step_s(
    network: Network,
    image_px: tuple[int, int],
    *,
    batch_size: int = 64,
    augmentation: Choice | None = None,
    n_steps: int = 6,
) -> float:
    """Seconds of one training step, the fastest of a few; the network is not changed.

    Args:
        network: Any device.
        image_px: Height and width.
        batch_size: Images in a batch.
        augmentation: What the images go through.
        n_steps: Steps to time, after one that is not counted.
    """
    device = best_device()
    trial = copy.deepcopy(network).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    trial.train()
    augment = build_policy(augmentation or Choice("microscopy"))
    pixels = np.random.default_rng(0).integers(0, 256, (batch_size, *image_px, 3), np.uint8)
    labels = torch.arange(batch_size, device=device) % network.n_classes
    optimizer = torch.optim.AdamW(trial.parameters(), lr=1e-4)
    precision = resolve_precision("auto", device)
    seconds = []
    for _ in range(n_steps + 1):
        began = time.perf_counter()
        images = augment(as_images(pixels).to(device).float().div_(255), torch.Generator())
        with autocast(precision, device):
            logits = trial(images.contiguous(memory_format=torch.channels_last))
        loss = torch.nn.functional.cross_entropy(logits.float(), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()
        if device.type == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:])
