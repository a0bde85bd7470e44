"""Options that cannot be chosen together are found and named."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
import torch
from torch import nn

from buffycoat.errors import SpaceError
from buffycoat.search.space.checking import MOST_TRIED, checked_space
from buffycoat.search.space.choices import InputChoice, LayerChoice, ValueChoice
from buffycoat.search.space.covering import cover
from buffycoat.search.space.layers import BatchNorm2d, Conv2d


def network(*layers, width=4, n_classes=2):
    last = nn.Linear(width, n_classes)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), last)


def one_option(n_classes):
    width = ValueChoice("width", [4, 8])
    conv = LayerChoice(
        "conv", {"good": lambda: Conv2d(width, 4, 1), "bad": lambda: Conv2d(5, 4, 1)}
    )
    return network(Conv2d(3, width, 1), conv)


def two_options(n_classes):
    """b and d may not both be 1, whatever the other choices are."""
    a, b, c, d = (ValueChoice(name, [0, 1, 2, 3]) for name in "abcd")
    hidden = 5 if b == 1 and d == 1 else 4
    return network(Conv2d(3, 4 + a, 1), Conv2d(4 + a, 4 + c, 1), Conv2d(hidden + c, 4, 1))


def first_options(n_classes):
    """Only the first of a and the first of b do not fit."""
    a, b = (ValueChoice(name, list(range(9))) for name in "ab")
    return network(Conv2d(3, 4, 1), BatchNorm2d(5 if a == b == 0 else 4))


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (one_option, "does not work with 'conv' = 'bad': Given groups=1, weight of size [4, 5"),
        (two_options, "with 'b' = 1 and 'd' = 1 together: Given groups=1"),
        (
            first_options,
            "with 'a' = 0 and 'b' = 0 together: running_mean should contain 4 elements not 5",
        ),
    ],
)
def test_what_cannot_be_chosen_together_is_named(build, said):
    with pytest.raises(SpaceError, match=re.escape(said)):
        checked_space(build, n_classes=2, image_px=(8, 8))


class Skip(nn.Module):
    """The sum of a small and a large map cannot be."""

    def __init__(self, n_classes):
        super().__init__()
        self.pool = LayerChoice("pool", {"none": nn.Identity, "half": lambda: nn.MaxPool2d(2)})
        self.skip = InputChoice("skip", 2, None)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, n_classes))

    def forward(self, images):
        return self.head(self.skip([images, self.pool(images)]))


def test_shapes_that_meet_in_one_subset_only():
    with pytest.raises(SpaceError, match=r"'pool' = 'half' and 'skip' = \[0, 1\] together"):
        checked_space(Skip, n_classes=2, image_px=(8, 8))


def test_a_network_that_never_works_says_so():
    def never(n_classes):
        width = ValueChoice("width", [4, 8])
        return nn.Sequential(nn.Conv2d(4, width, 1))

    with pytest.raises(SpaceError, match="none of 2 architectures works: Given groups=1"):
        checked_space(never, n_classes=2)


def test_scores_of_another_number_of_classes_are_refused():
    def fixed_head(n_classes):
        width = ValueChoice("width", [4, 8])
        head = nn.Linear(width, 3)
        return nn.Sequential(Conv2d(3, width, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)

    with pytest.raises(SpaceError, match=r"two images give shape \(2, 3\), not \(2, 4\)"):
        checked_space(fixed_head, n_classes=4)
    checked_space(fixed_head, n_classes=3)


def test_a_network_that_looks_at_contents_is_tried_with_contents():
    class Looks(nn.Module):
        def __init__(self, n_classes):
            super().__init__()
            hidden = ValueChoice("hidden", [5, 8])
            self.body = network(Conv2d(3, hidden, 1), width=hidden, n_classes=n_classes)

        def forward(self, images):
            return self.body(images * (1 if float(images.sum()) == 0 else 2))

    assert checked_space(Looks, n_classes=2, image_px=(8, 8)).n_architectures == 2


def test_the_global_generator_is_left_as_it_was():
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    with pytest.raises(SpaceError):
        checked_space(one_option, n_classes=2, image_px=(8, 8))
    assert torch.equal(torch.random.get_rng_state(), before)


def twenty(n_classes):
    widths = [ValueChoice(f"width{number}", [16, 24, 32]) for number in range(11)]
    layers = []
    for number, (before, width) in enumerate(zip([3, *widths], widths, strict=False)):
        kernel = ValueChoice(f"kernel{number}", [3, 5, 7]) if number < 9 else 3
        layers += [
            Conv2d(before, width, kernel, padding=kernel // 2),
            BatchNorm2d(width),
            nn.ReLU(),
        ]
    last = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], n_classes)]
    return nn.Sequential(*layers, *last)


def test_twenty_choices_are_tried_at_once_and_their_pairs_covered(space):
    checked_space(twenty, n_classes=2)
    began = time.process_time()
    large = checked_space(twenty, n_classes=2)
    # 0.6 s on a quiet core; the rest is for a busy one.
    assert time.process_time() - began < 2
    assert len(large.dimensions) == 20
    held = cover(large.dimensions, MOST_TRIED, np.random.default_rng(0))
    pairs = {(a, one[a], b, one[b]) for one in held for a in one for b in one if a < b}
    assert len(pairs) == 190 * 9
    singles = {
        (n, str(o))
        for one in cover(space.dimensions, 12, np.random.default_rng(0))
        for n, o in one.items()
    }
    assert singles == {(d.name, str(o)) for d in space.dimensions for o in d.options}
