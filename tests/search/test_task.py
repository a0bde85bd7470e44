import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from buffycoat.errors import SettingError, SplitError
from buffycoat.registry import Choice
from buffycoat.search.halves import halve
from buffycoat.search.task import TaskSettings, TrainingTask
from buffycoat.training.data import TrainingData

QUICK = TaskSettings(epochs=6, batch_size=8, learning_rate=0.02, precision="fp32")


@pytest.fixture
def data():
    """48 images, bright or dark: the first 32 for training, in 8 groups of four."""
    rng = np.random.default_rng(0)
    labels = np.arange(48) % 2
    pixels = (labels[:, None, None, None] * 100 + rng.integers(0, 80, (48, 8, 8, 3))).astype(
        np.uint8
    )
    rows = np.arange(48)
    return TrainingData(pixels, rows[:32], labels[:32], rows[32:], labels[32:])


def small():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    )


def test_a_network_learns_and_a_seed_repeats(data):
    task = TrainingTask(data, 2, settings=QUICK)
    score = task.score(small(), 1)
    assert score > 0.9
    assert TrainingTask(data, 2, settings=QUICK).score(small(), 1) == score


def test_a_part_of_an_epoch_is_so_many_of_its_batches(data, monkeypatch):
    task = TrainingTask(data, 2, settings=TaskSettings(epochs=1, batch_size=4))
    n_batches = len(task._batches(np.arange(len(data.train_rows)), 0))
    for epochs, n_steps in ((0.1, 1), (0.5, round(n_batches / 2)), (1.5, round(1.5 * n_batches))):
        rates = []
        kept = partial(lambda to, _, rate: to.append(rate), rates)
        monkeypatch.setattr("buffycoat.search.task.set_rate", kept)
        task.with_epochs(epochs).score(small(), 0)
        assert len(rates) == n_steps


def test_the_figure_is_the_one_that_was_asked_for(data):
    always = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
    nn.init.zeros_(always[1].weight)
    always[1].bias.data = torch.tensor([1.0, 0.0])
    kept = np.r_[data.validation_rows[data.validation_labels == 0], data.validation_rows[1:2]]
    unequal = TrainingData(
        data.pixels, data.train_rows, data.train_labels, kept, np.array([0] * 8 + [1])
    )
    assert TrainingTask(unequal, 2).validate(always) == pytest.approx(8 / 9)
    balanced = TaskSettings(figure="balanced_accuracy")
    assert TrainingTask(unequal, 2, settings=balanced).validate(always) == pytest.approx(0.5)


def test_a_loss_that_is_not_finite_says_when(data):
    network = small()
    nn.init.constant_(network[0].weight, float("nan"))
    with pytest.raises(FloatingPointError, match="not finite in epoch 1"):
        TrainingTask(data, 2, settings=QUICK).score(network, 0)


def test_a_training_stops_at_the_deadline(data):
    task = TrainingTask(data, 2, settings=QUICK, deadline=time.monotonic())
    with pytest.raises(
        TimeoutError, match="the time was over after 4% of its training, which takes about"
    ):
        task.score(small(), 0)


def test_the_halves_share_no_group_and_each_has_both_classes(data):
    groups = np.arange(32) // 4
    held_out = halve(data.train_labels, groups, 0.5, seed=0)
    assert not set(groups[held_out]) & set(groups[~held_out])
    assert held_out.sum() == 16
    for half in (held_out, ~held_out):
        assert set(data.train_labels[half]) == {0, 1}


def test_batches_come_from_their_own_half(data):
    plain = TaskSettings(batch_size=4, augmentation=Choice("none"))
    task = TrainingTask(replace(data, train_groups=np.arange(32) // 4), 2, settings=plain)
    images = {
        part: {image.numpy().tobytes() for batch, _ in task.batches(part, 0) for image in batch}
        for part in ("weights", "architecture")
    }
    assert len(images["weights"]) == len(images["architecture"]) == 16
    assert not images["weights"] & images["architecture"]
    assert task.n_batches("weights") == 4
    first, _ = next(task.batches("weights", 0))
    assert first.shape == (4, 3, 8, 8)
    assert -1 <= first.min() < first.max() <= 1


def test_another_seed_gives_another_order_and_the_same_the_same(data):
    task = TrainingTask(data, 2, settings=QUICK)
    first, again, other = (next(task.batches("weights", seed))[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_one_group_alone_cannot_be_halved(data):
    task = TrainingTask(replace(data, train_groups=np.zeros(32)), 2, settings=QUICK)
    with pytest.raises(SplitError, match=r"all of one group.*take random_search"):
        next(task.batches("weights", 0))


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"weight_decay": -1}, {"architecture_share": 1}])
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(SettingError, match=next(iter(wrong))):
        TaskSettings(**wrong)
