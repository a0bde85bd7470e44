"""From the tables of several methods to their comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from buffycoat.errors import InputError
from buffycoat.evaluation.comparison import Comparison, Costs, MethodFigures, Pair, Spread
from buffycoat.evaluation.disagreements import list_disagreements, list_shared_mistakes
from buffycoat.evaluation.estimates import groups_of_average
from buffycoat.evaluation.figures import Figure
from buffycoat.evaluation.intervals import (
    OVER_GROUPS,
    OVER_IMAGES,
    binomial_figure,
    resampled_figure,
)
from buffycoat.evaluation.notes import FEW_GROUPS
from buffycoat.evaluation.paired import COMPARED, Method, differences, make_method
from buffycoat.evaluation.paired_tests import holm, mcnemar_test, welch_reach
from buffycoat.evaluation.pairing import Contender, PairedAnswers, pair_answers
from buffycoat.evaluation.verdicts import in_words, points

__all__ = ["compare_tables", "method_figure"]


def compare_tables(
    contenders: Sequence[Contender],
    *,
    split: str = "test",
    costs: Mapping[str, Costs] | None = None,
    n_resamples: int = 2000,
    seed: int = 0,
) -> Comparison:
    """The figures of two or more methods on the same samples, and the difference of each pair.

    Args:
        contenders: The methods, under names that differ.
        split: The rows to compare; a table without any split is taken as a whole.
        costs: What each method costs, by its name, where it is known.
        n_resamples: Resamples of each interval; all methods get the same.
        seed: Of the resampling.

    Raises:
        InputError: when there are fewer than two, or two of one name.
        TableError: when they cannot be brought together; says why.
    """
    names = [c.name for c in contenders]
    if len(names) < 2:
        raise InputError("a comparison needs two or more runs or prediction tables")
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"{len(twice)} are called {twice[0]!r}: name each with NAME=PATH")
    paired = pair_answers(contenders, split=split)
    methods = [make_method(a, n_resamples=n_resamples, seed=seed) for a in paired.replicates]
    rows, pairs = paired.rows, _pairs(paired, methods)
    known = costs or {}
    return Comparison(
        split=paired.split,
        n_images=rows.n_images,
        n_groups=rows.n_groups,
        groups_known=paired.groups_known,
        classes=rows.classes,
        class_sizes=tuple(rows.class_sizes.tolist()),
        methods=tuple(
            _method_figures(paired, i, method, known.get(names[i], Costs()))
            for i, method in enumerate(methods)
        ),
        pairs=pairs,
        left_out=paired.left_out,
        disagreements=tuple(list_disagreements(paired.replicates)),
        shared_mistakes=tuple(list_shared_mistakes(paired.replicates)),
        notes=(*paired.notes, *_notes(paired, pairs, known), *_spread_notes(methods, pairs, names)),
    )


def _method_figures(paired: PairedAnswers, i: int, method: Method, costs: Costs) -> MethodFigures:
    many = len(method.answers) > 1
    spread = {name: _spread(method.replicates[name]) for name in COMPARED} if many else {}
    figures = {name: method_figure(method, name) for name in COMPARED}
    recalls = _recalls(method)
    ids, hashes = paired.run_ids[i], paired.data_hashes[i]
    return MethodFigures(paired.names[i], ids, hashes, figures, recalls, spread, costs)


def _spread(values: Sequence[float]) -> Spread:
    return Spread(float(np.mean(values)), float(np.std(values, ddof=1)), tuple(values))


def method_figure(method: Method, name: str) -> Figure:
    """As an evaluation gives it: exact for the accuracy of one run on independent images."""
    rows = method.answers[0]
    how = OVER_IMAGES if rows.is_ungrouped else OVER_GROUPS
    if name == "accuracy" and rows.is_ungrouped and len(method.answers) == 1:
        return binomial_figure(int(rows.is_right.sum()), rows.n_images)
    n = rows.n_groups if name == "accuracy" else groups_of_average(rows)
    return resampled_figure(method.value(name), method.resamples[name], n, how)


def _recalls(method: Method) -> dict[str, Figure]:
    rows, found = method.answers[0], {}
    n_groups = rows.groups_by(rows.labels)
    how = OVER_IMAGES if rows.is_ungrouped else OVER_GROUPS
    for c in np.flatnonzero(rows.class_sizes).tolist():
        value, drawn = float(method.recalls[c]), method.resamples["recall"][:, c]
        figure = resampled_figure(value, drawn, int(n_groups[c]), how)
        if rows.is_ungrouped and len(method.answers) == 1:
            figure = binomial_figure(round(value * rows.class_sizes[c]), int(rows.class_sizes[c]))
        found[rows.classes[c]] = figure
    return found


def _pairs(paired: PairedAnswers, methods: Sequence[Method]) -> tuple[Pair, ...]:
    """Every pair, each p corrected for the number of pairs."""
    pairs = [_pair(paired, methods, i, j) for i, j in combinations(range(len(methods)), 2)]
    for name in COMPARED:
        for k, p in enumerate(holm([pair.differences[name].p for pair in pairs])):
            known = pairs[k].differences
            corrected = {**known, name: replace(known[name], p_corrected=p)}
            pairs[k] = replace(pairs[k], differences=corrected)
    tested = [(k, pair.mcnemar) for k, pair in enumerate(pairs) if pair.mcnemar]
    for (k, test), p in zip(tested, holm([test.p for _, test in tested]), strict=True):
        pairs[k] = replace(pairs[k], mcnemar=replace(test, p_corrected=p))
    return tuple(replace(pair, verdict=in_words(pair, len(pairs))) for pair in pairs)


def _pair(paired: PairedAnswers, methods: Sequence[Method], i: int, j: int) -> Pair:
    first, second = methods[i], methods[j]
    found = differences(first, second)
    single = len(first.answers) == len(second.answers) == 1
    return Pair(
        paired.names[i],
        paired.names[j],
        {name: found[name] for name in COMPARED},
        {n.removeprefix("recall of "): d for n, d in found.items() if n not in COMPARED},
        mcnemar_test(first.answers[0].is_right, second.answers[0].is_right) if single else None,
        "",
    )


def _notes(
    paired: PairedAnswers, pairs: Sequence[Pair], costs: Mapping[str, Costs]
) -> Iterator[str]:
    if not paired.groups_known:
        said = "images treated as independent: nothing is known of where they come from, and the"
        yield f"{said} intervals are too narrow if some share a patient or a slide"
    elif any(pair.mcnemar for pair in pairs) and not paired.rows.is_ungrouped:
        said = "McNemar's test takes images as independent, although groups are known"
        yield f"{said}: the bootstrap over groups is the one to go by"
    if paired.groups_known and paired.rows.n_groups < FEW_GROUPS:
        said = "with so few, an interval over groups is not to be trusted"
        yield f"the images come from {paired.rows.n_groups} groups: {said}"
    for pair in pairs:
        if not _differs(paired, pair):
            yield f"{pair.first} and {pair.second} give the same answer to every image"
    if any(len(ids) == 1 for ids in paired.run_ids):
        over = "groups" if paired.groups_known else "images"
        said = f"a single run stands for one seed: its interval is over {over}, not over trainings"
        yield f"{said}; give replicates as PATH,PATH to see how much those vary"
    devices = {c.device for c in costs.values() if c.device}
    if len(devices) > 1:
        yield f"times were taken on different machines or settings: {'; '.join(sorted(devices))}"


def _spread_notes(
    methods: Sequence[Method], pairs: Sequence[Pair], names: Sequence[str]
) -> Iterator[str]:
    """Differences in accuracy that other replicates may turn round."""
    for pair in pairs:
        both = [methods[names.index(n)].replicates["accuracy"] for n in (pair.first, pair.second)]
        if min(map(len, both)) < 2:
            continue
        reach = welch_reach(*both)
        if abs(pair.differences["accuracy"].value) < reach:
            n = " and ".join(str(len(values)) for values in both)
            said = (
                f"is within {points(reach)} points, what {n} replicates leave open (Welch's t, 95%)"
            )
            yield f"{pair.first} and {pair.second}: the difference {said}: others may turn it round"


def _differs(paired: PairedAnswers, pair: Pair) -> bool:
    i, j = paired.names.index(pair.first), paired.names.index(pair.second)
    first = paired.replicates[i][0].predicted
    answers = (*paired.replicates[i], *paired.replicates[j])
    return any((first != a.predicted).any() for a in answers)
