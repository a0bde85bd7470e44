"""Every setting of a training: the flags, the fields of a recipe and the names a search varies."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from buffycoat.batches.sampling import Balance
from buffycoat.errors import SettingError
from buffycoat.images.fit import ImageSettings
from buffycoat.models.settings import FreezingSettings, ModelSettings
from buffycoat.registry import Choice

__all__ = ["HardwareSettings", "LearningSettings", "Monitor", "TrainSettings"]

Monitor = Literal[
    "validation_loss",
    "validation_accuracy",
    "validation_balanced_accuracy",
    "distorted_loss",
    "distorted_accuracy",
    "distorted_balanced_accuracy",
    "validation",
    "distorted",
]


@dataclass(frozen=True)
class LearningSettings:
    """How the network learns."""

    epochs: int = 12
    """Epochs in which the whole network learns (but for what is frozen)."""
    head_epochs: int = 0
    """Epochs before that in which the head alone learns, the backbone as it came."""
    learning_rate: float = 2e-3
    """Highest learning rate of the whole network; it does not follow the batch size."""
    head_learning_rate: float = 3e-3
    """Highest learning rate of the head epochs."""
    classifier_epochs: int = 0
    """Epochs at the end in which the head alone learns again, every class drawn equally often
    (decoupled training): for very unequal classes."""
    block_decay: float = 1.0
    """Each block's rate as a share of the next one's towards the head: below 1, early blocks
    change less."""
    optimizer: Choice = field(default_factory=lambda: Choice("adamw", {"weight_decay": 0.01}))
    """Optimiser: adamw, sgd, lion and whatever else timm knows by name."""
    schedule: Choice = field(default_factory=lambda: Choice("one_cycle"))
    """Course of the learning rate: one_cycle, cosine, exponential, constant, plateau; each takes a
    warm_up."""
    loss: Choice = field(default_factory=lambda: Choice("cross_entropy"))
    """Loss: cross_entropy, focal, negative_log_likelihood, mean_absolute, mean_squared,
    mean_squared_logarithmic."""
    l1: float = 0.0
    """Factor on the sum of the absolute weights that learn, added to the loss."""
    l2: float = 0.0
    """Factor on the sum of their squares; adamw's own weight_decay is another thing."""
    l2_on: Literal["all", "head"] = "all"
    """Whose squares: of all weights that learn, or of those in the head alone."""
    average: float = 0.0
    """Decay of a moving average of the weights, such as .99; above 0, the average is what is
    validated and kept."""
    balance: Balance = "none"
    """For unequal classes: weights in the loss (class-weights, or effective-number, which differ
    less), or how rows are drawn: sampling (every class equally often), square-root-sampling (half
    way there), mean-sampling (each class as many times as the mean class has rows),
    group-sampling (every group equally often, however many copies it has)."""
    batch_size: int = 64
    """Images in a batch."""
    monitor: Monitor = "validation_loss"
    """What the best epoch is chosen by, on the validation rows: as they are, or on copies of them
    that are distorted once and for all (each by one to four strong operations). `distorted` is
    distorted_loss, and `validation` validation_loss."""
    patience: int = 0
    """Epochs without a better one after which training stops early; 0 never stops."""

    def __post_init__(self) -> None:
        for name in ("epochs", "head_epochs", "classifier_epochs", "patience", "l1", "l2"):
            if not 0 <= getattr(self, name) < math.inf:
                said = f"{name} is {getattr(self, name)}"
                raise SettingError(f"{said}: it cannot be negative, infinite or NaN")
        if self.epochs + self.head_epochs == 0:
            raise SettingError("epochs and head_epochs are both 0: nothing would be trained")
        if self.monitor in ("validation", "distorted"):
            object.__setattr__(self, "monitor", f"{self.monitor}_loss")
        if not 0 <= self.average < 1:
            raise SettingError(f"average is {self.average}: a decay lies between 0 and 1")
        for name in ("learning_rate", "head_learning_rate", "block_decay", "batch_size"):
            if not 0 < getattr(self, name) < math.inf:
                raise SettingError(f"{name} is {getattr(self, name)}: it must be above 0")


@dataclass(frozen=True)
class HardwareSettings:
    """What it computes with."""

    precision: Literal["auto", "bf16", "fp32"] = "auto"
    """Arithmetic: auto is bfloat16 where the device has it."""
    compile: bool = False
    """Compile the network first (torch.compile): worth it on a GPU for long trainings."""
    n_threads: int = 0
    """Threads on the processor; 0 takes what torch finds. A run repeats exactly with the same
    number."""

    def __post_init__(self) -> None:
        if self.n_threads < 0:
            raise SettingError(f"n_threads is {self.n_threads}: it cannot be negative")


@dataclass(frozen=True)
class TrainSettings:
    """Everything that decides what a training gives, beside the data."""

    network: ModelSettings = field(default_factory=ModelSettings)
    """The network and its weights."""
    images: ImageSettings = field(default_factory=ImageSettings)
    """The size and shape it sees cells in."""
    freezing: FreezingSettings = field(default_factory=FreezingSettings)
    """What does not learn."""
    learning: LearningSettings = field(default_factory=LearningSettings)
    """How it learns."""
    hardware: HardwareSettings = field(default_factory=HardwareSettings)
    """What it computes with."""
    augmentation: Choice = field(default_factory=lambda: Choice("light"))
    """What training images go through: none, flips, light, microscopy, competition, ...; `buffycoat
    augment-preview` draws them all."""
    mixing: Choice = field(default_factory=lambda: Choice("none"))
    """Images made of two, with soft labels: none, mixup, cutmix, fourier_mix."""
    curriculum: float = 0.0
    """Share of the training in which augmentation grows from nothing to its strength, and mixing to
    all of its images."""
    views: Literal["one", "flips", "turns", "scales", "all"] = "one"
    """Views of each image that the final answers are averaged over: as it is; its mirror images
    too (4 views); its quarter turns too (8); nearer and further (3); all of these (24)."""
    seed: int = 0
    """What every draw depends on."""

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise SettingError(f"seed is {self.seed}: it must be 0 or more")
        if not 0 <= self.curriculum <= 1:
            raise SettingError(f"curriculum is {self.curriculum}: it is a share of the training")
