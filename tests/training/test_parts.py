"""Losses, schedules, the timetable and the clock, each against a value worked by hand."""

import time

import numpy as np
import pytest
import torch

from buffycoat.errors import SettingError
from buffycoat.registry import Choice
from buffycoat.training.losses import build_loss, losses
from buffycoat.training.schedules import build_schedule, schedules
from buffycoat.training.timetable import Clock, Timetable

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.5, 0.5], [-3.0, 1.0, 4.0]])
LABELS = torch.tensor([0, 1, 1])


def by_hand(weight=None, gamma=0.0):
    p = np.exp(LOGITS.numpy()) / np.exp(LOGITS.numpy()).sum(1, keepdims=True)
    picked = p[np.arange(3), LABELS.numpy()]
    w = np.ones(3) if weight is None else weight.numpy()[LABELS.numpy()]
    return float((w * (1 - picked) ** gamma * -np.log(picked)).sum() / w.sum())


@pytest.mark.parametrize("weight", [None, torch.tensor([1.0, 3.0, 0.5])])
def test_losses_agree_with_their_formulas(weight):
    assert build_loss(Choice("cross_entropy"), weight)(LOGITS, LABELS) == pytest.approx(
        by_hand(weight), rel=1e-5
    )
    focal = build_loss(Choice("focal", {"gamma": 1.5}), weight)
    assert focal(LOGITS, LABELS) == pytest.approx(by_hand(weight, 1.5), rel=1e-5)


def test_focal_takes_a_factor_for_each_class():
    # As a class weight that is no part of the mean's denominator: three rows, two of them of 1.
    factors = torch.tensor([0.5, 2.0, 1.0])
    focal = build_loss(Choice("focal", {"gamma": 1.5, "alpha": factors.tolist()}), None)
    wanted = by_hand(factors, 1.5) * float(factors[LABELS].sum()) / 3
    assert focal(LOGITS, LABELS) == pytest.approx(wanted, rel=1e-5)
    with pytest.raises(SettingError, match="give one number, or 3, one for each class"):
        build_loss(Choice("focal", {"alpha": [1.0, 2.0]}), None)(LOGITS, LABELS)


def test_focal_without_gamma_is_cross_entropy():
    focal = build_loss(Choice("focal", {"gamma": 0.0}), None)
    assert focal(LOGITS, LABELS) == pytest.approx(by_hand(), rel=1e-6)


@pytest.mark.parametrize("name", losses)
def test_every_loss_is_smaller_for_the_right_answer(name):
    loss = build_loss(Choice(name), None)
    right = torch.nn.functional.one_hot(LABELS, 3) * 8.0
    assert loss(right, LABELS) < loss(-right, LABELS)


@pytest.mark.parametrize("name", schedules)
def test_every_schedule_stays_between_nothing_and_all(name):
    schedule = build_schedule(Choice(name))
    shares = [schedule(done) for done in np.linspace(0, 1, 101)]
    assert max(shares) == pytest.approx(1, abs=1e-3)
    assert min(shares) >= 0


def test_one_cycle_rises_and_falls_to_zero():
    schedule = build_schedule(Choice("one_cycle", {"warm_up": 0.5, "start": 0.1}))
    assert [schedule(x) for x in (0, 0.25, 0.5, 0.75, 1)] == pytest.approx([0.1, 0.55, 1, 0.5, 0])


@pytest.mark.parametrize(
    ("name", "final", "wanted"),
    [
        ("constant", {}, [1, 1, 1, 1]),
        ("cosine", {"final": 0.1}, [1, 0.1 + 0.45 * (1 + 0.5**0.5), 0.55, 0.1]),
        ("exponential", {"final": 0.0001}, [1, 0.1, 0.01, 0.0001]),
    ],
)
def test_schedules_agree_with_their_formulas(name, final, wanted):
    schedule = build_schedule(Choice(name, final))
    assert [schedule(done) for done in (0, 0.25, 0.5, 1)] == pytest.approx(wanted)


def test_unknown_arguments_are_refused():
    with pytest.raises(SettingError, match="not 'peak'"):
        build_schedule(Choice("one_cycle", {"peak": 1}))


def test_an_even_timetable_counts_steps():
    table = Timetable.even(4, 10)
    assert [table.done(0, 0), table.done(1, 5), table.done(3, 10)] == [0, 0.375, 1]


def test_a_timetable_that_is_spread_anew_still_ends_at_the_end():
    table = Timetable.even(10, 10)
    table.respread(4, 2)
    assert table.borders == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.7, 1.0])
    assert table.n_epochs == 6
    table.respread(5, 3)
    assert table.borders[5:] == pytest.approx([0.7, 0.8, 0.9, 1.0])
    table.respread(5, 0)
    assert table.n_epochs == 5


def test_a_short_last_epoch_brings_the_training_to_its_end():
    table = Timetable.even(4, 10)
    table.close(2, 5)
    assert table.borders == pytest.approx([0, 0.25, 0.5, 1])
    assert [table.done(1, 5), table.done(2, 0), table.done(2, 5)] == [0.375, 0.5, 1]
    assert table.ends_at(2, 5)


def test_a_timetable_can_end_within_an_epoch():
    table = Timetable.even(4, 10)
    assert not table.ends_at(2, 7)
    before = [table.done(1, step) for step in range(8)]
    table.end(1, 7)
    assert table.n_epochs == 2
    assert [table.done(1, step) for step in range(8)] == pytest.approx(before)
    assert table.ends_at(1, 7)
    assert not table.ends_at(0, 7)


def test_the_clock_counts_epochs_that_fit():
    clock = Clock(time.monotonic() + 10, [1.0, 3.0, 2.0])
    assert clock.n_fitting() == 3  # 10 s at the last two epochs' 2.5 s, with a margin
    assert clock.steps_fitting(10) == 10
    clock.deadline = time.monotonic() + 1.5
    assert (clock.n_fitting(), clock.steps_fitting(100)) == (0, 50)
    clock.deadline = time.monotonic() - 1
    assert (clock.n_fitting(), clock.steps_fitting(100)) == (0, 0)
