"""The steps of an adaptation by name, without torch, so that help is quick."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["STEPS", "StepName"]

StepName = Literal[
    "scale",
    "white",
    "stain",
    "batch-norm",
    "classes",
    "frequencies",
    "self-training",
    "neighbours",
    "head",
    "fine-tuning",
]
STEPS: tuple[str, ...] = get_args(StepName)
"""In the order in which they are made."""
