"""What every operation must do, whatever it changes."""

import pytest
import torch

from buffycoat.augmentations.operations.catalogue import apply_where, operations

DRAWN = {"channel_shift", "cutout", "elastic", "grid_mask", "illumination", "lab_jitter", "noise"}
DRAWN |= {"perspective", "random_erasing", "resize", "stain_jitter", "translate"}
"""Whose draws are no mere yes or no."""
STILL = {"auto_contrast", "blur", "colour_degeneration", "defocus", "equalise", "jpeg"}
STILL |= {"posterise", "sharpness", "solarise", "colour_transfer"}
"""That draw nothing: equal images become equal ones (of which colour_transfer takes another's)."""
PARTLY_BLANK = {"mirror", "channel_shuffle"}
"""One of whose draws leaves an image as it is."""


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def cells(n=6, height=32, width=32):
    rough = torch.rand(n, 3, 8, 8, generator=seeded(3))
    return torch.nn.functional.interpolate(rough, (height, width), mode="bicubic").clamp(0.05, 0.95)


@pytest.mark.parametrize("name", operations)
def test_strength_0_changes_nothing(name):
    before = cells()
    after = operations.get(name)(before, torch.zeros(6), seeded())
    assert (after - before).abs().max() < 0.012, "more than what rounding to bytes does"


@pytest.mark.parametrize("name", operations)
@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_shape_range_and_input_are_kept_and_a_seed_repeats(name, strength):
    before = cells()
    kept, full = before.clone(), torch.full((6,), strength)
    once = operations.get(name)(before, full, seeded(1))
    assert once.shape == before.shape
    assert once.dtype == before.dtype
    assert 0 <= once.min() <= once.max() <= 1
    assert torch.equal(once, operations.get(name)(before, full, seeded(1)))
    assert torch.equal(before, kept), "the input was changed"


@pytest.mark.parametrize("name", sorted(set(operations) - PARTLY_BLANK))
def test_strength_1_changes_every_image_and_more_than_a_tenth_does(name):
    images = cells(8)
    moved = [
        (operations.get(name)(images, torch.full((8,), s), seeded(2)) - images)
        .abs()
        .mean((1, 2, 3))
        for s in (0.1, 1.0)
    ]
    assert moved[1].min() > 0.003
    assert moved[1].mean() > moved[0].mean() * 0.99


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_no_two_images_share_a_draw(name):
    equal = cells(1).expand(12, -1, -1, -1).contiguous()
    changed = operations.get(name)(equal, torch.ones(12), seeded(4)).flatten(1)
    assert torch.pdist(changed).min() > 1e-3


@pytest.mark.parametrize("name", operations)
def test_equal_images_part_where_anything_is_drawn(name):
    """Also a draw of yes or no, or of one way or the other, is each image's own."""
    equal = cells(1).expand(24, -1, -1, -1).contiguous()
    changed = operations.get(name)(equal, torch.full((24,), 0.5), seeded(4)).flatten(1)
    part = (changed - changed[:1]).abs().amax(1) > 1e-4
    assert part.any() == (name not in STILL)


@pytest.mark.parametrize("name", operations)
@pytest.mark.parametrize("size", [(1, 17, 40), (2, 40, 17), (3, 96, 96)])
def test_images_of_any_shape_and_number(name, size):
    images = cells(*size)
    changed = operations.get(name)(images, torch.full((size[0],), 0.7), seeded())
    assert changed.shape == images.shape
    assert torch.isfinite(changed).all()


@pytest.mark.parametrize("name", operations)
def test_black_white_and_grey_images_stay_in_range(name):
    flat = torch.tensor([0.0, 0.5, 1.0]).reshape(3, 1, 1, 1).expand(3, 3, 24, 24).contiguous()
    changed = operations.get(name)(flat, torch.ones(3), seeded())
    assert torch.isfinite(changed).all()
    assert 0 <= changed.min() <= changed.max() <= 1


def test_only_the_chosen_images_are_changed():
    images = cells()
    chosen = torch.tensor([True, False, False, True, False, True])
    changed = apply_where(operations.get("invert"), images, chosen, torch.ones(6), seeded())
    assert torch.equal(changed[~chosen], images[~chosen])
    assert torch.allclose(changed[chosen], 1 - images[chosen])
