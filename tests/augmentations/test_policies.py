"""Geometry and colour of the gentle policies; what all policies keep to is in contracts."""

import pytest
import torch

from buffycoat.augmentations.colour import jitter_colour
from buffycoat.augmentations.geometry import flip, move
from buffycoat.augmentations.policies import build_policy
from buffycoat.errors import SettingError
from buffycoat.registry import Choice


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def cells():
    """Sixteen equal images, so that any difference between them is the draw's."""
    image = torch.rand(1, 3, 24, 24, generator=seeded())
    return image.expand(16, -1, -1, -1).contiguous()


def test_no_two_images_of_a_batch_share_a_draw(cells):
    changed = build_policy(Choice("microscopy"))(cells, seeded(2)).flatten(1)
    assert torch.pdist(changed).min() > 1e-3


def test_a_flip_only_moves_pixels(cells):
    turned = flip(cells, seeded())
    assert torch.equal(turned.flatten(2).sort(-1).values, cells.flatten(2).sort(-1).values)
    assert len({t.numpy().tobytes() for t in flip(cells, seeded())}) > 4


def test_images_that_are_not_square_keep_their_shape():
    wide = torch.rand(8, 3, 10, 20, generator=seeded())
    assert flip(wide, seeded()).shape == wide.shape
    assert move(wide, seeded(), rotation=30).shape == wide.shape


def test_a_move_by_nothing_only_mirrors(cells):
    moved = move(cells, seeded())
    for before, after in zip(cells, moved, strict=True):
        same = torch.allclose(after, before, atol=1e-5)
        assert same or torch.allclose(after, before.flip(-1), atol=1e-5)


def test_a_rotation_turns_a_wide_image_without_shearing_it():
    disc = torch.zeros(1, 3, 40, 80)
    y, x = torch.meshgrid(torch.arange(40) - 19.5, torch.arange(80) - 39.5, indexing="ij")
    disc[..., (x**2 + y**2) < 100] = 1
    turned = move(disc.expand(6, -1, -1, -1), seeded(), rotation=90)
    # The middle alone: further out the border's reflection comes into view.
    assert (turned - disc)[..., 10:30, 30:50].abs().mean() < 0.04
    assert (turned - disc)[..., 14:26, 34:46].abs().max() < 1e-3


def test_colour_that_is_not_varied_stays(cells):
    assert torch.allclose(jitter_colour(cells, seeded()), cells)


def test_brightness_moves_the_mean_by_no_more_than_was_asked(cells):
    grey = torch.full_like(cells, 0.5)
    means = jitter_colour(grey, seeded(), brightness=0.1).mean((1, 2, 3))
    assert 0.4 <= means.min() < 0.45
    assert 0.55 < means.max() <= 0.6


@pytest.mark.parametrize(("name", "value"), [("zoom", -5.0), ("zoom", 1.0), ("contrast", 1.5)])
def test_changes_that_no_image_survives_are_refused(name, value, cells):
    with pytest.raises(SettingError, match=f"{name} is {value}"):
        build_policy(Choice("microscopy", {name: value}))(cells, seeded())


def test_unknown_policies_and_arguments_are_refused():
    with pytest.raises(SettingError, match="did you mean: microscopy"):
        build_policy(Choice("microscop"))
    with pytest.raises(SettingError, match="not 'angle'"):
        build_policy(Choice("microscopy", {"angle": 3}))
