"""What is refused before a run folder is begun: an earlier run is not lost to a slip."""

from __future__ import annotations

import polars as pl
import torch

from buffycoat.errors import SettingError, SplitError
from buffycoat.models.build import build_network
from buffycoat.models.freezing import apply_freezing
from buffycoat.models.network import Network
from buffycoat.pipeline.trying import try_parts
from buffycoat.tables.samples import SampleTable
from buffycoat.training.optimizers import build_optimizer, parameter_groups
from buffycoat.training.settings import TrainSettings

__all__ = ["check_split", "check_training"]


def check_training(samples: SampleTable, settings: TrainSettings) -> None:
    """Let pass a training that can begin; everything that it needs is built once.

    Raises:
        SplitError: when the table is not split.
        SettingError: for a name, an argument or a size that cannot be.
        WeightsError: when the weights cannot be had or do not fit the network.
    """
    check_split(samples)
    learning = settings.learning
    try_parts(settings, len(samples.classes))
    network = build_network(
        settings.network,
        len(samples.classes),
        image_px=settings.images.image_px,
        seed=settings.seed,
        classes=samples.classes,
    )
    apply_freezing(network, settings.freezing)
    _check_head(network, settings)
    n_train = len(samples.usable.filter(pl.col("split") == "train"))
    if min(learning.batch_size, n_train) == 1:
        _check_single(network, settings)
    groups = parameter_groups(network, learning.learning_rate, learning.block_decay)
    build_optimizer(learning.optimizer, groups, learning.learning_rate)


def _check_head(network: Network, settings: TrainSettings) -> None:
    """Let pass what is asked of a head where the network has one that can learn alone."""
    if "head" in network.blocks():
        return
    learning = settings.learning
    asked = [n for n in ("head_epochs", "classifier_epochs") if getattr(learning, n)]
    asked += ["l2_on = head"] * (learning.l2_on == "head" and learning.l2 > 0)
    if asked:
        said = f"the network {settings.network.model.name} has no head of its own that could learn"
        raise SettingError(f"{said} alone: leave out {' and '.join(asked)}")


def _check_single(network: Network, settings: TrainSettings) -> None:
    """Let pass batches of one image where neither mixing nor a batch norm needs another."""
    ways = "take a batch_size of 2 or more, and as many training images"
    if settings.mixing.name != "none":
        said = f"mixing {settings.mixing.name} makes one image of two, and each batch has one"
        raise SettingError(f"{said}: {ways}")
    network.train()
    if not settings.learning.epochs:
        network.backbone.eval()
    try:
        network(torch.zeros(1, 3, *settings.images.image_px))
    except ValueError as error:
        said = "the network's batch norms have nothing to compare in batches of one image"
        raise SettingError(f"{said} ({error}): {ways}") from error


def check_split(samples: SampleTable) -> None:
    """Let pass a table of classes with training and validation rows, each among the first.

    Raises:
        SplitError: for any other.
    """
    usable = samples.usable
    if len(samples.classes) == 1:
        said = f"all images are of one class, {samples.classes[0]!r}"
        raise SplitError(f"{said}: a network learns to tell two or more apart")
    for split in ("train", "validation"):
        there = usable.filter(pl.col("split") == split)
        if not len(there):
            said = "run `buffycoat split` on the table first"
            raise SplitError(f"the table has no {split} rows: {said}")
        missing = sorted(set(samples.classes) - set(there["label"]))
        if split == "train" and missing:
            raise SplitError(f"class {missing[0]!r} has no training rows: split again")
