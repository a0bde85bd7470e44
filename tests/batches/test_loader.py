import numpy as np
import pytest
import torch

from buffycoat.batches.loader import Batches
from buffycoat.batches.sampling import class_weights, epoch_order


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
