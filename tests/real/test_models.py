"""The given ImageNet weights on real cells. Skipped where the images or the weights are not."""

import os
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import load_file
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.read import read_image
from buffycoat.models.build import build_network
from buffycoat.models.settings import ModelSettings
from buffycoat.registry import Choice

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("BUFFYCOAT_DATA", ROOT.parent / "shared" / "data"))
WEIGHTS = DATA.parent / "weights" / "mobilenetv2_100.imagenet.safetensors"

if not (DATA / "pbc").is_dir() or not WEIGHTS.is_file():
    pytest.skip(
        "no real images or weights at ../shared or $BUFFYCOAT_DATA", allow_module_level=True
    )

N_PER_CLASS = 20
SETTINGS = ModelSettings(model=Choice("mobilenetv2_100"), weights=str(WEIGHTS))


@pytest.fixture(scope="module")
def network():
    torch.set_num_threads(1)
    return build_network(SETTINGS, 8, image_px=(96, 96), seed=0)


@pytest.fixture(scope="module")
def cells():
    """160 cells as bytes (N, 3, 96, 96) and their classes, twenty of each."""
    random = np.random.default_rng(0)
    folders = sorted(folder for folder in (DATA / "pbc").iterdir() if folder.is_dir())
    paths = [
        path
        for folder in folders
        for path in random.choice(sorted(folder.glob("*.jpg")), N_PER_CLASS, replace=False)
    ]
    settings = ImageSettings((96, 96), "crop")
    images = np.stack([fit_image(read_image(path), settings) for path in paths])
    labels = np.repeat(np.arange(len(folders)), N_PER_CLASS)
    return torch.from_numpy(images).permute(0, 3, 1, 2), labels


def linear_probe(network, cells):
    """Balanced accuracy, cross-validated, of a linear classifier on the features."""
    images, labels = cells
    with torch.no_grad():
        features = network.features(images).numpy()
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    return cross_val_score(probe, features, labels, cv=5, scoring="balanced_accuracy").mean()


def test_the_given_weights_fill_the_whole_backbone(network):
    assert WEIGHTS.name in network.facts["weights"]
    scratch = build_network(ModelSettings(model=SETTINGS.model, weights="none"), 8, seed=0)
    blank = dict(scratch.backbone.named_parameters())
    same = [n for n, p in network.backbone.named_parameters() if torch.equal(p, blank[n])]
    assert not same


def test_pretrained_features_tell_the_cells_apart(network, cells):
    """Measured on two draws: .67 and .75, and .42 and .43 from scratch; chance is .125."""
    scratch = build_network(ModelSettings(model=SETTINGS.model, weights="none"), 8, seed=0)
    found = linear_probe(network, cells)
    assert found > 0.5
    assert found > linear_probe(scratch, cells) + 0.1


def test_features_are_those_of_the_same_network_put_together_by_hand(network, cells):
    """ImageNet's mean and deviation and the file's weights, without any code of ours."""
    images = cells[0][::10]
    reference = timm.create_model("mobilenetv2_100", num_classes=0).eval()
    reference.load_state_dict(load_file(WEIGHTS), strict=False)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    with torch.no_grad():
        expected = reference((images / 255 - mean) / std)
        torch.testing.assert_close(network.features(images), expected, rtol=1e-4, atol=1e-4)
