import numpy as np
import pytest
import torch

from buffycoat.batches.loader import Batches
from buffycoat.batches.sampling import class_weights, epoch_order, learned_shares


@pytest.fixture
def batches():
    pixels = np.arange(20, dtype=np.uint8).repeat(4 * 4 * 3).reshape(20, 4, 4, 3)
    rows = np.arange(3, 17)
    return Batches(pixels, rows, rows % 3, 4, seed=5)


def test_an_epoch_draws_each_row_once_with_its_label(batches):
    seen = []
    for images, labels in batches:
        assert images.dtype == torch.uint8
        assert images.shape == (4, 3, 4, 4)
        assert images.is_contiguous(memory_format=torch.channels_last)
        first = images[:, 0, 0, 0].long()
        assert torch.equal(first % 3, labels)
        seen += first.tolist()
    assert len(seen) == len(batches) * 4 == 12
    assert len(set(seen)) == 12
    assert set(seen) <= set(range(3, 17))


def test_the_order_depends_on_seed_and_epoch_alone(batches):
    def order():
        return [row for images, _ in batches for row in images[:, 0, 0, 0].tolist()]

    first = order()
    assert order() == first
    batches.epoch = 1
    second = order()
    assert second != first
    batches.epoch = 0
    assert order() == first


def test_short_time_means_fewer_batches(batches):
    batches.n_steps = 2
    assert len(list(batches)) == len(batches) == 2


def test_a_set_smaller_than_a_batch_gives_one():
    small = Batches(np.zeros((3, 2, 2, 3), np.uint8), np.arange(3), np.zeros(3, int), 8)
    assert [len(labels) for _, labels in small] == [3]


def test_sampling_draws_classes_equally_often():
    labels = np.repeat([0, 1, 2], [900, 90, 10])
    drawn = np.concatenate([labels[epoch_order(labels, "sampling", (s,))] for s in range(20)])
    shares = np.bincount(drawn) / len(drawn)
    assert np.abs(shares - 1 / 3).max() < 0.02


def test_class_weights_balance_the_loss():
    labels = np.repeat([0, 2], [30, 10])
    weights = class_weights(labels, 3)
    assert weights[1] == 0
    assert weights[0] * 30 == pytest.approx(weights[2] * 10)
    assert weights[labels].mean() == pytest.approx(1)


UNEQUAL = np.repeat([0, 1, 2], [800, 190, 10])


@pytest.mark.parametrize(
    ("balance", "shares"),
    [
        ("none", [0.8, 0.19, 0.01]),
        ("sampling", [1 / 3] * 3),
        ("square-root-sampling", [0.626, 0.305, 0.070]),
        ("mean-sampling", [0.334, 0.333, 0.333]),
    ],
)
def test_each_balance_draws_the_shares_that_it_says(balance, shares):
    drawn = [UNEQUAL[epoch_order(UNEQUAL, balance, (0, e))] for e in range(20)]
    assert all(len(one) == 1000 for one in drawn)
    found = np.bincount(np.concatenate(drawn), minlength=3) / 20_000
    assert found == pytest.approx(shares, abs=0.015)
    assert learned_shares(np.array([800, 190, 10]), balance) == pytest.approx(shares, abs=0.002)


def test_mean_sampling_repeats_no_row_of_a_large_class_and_all_of_a_small_one():
    times = np.bincount(epoch_order(UNEQUAL, "mean-sampling", (0,)), minlength=1000)
    assert times[:800].max() == 1
    assert set(times[800:990]) == {1, 2}
    assert set(times[990:]) == {33, 34}


def test_group_sampling_draws_each_group_equally_often_however_many_copies_it_has():
    groups = np.repeat([0, 1, 2, 3], [700, 100, 190, 10])  # the first two of one class
    drawn = [groups[epoch_order(UNEQUAL, "group-sampling", (0, e), groups)] for e in range(20)]
    assert all(len(one) == 1000 for one in drawn)
    found = np.bincount(np.concatenate(drawn), minlength=4) / 20_000
    assert found == pytest.approx([0.25] * 4, abs=0.015)
    assert learned_shares(np.array([2, 1, 1]), "group-sampling").tolist() == [0.5, 0.25, 0.25]
    assert class_weights(UNEQUAL, 3, "group-sampling") is None


def test_group_sampling_without_groups_is_each_row_once():
    assert sorted(epoch_order(UNEQUAL, "group-sampling", (0,))) == list(range(1000))


def test_effective_numbers_weigh_less_unequally():
    plain = class_weights(UNEQUAL, 3)
    found = class_weights(UNEQUAL, 3, "effective-number")
    b = 1 - 1 / 1000
    number = (1 - b ** np.array([800, 190, 10])) / (1 - b)
    assert found / found[0] == pytest.approx(number[0] / number)
    assert found[2] / found[0] < plain[2] / plain[0]
    assert (found * [800, 190, 10]).sum() / 1000 == pytest.approx(1)
    met = learned_shares(np.array([800, 190, 10]), "effective-number")
    assert met == pytest.approx(found * [800, 190, 10] / 1000)
    assert class_weights(UNEQUAL, 3, "sampling") is None
