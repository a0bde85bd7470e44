"""A plugin: one file with a network, an augmentation, a check and a data set of your own.

buffycoat train split.parquet --plugin examples/plugin.py \
    --model two_blocks --augmentation fade --weights none --out runs/mine
buffycoat audit samples.parquet --plugin examples/plugin.py --check off_centre
buffycoat fetch my_lab --plugin examples/plugin.py --from FOLDER
"""

import numpy as np
import torch
from torch import nn

from buffycoat.plugins import augmentation, check, model, source
from buffycoat.sources.folder import read_folder
from buffycoat.sources.record import RemoteFile, SourceRecord


@model
def two_blocks(*, n_classes: int, width: int = 16) -> nn.Module:
    """Two convolutions, and one linear layer on what they find on average."""
    return nn.Sequential(
        nn.Conv2d(3, width, 3, stride=2, padding=1),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
        nn.BatchNorm2d(2 * width),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(2 * width, n_classes),
    )


@augmentation
def fade(images: torch.Tensor, generator: torch.Generator, *, most: float = 0.3) -> torch.Tensor:
    """Each image paler by its own draw, as old stain is."""
    by = torch.rand(len(images), 1, 1, 1, generator=generator) * most
    return images + (1 - images) * by.to(images)


@check(high=0.25)
def off_centre(image: np.ndarray) -> float:
    """Distance of the stained mass from the middle, as a share of the longer side."""
    mass = 255.0 - image.mean(axis=2)
    mass = np.clip(mass - np.median(mass), 0, None)
    height, width = mass.shape
    y = mass.sum(axis=1) @ np.arange(height) / max(mass.sum(), 1) - (height - 1) / 2
    x = mass.sum(axis=0) @ np.arange(width) / max(mass.sum(), 1) - (width - 1) / 2
    return float(np.hypot(x, y) / max(height, width)) if mass.any() else 0.0


MY_LAB = SourceRecord(
    name="my_lab",
    title="Films of our own laboratory",
    files=(RemoteFile("my_lab.zip"),),
    licence="not published",
    citation="none yet",
    homepage="https://example.org",
    classes={"LYM": "lymphocyte", "NEU": "neutrophil", "PLT": "platelet"},
    how_to_get="copy my_lab.zip from the laboratory's drive",
    um_per_px=0.1,
)


@source(MY_LAB)
def my_lab(root):
    """A folder for each class."""
    return read_folder(root)
