"""What each step of an adaptation gains, on labelled images that none of them saw the label of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import polars as pl

from buffycoat.evaluation.crosslab import Pair, measure_pair
from buffycoat.images.fit import ImageSettings
from buffycoat.models.network import Network
from buffycoat.pipeline.adaptation.material import Images, fitted_pixels
from buffycoat.pipeline.console import say
from buffycoat.pipeline.summary import say_frame, with_interval
from buffycoat.prediction.predict import predict_rows
from buffycoat.prediction.views import ViewName
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.predictions import PredictionTable

__all__ = ["Ladder"]


@dataclass
class Ladder:
    """Figures after each step; empty where no labelled image is held out."""

    images: Images
    views: ViewName
    precision: Literal["bf16", "fp32"]
    name: str
    rungs: list[tuple[str, Pair]] = field(default_factory=list)
    seen: tuple[ImageSettings, np.ndarray, pl.DataFrame] | None = None
    """The held-out images as they were fitted last."""

    def measure(
        self, step: str, network: Network, fit: ImageSettings, classes: tuple[str, ...]
    ) -> None:
        """Answer the held-out images as the network is now, and remember the figures."""
        if not len(self.images.held_out):
            return
        if self.seen is None or self.seen[0] != fit:
            self.seen = (fit, *fitted_pixels(self.images.samples, self.images.held_out, fit))
        _, pixels, frame = self.seen
        rows = np.arange(len(pixels))
        how: dict[str, Any] = {"precision": self.precision, "views": self.views}
        p = predict_rows(network, pixels, rows, **how)
        facts = {"group_columns": list(self.images.samples.group_columns)}
        answers: PredictionTable = answer_rows(frame, p, classes, self.name, facts=facts)
        self.rungs.append((step, measure_pair(answers, "held out")))

    def say(self) -> None:
        """Print the figures, or why there are none."""
        if not self.rungs:
            if self.images.samples.frame["label"].count():
                said = "no label is left to show what each step gains"
                say(f"note: {said}: the run learned from all, or from their groups", "yellow")
            return
        rows = [
            {
                "after": step,
                "balanced accuracy, all answers": with_interval(
                    pair.any_answer["balanced_accuracy"]
                ),
                "classes that occur alone": with_interval(pair.known_answers["balanced_accuracy"]),
                "accuracy": with_interval(pair.known_answers["accuracy"]),
            }
            for step, pair in self.rungs
        ]
        pair = self.rungs[0][1]
        of = f"{pair.n_images:,} labelled images in {pair.n_groups:,} groups"
        say_frame(pl.DataFrame(rows), f"what each step gains, on {of} that were not learned from")

    def facts(self) -> list[dict[str, Any]]:
        """The figures as plain values."""
        return [
            {
                "after": step,
                "n_images": pair.n_images,
                "n_groups": pair.n_groups,
                "classes": list(pair.classes),
                **{f"any_{n}": vars(f) for n, f in pair.any_answer.items()},
                **{f"known_{n}": vars(f) for n, f in pair.known_answers.items()},
            }
            for step, pair in self.rungs
        ]
