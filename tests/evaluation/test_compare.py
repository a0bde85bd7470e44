from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.stats import binomtest, ttest_ind
from statsmodels.stats.multitest import multipletests

from buffycoat.errors import InputError
from buffycoat.evaluation.compare import compare_tables
from buffycoat.evaluation.comparison import Costs
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.evaluation.paired_tests import welch_reach
from buffycoat.evaluation.pairing import Contender

CLASSES = ("basophil", "monocyte", "platelet")


@pytest.fixture(scope="module")
def tables(make_table):
    """Three methods on the same 200 images of 50 groups: right in .9, .8 and .6."""
    rng = np.random.default_rng(0)
    labels, groups = rng.integers(3, size=200), [f"g{i // 4}" for i in range(200)]
    names = [CLASSES[c] for c in labels]
    found = []
    for share in (0.9, 0.8, 0.6):
        said = np.where(rng.random(200) < share, labels, (labels + 1) % 3)
        p = 0.1 + 0.7 * np.eye(3)[said]
        found.append(make_table(names, [CLASSES[c] for c in said], groups=groups, p=p))
    return found


@pytest.fixture(scope="module")
def compared(tables):
    contenders = [Contender(n, (t,)) for n, t in zip("abc", tables, strict=True)]
    return compare_tables(contenders, costs={"b": Costs(n_parameters=7)})


def test_each_method_has_the_figures_of_its_own_evaluation(tables, compared):
    for table, method in zip(tables, compared.methods, strict=True):
        alone = evaluate_table(table, n_resamples=2000)
        for name, figure in method.figures.items():
            assert figure == alone.figures[name]
        for name, figure in method.recalls.items():
            assert figure == alone.per_class[name].recall
    assert compared.methods[1].costs.n_parameters == 7
    assert (compared.n_images, compared.n_groups, compared.data_hash) == (200, 50, "abc")


def test_mcnemar_is_the_binomial_test_of_the_discordant_images(tables, compared):
    right = [(t.frame["label"] == t.frame["predicted"]).to_numpy() for t in tables]
    pair = compared.pairs[0]
    first, second = (right[0] & ~right[1]).sum(), (right[1] & ~right[0]).sum()
    assert (pair.mcnemar.n_first_only, pair.mcnemar.n_second_only) == (first, second)
    assert pair.mcnemar.p == pytest.approx(binomtest(first, first + second).pvalue)


def test_p_is_corrected_over_all_pairs(compared):
    for name in ("accuracy", "balanced_accuracy", "macro_f1"):
        found = [pair.differences[name] for pair in compared.pairs]
        corrected = multipletests([d.p for d in found], method="holm")[1]
        assert [d.p_corrected for d in found] == pytest.approx(list(corrected))
    tests = [pair.mcnemar for pair in compared.pairs]
    corrected = multipletests([test.p for test in tests], method="holm")[1]
    assert [test.p_corrected for test in tests] == pytest.approx(list(corrected))


def test_the_verdict_names_the_better_one(tables, compared):
    assert compared.pairs[2].verdict.startswith("b is better than c by ")
    turned = compare_tables([Contender("c", (tables[2],)), Contender("b", (tables[1],))])
    assert turned.pairs[0].verdict == compared.pairs[2].verdict


def test_replicates_have_a_spread_and_no_mcnemar(tables):
    found = compare_tables([Contender("a", (tables[0],)), Contender("bc", tuple(tables[1:]))])
    accuracies = [evaluate_table(t).figures["accuracy"].value for t in tables]
    spread = found.methods[1].spread["accuracy"]
    assert spread.values == pytest.approx(tuple(accuracies[1:]))
    assert spread.sd == pytest.approx(np.std(accuracies[1:], ddof=1))
    assert found.methods[1].figures["accuracy"].value == pytest.approx(np.mean(accuracies[1:]))
    assert not found.methods[0].spread
    assert found.pairs[0].mcnemar is None


def test_the_same_answers_are_said(tables):
    found = compare_tables([Contender("a", (tables[0],)), Contender("b", (tables[0],))])
    assert "a and b give the same answer to every image" in found.notes
    assert found.pairs[0].mcnemar.p == 1
    assert "their accuracy is the same" in found.pairs[0].verdict
    assert not found.disagreements


def test_an_interval_of_everything_excludes_nothing(make_table):
    labels, other = ["basophil", "monocyte"] * 2, ["monocyte", "monocyte", "basophil", "basophil"]
    tables = [make_table(labels, said, groups=["g", "g", "h", "h"]) for said in (labels, other)]
    found = compare_tables([Contender(n, (t,)) for n, t in zip("ab", tables, strict=True)])
    (pair,) = found.pairs
    assert max(abs(pair.differences["accuracy"].low), pair.differences["accuracy"].high) >= 0.5
    assert pair.verdict.startswith("No difference could be shown between a and b: a has 50")
    assert "excluded" not in pair.verdict


def test_disagreements_and_shared_mistakes_are_all_there_is(tables, compared):
    right = np.array([t.frame["label"] == t.frame["predicted"] for t in tables])
    assert len(compared.disagreements) == (right.any(0) & ~right.all(0)).sum()
    assert len(compared.shared_mistakes) == (~right.any(0)).sum()
    for image in compared.disagreements:
        assert {a.is_right for a in image.answers} == {True, False}
        assert image.taken_for != image.label
        assert image.taken_for in {a.predicted for a in image.answers if not a.is_right}


def test_rows_hold_every_figure_and_difference_once(compared):
    rows = compared.as_rows()
    assert rows.select("first", "second", "figure", "class").is_unique().all()
    assert len(rows) == 3 * (3 + 3) + 1 + 3 * (3 + 3 + 1)
    assert rows.filter(pl.col("low").is_not_null() & pl.col("data_hash").is_null()).is_empty()


def test_a_difference_that_other_replicates_may_turn_round_is_said(tables):
    mixed = Contender("mixed", (tables[0], tables[2]))
    found = compare_tables([mixed, Contender("b", (tables[1], tables[1]))])
    said = "mixed and b: the difference is within"
    assert any(note.startswith(said) and "Welch" in note for note in found.notes)
    clear = compare_tables([Contender("a", (tables[0],) * 2), Contender("c", (tables[2],) * 2)])
    assert not any("the difference is within" in note for note in clear.notes)


def test_few_groups_are_said(tables):
    few = [replace(table, frame=table.frame.head(20)) for table in tables]
    found = compare_tables([Contender("a", (few[0],)), Contender("b", (few[2],))])
    assert found.notes[0].startswith("McNemar's test takes images as independent")
    assert any("from 5 groups" in note for note in found.notes)


def test_fewer_than_two_and_two_of_one_name_are_refused(tables):
    with pytest.raises(InputError, match="two or more"):
        compare_tables([Contender("a", (tables[0],))])
    with pytest.raises(InputError, match=r"2 are called 'a'.*NAME=PATH"):
        compare_tables([Contender("a", (tables[0],)), Contender("a", (tables[1],))])


def test_the_reach_of_replicates_is_that_of_welch():
    first, second = [0.8, 0.9, 0.7], [0.6, 0.61]
    found = ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    assert welch_reach(first, second) == pytest.approx((found.high - found.low) / 2)
    assert welch_reach([0.5, 0.5], [0.5, 0.5]) == 0


def test_the_interval_of_a_single_run_is_over_what_is_known(tables):
    assert any("its interval is over groups" in n for n in compared_notes(tables[:2]))
    bare = [replace(t, frame=t.frame.with_columns(group=pl.lit(None, pl.String))) for t in tables]
    assert any("its interval is over images" in n for n in compared_notes(bare[:2]))


def compared_notes(tables):
    return compare_tables([Contender(n, (t,)) for n, t in zip("ab", tables, strict=True)]).notes
