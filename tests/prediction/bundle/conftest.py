"""Small networks, and submissions written by hand."""

import zipfile

import numpy as np
import pytest
import torch
from torch import nn

from buffycoat.models.network import Network

SOUND = """
import numpy as np

class Model:
    def predict(self, X):
        return (np.asarray(X, float).mean((1, 2, 3)) > 128).astype(np.int64)
"""


@pytest.fixture(scope="session")
def network():
    """Two convolutions whose answers differ from image to image, 32 px or any other size."""
    torch.manual_seed(0)
    backbone = nn.Sequential(
        nn.Conv2d(3, 8, 5, 2), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(3), nn.Flatten()
    )
    backbone[1].running_mean.uniform_(-1, 1)
    head = nn.Linear(72, 3)
    head.weight.data *= 9
    mean, std = (0.5, 0.4, 0.6), (0.25, 0.2, 0.3)
    return Network(backbone, head, mean=mean, std=std, n_features=72, n_classes=3).eval()


@pytest.fixture(scope="session")
def images():
    """Images of several colours uint8 (40, 96, 96, 3), coarse and fine at once."""
    rng = np.random.default_rng(0)
    colour = rng.integers(0, 256, (40, 1, 1, 3))
    coarse = rng.integers(0, 256, (40, 12, 12, 3)).repeat(8, 1).repeat(8, 2)
    fine = rng.integers(0, 256, (40, 96, 96, 3))
    return ((2 * colour + coarse + fine) // 4).astype(np.uint8)


@pytest.fixture
def pack(tmp_path):
    """A zip of files by name, `model.py` sound unless given."""

    def make(model=SOUND, **files):
        path = tmp_path / "submission.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in {"model.py": model, **files}.items():
                archive.writestr(name, text)
        return path

    return make
