"""A small evaluation written by hand, and the images that it is of."""

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.evaluation.evaluate import Evaluation
from buffycoat.evaluation.figures import (
    ClassFigures,
    ConfusedPair,
    Figure,
    Mistake,
    ReliabilityBin,
)
from buffycoat.tables.samples import SampleTable, check_samples

CLASSES = ("blast", "monocyte", "platelet")
HASH = "0123456789abcdef" * 4


def figure(value, half=0.02, method="bootstrap over images"):
    return Figure(value, max(0.0, value - half), min(1.0, value + half), method)


def of_class(n, precision, recall, half=0.02):
    f1 = 2 * precision * recall / (precision + recall)
    return ClassFigures(
        n, n, figure(precision, half), figure(recall, half), figure(f1, half), figure(0.99)
    )


@pytest.fixture
def evaluation():
    """30 images of 3 classes, 3 of them wrong; the rows of the confusion matrix are labels."""
    names = ("accuracy", "balanced_accuracy", "macro_f1", "cohen_kappa", "log_loss")
    values = (0.9, 0.89, 0.88, 0.85, 0.3)
    curve = [(0.0, 0.0), (0.02, 0.97), (1.0, 1.0)]
    return Evaluation(
        run_id="light-1",
        split="test",
        n_images=30,
        n_groups=30,
        groups_known=False,
        n_failed=0,
        data_hash=HASH,
        classes=CLASSES,
        figures={name: figure(value) for name, value in zip(names, values, strict=True)},
        per_class={
            "blast": of_class(10, 0.889, 0.8, half=0.1),
            "monocyte": of_class(10, 0.833, 0.999),
            "platelet": of_class(10, 1.0, 0.9),
        },
        confusion=[[8, 2, 0], [0, 10, 0], [1, 0, 9]],
        baselines={
            "majority class": {"accuracy": figure(0.333)},
            "linear model on colour": {"accuracy": figure(0.6), "macro_f1": figure(0.5)},
        },
        reliability=[
            ReliabilityBin(0.4, 0.6, 10, 0.5, 0.7),
            ReliabilityBin(0.8, 1.0, 20, 0.95, 1.0),
        ],
        roc=dict.fromkeys(CLASSES, curve),
        precision_recall={name: [(0.0, 1.0), (0.97, 0.98), (1.0, 0.4)] for name in CLASSES},
        confused_pairs=[
            ConfusedPair("blast", "monocyte", 2, 2, ["s1", "s2"]),
            ConfusedPair("platelet", "blast", 1, 1, ["s25"]),
        ],
        mistakes=[
            Mistake("s2", "smith/blast_2.png", "blast", "monocyte", 0.93),
            Mistake("s1", "smith/blast_1.png", "blast", "monocyte", 0.71),
            Mistake("s25", "smith/platelet_25.png", "platelet", "blast", 0.55),
        ],
        notes=["two lists were merged"],
    )


@pytest.fixture
def samples(tmp_path):
    """The sample table of the evaluation, with an image of 40 px for each row."""
    labels = [CLASSES[i // 10] for i in range(30)]
    paths = [f"smith/{label}_{i}.png" for i, label in enumerate(labels)]
    root = tmp_path / "private images"
    (root / "smith").mkdir(parents=True)
    for i, path in enumerate(paths):
        Image.fromarray(np.full((40, 40, 3), 8 * i, np.uint8)).save(root / path)
    frame = pl.DataFrame(
        {
            "sample_id": [f"s{i}" for i in range(30)],
            "path": paths,
            "label": labels,
            "group": [str(i) for i in range(30)],
            "split": ["test"] * 30,
        }
    )
    return check_samples(SampleTable(frame, root, CLASSES))


@pytest.fixture
def history():
    """One epoch of the head, then three of all layers."""
    return pl.DataFrame(
        {
            "phase": ["head", "all", "all", "all"],
            "epoch": [1, 1, 2, 3],
            "train_loss": [1.2, 0.8, 0.5, 0.4],
            "validation_loss": [1.1, 0.7, 0.6, 0.65],
            "validation_accuracy": [0.5, 0.7, 0.9, 0.85],
            "learning_rate": [1e-3, 1e-3, 5e-4, 1e-4],
        }
    )


@pytest.fixture
def facts():
    """What a run knows of itself."""
    return {
        "run_id": "light-1",
        "settings": {"resolved": {"learning": {"epochs": 3}, "weights": "/data/smith/w.pth"}},
        "images": {"image_px": [96, 96], "fit": "pad"},
        "network": {"model": "small_cnn", "n_parameters": 12345, "weights": "none"},
        "data": {"root": "/data/smith", "group_columns": [], "data_hash": HASH},
        "steps": [{"phase": "head", "n_epochs": 1}, {"phase": "all", "n_epochs": 3}],
        "best": {"phase": "all", "epoch": 2, "value": 0.9, "monitor": "validation_accuracy"},
        "plan": [{"choice": "fit", "value": "pad", "because": "nearly all images are square"}],
        "elapsed_s": 90.0,
        "environment": {"python": "3.11.7"},
    }
