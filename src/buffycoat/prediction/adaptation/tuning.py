"""The whole network tuned on a few images, by their labels or by its own confident answers."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from buffycoat.augmentations.policies import build_policy
from buffycoat.batches.loader import as_images
from buffycoat.models.network import Network
from buffycoat.prediction.predict import predict_rows
from buffycoat.registry import Choice

__all__ = ["confident_rows", "self_train", "tune"]

_BATCH = 48
_RATE = 1e-4
_SMOOTHING = 0.1
_VARIED = Choice("light", {"brightness": 0.0, "contrast": 0.0, "colour": 0.07})
_SHARE = 0.5  # of the images called a class


def self_train(network: Network, pixels: np.ndarray, *, rounds: int = 3, seed: int = 0) -> None:
    """Tune the network on its own confident answers, looked at anew in each round; in place.

    Args:
        network: In evaluation mode, so that batch-norm statistics stay.
        pixels: uint8 (N, H, W, 3).
        rounds: Times that every confident image is seen.
        seed: Of turns, gains and order.

    Source:
        Lee, Pseudo-label: the simple and efficient semi-supervised learning method, ICML 2013
        workshop on challenges in representation learning.
    """
    for number in range(rounds):
        p = predict_rows(network, pixels, np.arange(len(pixels)), views="flips", batch_size=_BATCH)
        rows = confident_rows(p)
        tune(network, pixels[rows], p[rows].argmax(1), rounds=1, seed=seed + number)


def confident_rows(p: np.ndarray) -> np.ndarray:
    """The surer half of the images called each class, from probabilities (N, C); ascending."""
    called, sure = p.argmax(1), p.max(1)
    kept = []
    for c in range(p.shape[1]):
        rows = np.flatnonzero(called == c)
        n = int(np.ceil(_SHARE * len(rows)))
        kept.append(rows[np.argsort(-sure[rows], kind="stable")[:n]])
    return np.sort(np.concatenate(kept))


def tune(
    network: Network, pixels: np.ndarray, labels: np.ndarray, *, rounds: int = 10, seed: int = 0
) -> None:
    """Tune all weights on labelled images, classes drawn equally often; in place.

    Images are turned, mirrored and slightly coloured; batch-norm statistics stay.

    Args:
        network: Whose weights change.
        pixels: uint8 (N, H, W, 3).
        labels: Class ids (N,).
        rounds: As many images are drawn in each as there are.
        seed: Of all draws.
    """
    network.eval()
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    sizes = np.bincount(labels, minlength=network.n_classes)
    chances = 1 / sizes[labels]
    device, vary = network.mean.device, build_policy(_VARIED)
    optimizer = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=0.0)
    n_steps = rounds * max(1, round(len(labels) / _BATCH))
    size = min(_BATCH, max(8, len(labels)))
    for _ in range(n_steps):
        rows = rng.choice(len(labels), size, p=chances / chances.sum())
        images = vary(as_images(pixels[rows]).to(device).float() / 255, generator)
        wanted = torch.as_tensor(labels[rows], device=device)
        loss = nn.functional.cross_entropy(
            network(images).float(), wanted, label_smoothing=_SMOOTHING
        )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
