"""What is refused before an adaptation begins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from buffycoat.errors import SettingError
from buffycoat.models.neighbours import Neighbours
from buffycoat.models.network import Network
from buffycoat.pipeline.adaptation.learned import steps_before
from buffycoat.runs import Run

__all__ = ["check_expected", "check_head", "check_place"]


def check_place(run: Path, out: Path) -> None:
    """Refuse a place whose overwriting would take the run away before it is read to its end."""
    if run.resolve().is_relative_to(out.resolve()):
        raise SettingError(f"--out {out} holds the run that is adapted: choose another place")


def check_head(network: Network, steps: Sequence[str]) -> None:
    """Refuse to move the features under a head that remembers some."""
    moving = [n for n in ("batch-norm", "self-training", "fine-tuning") if n in steps]
    if isinstance(network.head, Neighbours) and moving:
        said = "the run answers by likeness to cells that it remembers as its network saw them"
        way = f"adapt the run that it was made from, or leave {' and '.join(moving)} out"
        raise SettingError(f"{said}: {way} (--steps)")


def check_expected(run: Run, steps: Sequence[str]) -> None:
    """Refuse frequencies where nobody knows which ones the head expects already."""
    moved = {"frequencies", "self-training", "head", "fine-tuning"}
    before = moved & set(steps_before(run))
    if "frequencies" in steps and before:
        said = f"the run was adapted by {', '.join(sorted(before))} and expects other frequencies"
        way = "adapt the run that it was made from, or leave the step frequencies out"
        raise SettingError(f"{said} than it learned with: {way}")
