"""One function for each choice of a plan: what is chosen, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from buffycoat.batches.sampling import Balance
from buffycoat.errors import WeightsError
from buffycoat.images.fit import Fit
from buffycoat.models.build import build_network, model_names
from buffycoat.models.settings import ModelSettings
from buffycoat.pipeline.budget import Budget
from buffycoat.registry import Choice
from buffycoat.tables.samples import SampleTable
from buffycoat.training.pace import measure_step_s

__all__ = [
    "AUTO",
    "ChosenNetwork",
    "batch_size_of",
    "choose_augmentation",
    "choose_balance",
    "choose_fit",
    "choose_network",
    "choose_size",
    "sizes_worth_trying",
]

AUTO = Choice("auto")
"""The network that the plan is to choose."""

_MIN_EPOCHS = {"pretrained": 3, "scratch": 12}
_MIN_LARGE_EPOCHS = 6  # above 96 px: fewer epochs cost more than the pixels bring
_MAX_EPOCHS = {"pretrained": 30, "scratch": 80}
_CLOSING_S = 20.0


@dataclass(frozen=True)
class ChosenNetwork:
    """A network that can be built, with the weights that can really be had."""

    settings: ModelSettings
    because: str
    """Why this one."""


def choose_network(weights: str, asked: Choice) -> ChosenNetwork:
    """The network, found before any image is looked at.

    Args:
        weights: A weights file, `auto` (the hub is asked once, for five seconds), `hub` or `none`.
        asked: The network, or `AUTO`.

    Raises:
        UnknownNameError: for a network that there is not.
        WeightsError: when a weights file does not fit the network.
    """
    settings, because = _chosen(weights, asked)
    # One's own may take one size of images alone; the hub's was built to see whether it is there.
    if ".py:" not in settings.model.name and settings.weights != "auto":
        build_network(settings, 2)
    return ChosenNetwork(settings, because)


def _chosen(weights: str, asked: Choice) -> tuple[ModelSettings, str]:
    model = None if asked == AUTO else asked
    if weights == "hub":
        chosen = model or Choice("mobilenetv2_100")
        return ModelSettings(model=chosen, weights="hub"), "the hub's weights, as asked"
    if weights not in ("auto", "none"):
        if not Path(weights).is_file():
            raise WeightsError(f"weights file {weights} does not exist")
        chosen, why = (model, "asked for") if model else _model_of(Path(weights))
        return ModelSettings(model=chosen, weights=weights), why
    if weights == "none" or (model and ".py:" in model.name):
        chosen = model or Choice("small_cnn")
        return ModelSettings(model=chosen, weights="none"), "trained from scratch, as asked"
    chosen = model or Choice("mobilenetv2_100")
    found = build_network(ModelSettings(model=chosen), n_classes=2).facts["weights"]
    if found != "none":
        return ModelSettings(model=chosen), "the hub's weights could be had"
    own = model or Choice("small_cnn")
    why = "no --weights given and the hub could not be had: trained from scratch"
    return ModelSettings(model=own, weights="none"), why


def _model_of(weights: Path) -> tuple[Choice, str]:
    name = weights.name.split(".")[0]
    if name in model_names():
        return Choice(name), "the name of the weights file is the network's"
    return Choice("mobilenetv2_100"), "the default; --model names another"


def choose_balance(samples: SampleTable) -> tuple[Balance, str]:
    """Class weights where the classes of the training rows are unequal, draws where they are very.

    On a long tail of 77 to 1, drawing each class equally often is .05 of macro F1 better than
    weights (docs/how-to/rare-classes.md).
    """
    train = samples.usable.filter(pl.col("split") == "train")
    counts = np.unique(train["label"].to_numpy(), return_counts=True)[1]
    ratio = float(counts.max() / counts.min())
    if ratio <= 5:
        return "none", f"the largest class has {ratio:.1f} times the images of the smallest"
    said = f"the largest class has {ratio:.0f} times the images of the smallest"
    return ("class-weights" if ratio <= 10 else "sampling"), said


def choose_fit(samples: SampleTable, around_cell: float = 0.0) -> tuple[Fit, str]:
    """Crop wide images, pad nearly square ones, and never squash."""
    if around_cell:
        return "pad", "a square around the cell is taken first: nothing more is cut away"
    ratio = samples.usable.select(pl.col("width_px") / pl.col("height_px")).to_numpy()
    off = float(((ratio > 1.1) | (ratio < 0.9)).mean())
    if off > 0.5:
        return "crop", f"{off:.0%} of the images are far from square: their centre is cut out"
    return "pad", "nearly all images are square: nothing is cut away"


def choose_augmentation(kind: str) -> tuple[Choice, str]:
    """As strong as the epochs can bear: see docs/decisions/0005."""
    if kind == "pretrained":
        why = "few epochs from pretrained weights: images stay as sharp as they are"
        return Choice("light"), why
    return Choice("microscopy"), "many epochs from scratch: any angle, scale and stain"


def sizes_worth_trying(samples: SampleTable, kind: str, share: float = 1.0) -> list[int]:
    """Sizes worth trying, largest first, none far above what that share of the images has."""
    side = samples.usable.select(pl.min_horizontal("width_px", "height_px").median()).item() * share
    wanted = [128, 96, 64] if kind == "pretrained" else [64]
    return [px for px in wanted if px <= side * 1.5] or [32]


def choose_size(
    network: ModelSettings,
    n_train: int,
    sizes: list[int],
    kind: str,
    budget: Budget,
) -> tuple[int, int, str]:
    """The largest size at which enough epochs fit, and how many."""
    n_steps = max(1, n_train // batch_size_of(n_train))
    for px in sizes:
        trial = build_network(replace(network, weights="none"), 8, image_px=(px, px))
        step_s = measure_step_s(trial, (px, px), batch_size=batch_size_of(n_train))
        # Validation after each epoch, and the noise of shared machines, take their part.
        epochs = int((budget.left_s - _CLOSING_S) * 0.9 / (n_steps * step_s * 1.08))
        least = max(_MIN_EPOCHS[kind], _MIN_LARGE_EPOCHS if px > 96 else 0)
        if epochs >= least or px == sizes[-1]:
            break
    epochs = max(1, min(epochs, _MAX_EPOCHS[kind]))
    said = f"{n_steps} steps of {step_s:.2f} s an epoch in {budget.left_s:.0f} s left"
    return px, epochs, f"{said}, for {network.model.name} at {px} px"


def batch_size_of(n_train: int) -> int:
    """64, or less where an epoch would have fewer than ten steps."""
    return next((size for size in (64, 32, 16) if n_train // size >= 10), 8)
