"""Probabilities and features of images: the one path that evaluation and prediction share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import numpy as np
import torch

from buffycoat.batches.loader import as_images
from buffycoat.models.folding import folded
from buffycoat.models.network import Network
from buffycoat.prediction.device import autocast
from buffycoat.prediction.memory import keep_memory
from buffycoat.prediction.views import ViewName, mean_answer

__all__ = ["embed_rows", "predict_chunks", "predict_rows"]

Progress = Callable[[int, int], None]
"""Called with the number of images done and of all."""


def predict_rows(
    network: Network,
    pixels: np.ndarray,
    rows: np.ndarray,
    *,
    precision: Literal["bf16", "fp32"] = "fp32",
    views: ViewName = "one",
    batch_size: int = 256,
    on_progress: Progress | None = None,
) -> np.ndarray:
    """Probabilities (N, C), float32, of some images of a store.

    Args:
        network: On its device already; it is put into evaluation mode and left in the mode it had.
        pixels: All images, uint8 (M, H, W, 3).
        rows: Which of them, int64 (N,).
        precision: What the network computes in; the softmax is always float32.
        views: The views whose probabilities are averaged.
        batch_size: Images at a time.
        on_progress: Told after every batch.
    """
    chunks = _slices(pixels, rows, batch_size)
    found = _collect(
        predict_chunks(network, chunks, precision=precision, views=views), len(rows), on_progress
    )
    return found if len(rows) else np.zeros((0, network.n_classes), np.float32)


def predict_chunks(
    network: Network,
    chunks: Iterable[np.ndarray],
    *,
    precision: Literal["bf16", "fp32"] = "fp32",
    views: ViewName = "one",
) -> Iterator[np.ndarray]:
    """Probabilities (n, C) for each chunk of images uint8 (n, H, W, 3), the mean over its views."""

    def answer(quick: Network, images: torch.Tensor) -> torch.Tensor:
        return mean_answer(lambda seen: quick(seen).float().softmax(1), images, views)

    for p in _run(network, answer, chunks, precision):
        yield p.cpu().numpy()


def embed_rows(
    network: Network,
    pixels: np.ndarray,
    rows: np.ndarray,
    *,
    precision: Literal["bf16", "fp32"] = "fp32",
    batch_size: int = 256,
    on_progress: Progress | None = None,
) -> np.ndarray:
    """Features (N, D), float32, that the backbone gives for some images of a store."""
    chunks = _slices(pixels, rows, batch_size)
    features = (f.cpu().numpy() for f in _run(network, Network.features, chunks, precision))
    found = _collect(features, len(rows), on_progress)
    return found if len(rows) else np.zeros((0, network.n_features), np.float32)


def _slices(pixels: np.ndarray, rows: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), batch_size):
        yield pixels[rows[start : start + batch_size]]


def _run(
    network: Network,
    part: Callable[[Network, torch.Tensor], torch.Tensor],
    chunks: Iterable[np.ndarray],
    precision: Literal["bf16", "fp32"],
) -> Iterator[torch.Tensor]:
    keep_memory()
    device = network.mean.device
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    quick: Network | None = None
    try:
        for chunk in chunks:
            quick = quick or folded(network, chunk.shape[1:3])
            with torch.inference_mode(), autocast(precision, device):
                images = as_images(chunk).to(device, non_blocking=True)
                found = part(quick, images).float()
            yield found  # outside, so that the caller is not left in inference mode
    finally:
        for module, mode in modes:
            module.training = mode


def _collect(parts: Iterable[np.ndarray], n: int, on_progress: Progress | None) -> np.ndarray:
    found, done = np.empty((0, 0), np.float32), 0
    for part in parts:
        if not done:
            found = np.empty((n, part.shape[1]), np.float32)
        found[done : done + len(part)] = part
        done += len(part)
        if on_progress:
            on_progress(done, n)
    return found
