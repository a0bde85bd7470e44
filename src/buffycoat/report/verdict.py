"""What the figures mean, in plain sentences that are computed from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buffycoat.report.numbers import counted, interval, is_known, percent, value_of, width_of

if TYPE_CHECKING:
    from buffycoat.evaluation.evaluate import Evaluation
    from buffycoat.evaluation.figures import ClassFigures, Figure

__all__ = ["WIDE", "Finding", "accuracy_in_words", "find", "weakest_class"]

WIDE = 0.1
"""An interval of a recall that is wider says little."""

_SLIGHT = 0.01


@dataclass(frozen=True)
class Finding:
    """One thing that a reader should know."""

    title: str
    """What it is about, in a few words."""
    text: str
    """One or two sentences."""


def accuracy_in_words(accuracy: Figure) -> str:
    """What an accuracy means for a hundred cells, or for a thousand where that says more."""
    if not (is_known(accuracy.low) and is_known(accuracy.high)):
        return "No interval could be computed for the accuracy."
    cells = 1000 if accuracy.low >= 0.99 else 100
    low, high = round(cells * accuracy.low), round(cells * accuracy.high)
    span = f"{low}" if low == high else f"{low} to {high}"
    return f"Of {cells:,} cells like these, about {span} are named right."


def weakest_class(evaluation: Evaluation) -> str | None:
    """The class with the lowest F1; None where all are alike or none is known."""
    f1 = {name: value_of(row.f1) for name, row in evaluation.per_class.items()}
    known = {name: value for name, value in f1.items() if is_known(value)}
    if len(set(known.values())) < 2:
        return None
    return min(known, key=lambda name: known[name])


def find(evaluation: Evaluation, validation: Evaluation | None = None) -> list[Finding]:
    """What stands out in an evaluation, the most important first.

    Args:
        evaluation: The figures.
        validation: The same run on the rows by which its best epoch was chosen.
    """
    makers: tuple[Callable[[Evaluation], Finding | None], ...] = (
        _above_baselines,
        _weakest,
        _most_confused,
        _confidence,
        _uncertain,
        _failed,
    )
    found = [maker(evaluation) for maker in makers]
    found.append(_beside_validation(evaluation, validation) if validation else None)
    return [finding for finding in found if finding]


def _above_baselines(evaluation: Evaluation) -> Finding | None:
    simple = {k: f["accuracy"] for k, f in evaluation.baselines.items() if "accuracy" in f}
    ours = evaluation.figures.get("accuracy")
    if not simple or ours is None:
        return None
    name = max(simple, key=lambda key: simple[key].value)
    best = simple[name]
    said = f"the best simple answer, {_as_noun(name)}: {percent(best.value)} ({interval(best)})"
    if ours.low > best.high:
        return Finding("Better than guessing", f"Its accuracy is clearly above {said}.")
    if ours.high < best.low:
        return Finding("Worse than a simple answer", f"Its accuracy is below {said}.")
    return Finding("Not shown to be better", f"Its interval overlaps that of {said}.")


def _as_noun(baseline: str) -> str:
    name = baseline.replace("_", " ")
    return name if name.startswith(("a ", "the ")) else f"“{name}”"


def _weakest(evaluation: Evaluation) -> Finding | None:
    name = weakest_class(evaluation)
    if name is None:
        return None
    row = evaluation.per_class[name]
    found = f"{percent(value_of(row.recall))} of its cells are found ({interval(row.recall)})"
    right = f"{percent(value_of(row.precision))} of the answers “{name}” are right"
    text = f"{name}: {found}, and {right} ({interval(row.precision)})."
    return Finding("Weakest class", text)


def _most_confused(evaluation: Evaluation) -> Finding | None:
    counts = evaluation.confusion
    pairs = [(counts[i][j], i, j) for i in range(len(counts)) for j in range(len(counts)) if i != j]
    n, label, predicted = max(pairs, default=(0, 0, 0), key=lambda pair: pair[0])
    if not n:
        return Finding("Mistakes", "Not one image of this split was named wrong.")
    total = sum(counts[label])
    pair = f"{evaluation.classes[label]} called {evaluation.classes[predicted]}"
    said = f"{n:,} of {counted(total, 'image')} ({percent(n / total)})"
    return Finding("Most frequent mistake", f"{pair}: {said}.")


def _confidence(evaluation: Evaluation) -> Finding | None:
    bins = [b for b in evaluation.reliability if b.n]
    if not bins:
        return None
    n = sum(b.n for b in bins)
    said = sum(b.n * b.confidence for b in bins) / n
    right = sum(b.n * b.accuracy for b in bins) / n
    accuracy = evaluation.figures["accuracy"]
    leeway = max(_SLIGHT, (accuracy.high - accuracy.low) / 2)
    measured = f"on average it is {percent(said)} sure and {percent(right)} right"
    if abs(said - right) <= leeway:
        return Finding("Confidence", f"Its confidence can be taken as it is: {measured}.")
    how = "over-confident" if said > right else "under-confident"
    return Finding("Confidence", f"It is {how}: {measured}.")


def _uncertain(evaluation: Evaluation) -> Finding | None:
    rows = evaluation.per_class.items()
    wide = {name: row for name, row in rows if width_of(row.recall) > WIDE}
    if not wide:
        return None
    order = sorted(wide, key=lambda name: -width_of(wide[name].recall))[:3]
    named = [
        f"{name} ({_size(wide[name], evaluation)}, recall {interval(wide[name].recall)}%)"
        for name in order
    ]
    more = f", and {len(wide) - len(order)} more" if len(wide) > len(order) else ""
    text = f"The recall of these is known only roughly: {', '.join(named)}{more}."
    what = "groups" if evaluation.groups_known else "images"
    return Finding(f"Too few {what} to be sure", text)


def _size(row: ClassFigures, evaluation: Evaluation) -> str:
    groups = f" of {counted(row.n_groups, 'group')}" if evaluation.groups_known else ""
    return f"{counted(row.n_images, 'image')}{groups}"


def _failed(evaluation: Evaluation) -> Finding | None:
    if not evaluation.n_failed:
        return None
    said = counted(evaluation.n_failed, "image")
    return Finding("Not in the figures", f"{said} could not be read and got no answer.")


def _beside_validation(evaluation: Evaluation, validation: Evaluation) -> Finding | None:
    ours, theirs = evaluation.figures.get("accuracy"), validation.figures.get("accuracy")
    if ours is None or theirs is None or evaluation.split == validation.split:
        return None
    said = f"{percent(theirs.value)} ({interval(theirs)})"
    text = f"Training was steered by the {validation.split} split, which has {said}."
    if theirs.low > ours.high:
        text += f" The {evaluation.split} split is harder, or was learned less well."
    return Finding("Unseen images", f"{text} The {evaluation.split} images played no part in it.")
