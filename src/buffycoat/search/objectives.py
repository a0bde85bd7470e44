"""What a network costs: parameters, multiply-adds, and time on this device."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from buffycoat.errors import SettingError
from buffycoat.models.layers import multiply_adds as counted_multiply_adds
from buffycoat.registry import Registry

__all__ = ["latency_ms", "multiply_adds", "objectives", "parameters"]

objectives: Registry[Callable[..., float]] = Registry("objective")


@objectives.register
def parameters(network: nn.Module, image_px: tuple[int, int]) -> int:  # noqa: ARG001
    """The number of weights and biases.

    Args:
        network: Any.
        image_px: Not counted with.
    """
    return sum(p.numel() for p in network.parameters())


@objectives.register
def multiply_adds(network: nn.Module, image_px: tuple[int, int]) -> int:
    """Multiply-adds of matrix products and convolutions for one image.

    Args:
        network: Images (N, 3, H, W) to anything.
        image_px: H and W.
    """
    return counted_multiply_adds(network, image_px)


@objectives.register
def latency_ms(
    network: nn.Module,
    image_px: tuple[int, int],
    *,
    batch_size: int = 1,
    n_passes: int = 30,
    n_warm: int = 5,
) -> float:
    """Milliseconds that a batch takes on the network's own device, in evaluation mode.

    The median of timed passes, so that what else the machine does for a moment counts little.

    Args:
        network: Images (N, 3, H, W) to anything.
        image_px: H and W.
        batch_size: N, from 1.
        n_passes: How many passes are timed, from 1.
        n_warm: Passes before them that are not timed, from 0.

    Raises:
        SettingError: for numbers below these.
    """
    if batch_size < 1 or n_passes < 1 or n_warm < 0:
        said = f"batch_size {batch_size}, n_passes {n_passes}, n_warm {n_warm}"
        raise SettingError(f"{said}: a latency needs at least 1, 1 and 0")
    device = next(network.parameters()).device
    images = torch.zeros(batch_size, 3, *image_px, device=device)
    with _still(network):
        times = [_timed(network, images) for _ in range(n_warm + n_passes)]
    return 1000 * statistics.median(times[n_warm:])


def _timed(network: nn.Module, images: torch.Tensor) -> float:
    """Seconds of one pass, until its device is done."""
    _wait(images.device)
    start = time.perf_counter()
    network(images)
    _wait(images.device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


@contextmanager
def _still(network: nn.Module) -> Iterator[None]:
    mode = network.training
    network.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        network.train(mode)
