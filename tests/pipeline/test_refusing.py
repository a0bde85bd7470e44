"""Settings that each can be and together cannot are refused before a run is begun."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import torch
from torch import nn

from buffycoat.errors import SettingError, SplitError
from buffycoat.images.fit import ImageSettings
from buffycoat.models.published import models
from buffycoat.models.settings import ModelSettings
from buffycoat.pipeline.refusing import check_training
from buffycoat.registry import Choice
from buffycoat.tables.samples import SampleTable
from buffycoat.training.settings import LearningSettings, TrainSettings

ROWS = {"sample_id": ["a", "b", "c", "d"], "label": ["x", "y", "x", "y"], "excluded_because": None}
TABLE = SampleTable(
    pl.DataFrame({**ROWS, "split": ["train", "train", "validation", "validation"]}).cast(
        {"excluded_because": pl.String}
    ),
    Path(),
    ("x", "y"),
)
NORMED = {"name": "dense", "widths": [4], "norm": "batch"}


class Shares(nn.Module):
    """Answers with probabilities, so that no last layer can be cut off."""

    def __init__(self, n_classes):
        super().__init__()
        self.layer = nn.Linear(3, n_classes)

    def forward(self, images):
        return torch.softmax(self.layer(images.mean((2, 3))), 1)


@pytest.fixture(autouse=True)
def whole():
    def whole(*, n_classes):
        return Shares(n_classes)

    models.register(whole)
    yield
    models.remove("whole")


def check(*, model="small_cnn", head="linear", table=TABLE, mixing="none", **learning):
    network = ModelSettings(Choice.parse(model), "none", Choice.parse(head))
    settings = TrainSettings(
        network, ImageSettings((16, 16)), learning=LearningSettings(**learning)
    )
    return check_training(table, replace(settings, mixing=Choice(mixing)))


def test_what_can_be_together_passes():
    phases = {"head_epochs": 1, "classifier_epochs": 1, "l2": 1e-4, "l2_on": "head"}
    assert check(**phases, batch_size=2, mixing="mixup") is None
    assert check(batch_size=1) is None
    assert check(model="whole", l2=1e-4) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": "whole", "head_epochs": 2}, "leave out head_epochs"),
        ({"model": "whole", "classifier_epochs": 2}, "leave out classifier_epochs"),
        ({"model": "whole", "l2": 1e-4, "l2_on": "head"}, "leave out l2_on = head"),
        ({"mixing": "cutmix", "batch_size": 1}, "makes one image of two"),
        ({"head": NORMED, "batch_size": 1}, "batches of one image"),
        ({"optimizer": Choice("adahessian")}, "needs second derivatives"),
    ],
)
def test_what_cannot_be_together_is_refused(given, said):
    with pytest.raises(SettingError, match=said):
        check(**given)


def test_a_table_of_one_class_is_refused():
    one = TABLE.frame.filter(pl.col("label") == "x")
    with pytest.raises(SplitError, match="all images are of one class, 'x'"):
        check(table=replace(TABLE, frame=one, classes=("x",)))
