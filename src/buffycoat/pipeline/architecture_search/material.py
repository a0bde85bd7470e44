"""What trials of a search are made from: opened once in each process that makes them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import lru_cache

from buffycoat.errors import SettingError
from buffycoat.pipeline.console import quietly
from buffycoat.pipeline.rows import rows_by_split
from buffycoat.pipeline.storing import store_images
from buffycoat.search.architecture_settings import ArchitectureSettings
from buffycoat.search.space.space import Space
from buffycoat.search.spaces.catalogue import open_space
from buffycoat.search.task import TaskSettings, TrainingTask
from buffycoat.tables.samples import SampleTable

__all__ = ["SentMaterial", "Source", "open_task"]


@dataclass(frozen=True)
class Source:
    """The table and the settings of a search, told apart by what was asked."""

    facts: str
    """All that decides what is scored, as JSON."""
    samples: SampleTable = field(compare=False)
    asked: ArchitectureSettings = field(compare=False)


@dataclass(frozen=True)
class SentMaterial:
    """The material of trials in other processes and on other machines."""

    source: Source
    epochs: float
    """Of a trial."""
    ends_at: float
    """When trainings have to be over, in the seconds of `time.time`, which machines share."""

    def opened(self) -> tuple[Space, TrainingTask]:
        """The space, and the task with its epochs and its end."""
        space, task = _opened(self.source)
        task = task.with_epochs(self.epochs)
        task.deadline = time.monotonic() + self.ends_at - time.time()
        return space, task


@lru_cache(maxsize=1)
def _opened(source: Source) -> tuple[Space, TrainingTask]:
    with quietly():
        asked, n_classes = source.asked, len(source.samples.classes)
        space, sha256 = open_space(asked.space, n_classes, asked.images.image_px)
        if sha256 and sha256 not in source.facts:
            said = f"the file of space {asked.space.name} was edited since the search began"
            raise SettingError(f"{said}: put it back and --resume")
        return space, open_task(source.samples, asked, n_classes)


def open_task(samples: SampleTable, asked: ArchitectureSettings, n_classes: int) -> TrainingTask:
    """What trains and scores networks on the rows of a split table.

    Raises:
        DiskError: when there is no room for the decoded images.
        InputError: when no image of a split is there any more.
    """
    store = store_images(samples, asked.images)
    settings = TaskSettings(
        epochs=asked.trial_epochs,
        batch_size=asked.batch_size,
        learning_rate=asked.learning_rate,
        augmentation=asked.augmentation,
    )
    data = rows_by_split(samples, store)
    return TrainingTask(data, n_classes, settings=settings, seed=asked.seed)
