"""Sentences that belong beside the figures: what they rest on and what they lack."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from buffycoat.evaluation.figures import Figure
from buffycoat.evaluation.intervals import BINOMIAL
from buffycoat.evaluation.selection import Answers, Selection

__all__ = ["FEW_GROUPS", "data_notes", "figure_notes"]

FEW_GROUPS = 10
"""Fewer say little of how groups vary."""


def data_notes(selection: Selection, answers: Answers, groups_known: bool) -> Iterator[str]:
    """What is to be known of the rows."""
    if not groups_known:
        said = "images treated as independent: nothing is known of where they come from, and the"
        yield f"{said} intervals are too narrow if some share a patient or a slide"
    if selection.n_failed:
        n, whole = selection.n_failed, selection.n_failed + answers.n_images
        yield f"{n} of {whole} labelled images have no answer and are left out of every figure"
    yield from _class_notes(answers)


def _class_notes(answers: Answers) -> Iterator[str]:
    sizes = answers.class_sizes
    called = np.bincount(answers.predicted, minlength=len(answers.classes))
    n_groups = answers.groups_by(answers.labels)
    if absent := _named(answers, sizes == 0):
        yield f"no images of {absent}: averages over classes leave it out"
    if (sizes > 0).sum() == 1:
        yield "all labels are of one class: kappa, Matthews and AUC are not defined"
    if silent := _named(answers, (sizes > 0) & (called == 0)):
        yield f"never predicted: {silent}; its precision is not defined and counts 0 in the average"
    few = (n_groups > 0) & (n_groups < FEW_GROUPS)
    if few.any():
        listed = ", ".join(f"{answers.classes[c]} ({n_groups[c]})" for c in np.flatnonzero(few))
        said = f"fewer than {FEW_GROUPS} groups"
        yield f"{said}: {listed}; intervals of these classes are not to be trusted"


def _named(answers: Answers, chosen: np.ndarray) -> str:
    return ", ".join(answers.classes[c] for c in np.flatnonzero(chosen))


def figure_notes(answers: Answers, figures: dict[str, Figure]) -> Iterator[str]:
    """What is to be known of the probabilities and of the intervals."""
    if answers.p is None:
        said = "AUC, log loss, Brier score, calibration and curves are absent"
        yield f"the table holds no probabilities of all classes: {said}"
    else:
        yield from _probability_notes(answers, answers.p)
    # The accuracy of independent images is binomial by choice, not for want of variation.
    by_choice = {"accuracy"} if answers.is_ungrouped else set()
    steady = [n for n, f in figures.items() if f.method == BINOMIAL and n not in by_choice]
    if steady:
        said = "do not vary between resamples; their intervals are binomial, by number of groups"
        yield f"{', '.join(name.replace('_', ' ') for name in steady)} {said}"


def _probability_notes(answers: Answers, p: np.ndarray) -> Iterator[str]:
    rows = np.arange(answers.n_images)
    n_other = int((p[rows, answers.predicted] < p.max(1)).sum())
    if n_other:
        yield f"{n_other} answers are not the class with the highest probability"
    n_zero = int((p[rows, answers.labels] <= 0).sum())
    if n_zero:
        yield f"{n_zero} answers give their label a probability of 0; log loss takes 2e-16 for it"
