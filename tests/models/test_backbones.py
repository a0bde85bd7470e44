"""Where a network that came whole is cut."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from buffycoat.models.backbones import cut_head


class Whole(nn.Module):
    """A convolution, its maps' means, and whatever a test ends it with."""

    def __init__(self, n_classes):
        super().__init__()
        self.last = nn.Linear(8, n_classes)
        self.conv = nn.Conv2d(3, 8, 3)
        self.extra = nn.Linear(8, n_classes)  # is never called

    def pooled(self, images):
        return self.conv(images).mean((2, 3))

    def forward(self, images):
        return self.last(self.pooled(images))


class Softmax(Whole):
    def forward(self, images):
        return F.log_softmax(self.last(self.pooled(images)), 1)


class InPlace(Whole):
    def forward(self, images):
        return self.last(self.pooled(images)).relu_()


class Twice(Whole):
    def forward(self, images):
        return self.last(self.last(self.pooled(images)))


class Shared(Whole):
    def __init__(self, n_classes):
        super().__init__(n_classes)
        self.again = self.last


class Dropped(Whole):
    def __init__(self, n_classes):
        super().__init__(n_classes)
        self.drop = nn.Dropout(0.5)

    def forward(self, images):
        return self.drop(super().forward(images))


@pytest.mark.parametrize(
    ("kind", "n_classes"),
    [(Whole, 5), (Whole, 8), (Softmax, 5), (InPlace, 5), (Twice, 8), (Shared, 5), (Dropped, 5)],
)
def test_cutting_changes_no_answer(kind, n_classes):
    torch.manual_seed(0)
    whole = kind(n_classes).eval()
    images = torch.rand(4, 3, 16, 16)
    with torch.no_grad():
        expected = whole(images)
        head, place = cut_head(whole, n_classes, (16, 16))
        assert torch.equal(head(whole(images)), expected)
    assert place == ("last" if kind is Whole else "")
    assert isinstance(head, nn.Linear if kind is Whole else nn.Identity)


def test_a_softmax_of_its_own_stays_in_the_network():
    ending = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 3), nn.LogSoftmax(1))
    head, place = cut_head(ending, 3, (16, 16))
    assert isinstance(head, nn.Identity)
    assert place == ""
    assert isinstance(ending[2], nn.Linear)


def test_other_outputs_than_classes_are_features():
    assert cut_head(Whole(8), 3, (16, 16)) == (None, "")


def test_a_network_that_fails_is_left_as_it_is():
    whole = nn.Sequential(nn.Flatten(), nn.Linear(7, 3))
    assert cut_head(whole, 3, (16, 16)) == (None, "")
    assert isinstance(whole[1], nn.Linear)
