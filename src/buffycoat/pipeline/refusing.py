"""What is refused before a run folder is begun: an earlier run is not lost to a slip."""

from __future__ import annotations

import polars as pl

from buffycoat.errors import SplitError
from buffycoat.models.build import build_network
from buffycoat.models.freezing import apply_freezing
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
    )
    apply_freezing(network, settings.freezing)
    groups = parameter_groups(network, learning.learning_rate, learning.block_decay)
    build_optimizer(learning.optimizer, groups, learning.learning_rate)


def check_split(samples: SampleTable) -> None:
    """Let pass a table with training and validation rows, and every class among the first.

    Raises:
        SplitError: for any other.
    """
    usable = samples.usable
    for split in ("train", "validation"):
        there = usable.filter(pl.col("split") == split)
        if not len(there):
            said = "run `buffycoat split` on the table first"
            raise SplitError(f"the table has no {split} rows: {said}")
        missing = sorted(set(samples.classes) - set(there["label"]))
        if split == "train" and missing:
            raise SplitError(f"class {missing[0]!r} has no training rows: split again")
