"""Single operations against torchvision, Pillow, or values worked by hand."""

import io
import math

import numpy as np
import pytest
import torch
import torchvision.transforms.v2.functional as tv
from PIL import Image

from buffycoat.augmentations.operations.catalogue import operations
from buffycoat.augmentations.operations.stain import AZURE, EOSIN


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def act(name, images, strength, seed=0, **arguments):
    full = torch.full((len(images),), float(strength))
    return operations.get(name)(images, full, seeded(seed), **arguments)


@pytest.fixture
def images():
    rough = torch.rand(4, 3, 10, 10, generator=seeded(5))
    smooth = torch.nn.functional.interpolate(rough, (48, 48), mode="bilinear")
    return (smooth * 255).round() / 255


def as_bytes(images):
    return (images * 255).round().to(torch.uint8)


def is_either(changed, up, down):
    """Whether each image is one of two wanted ones."""
    pairs = zip(changed, up, down, strict=True)
    return all(min((x - a).abs().max(), (x - b).abs().max()) < 0.004 for x, a, b in pairs)


def test_equalise_is_torchvisions(images):
    wanted = tv.equalize(as_bytes(images))
    assert (as_bytes(act("equalise", images, 1)).int() - wanted.int()).abs().max() <= 1


def test_auto_contrast_is_torchvisions(images):
    wanted = tv.autocontrast(images)
    assert act("auto_contrast", images, 1) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize(("strength", "bits"), [(1.0, 1), (4 / 7, 4), (1 / 7, 7)])
def test_posterise_is_torchvisions(images, strength, bits):
    wanted = tv.posterize(as_bytes(images), bits)
    assert torch.equal(as_bytes(act("posterise", images, strength)), wanted)


def test_solarise_is_torchvisions(images):
    wanted = tv.solarize(images, 0.3 + 1e-6)
    assert torch.allclose(act("solarise", images, 0.7), wanted)


@pytest.mark.parametrize(
    ("name", "strength", "wanted"),
    [
        ("saturation", 0.4, lambda x: (tv.adjust_saturation(x, 1.4), tv.adjust_saturation(x, 0.6))),
        ("hue", 0.5, lambda x: (tv.adjust_hue(x, 0.25), tv.adjust_hue(x, -0.25))),
        ("gamma", 0.5, lambda x: (tv.adjust_gamma(x, 3**0.5), tv.adjust_gamma(x, 3**-0.5))),
        ("brightness", 0.4, lambda x: ((x + 0.2).clamp(0, 1), (x - 0.2).clamp(0, 1))),
        ("rotate", 0.5, lambda x: (x.rot90(1, (2, 3)), x.rot90(-1, (2, 3)))),
    ],
)
def test_both_ways_of_a_change_are_torchvisions(images, name, strength, wanted):
    assert is_either(act(name, images, strength), *wanted(images))


def test_sharpness_is_torchvisions_but_for_the_border(images):
    wanted = tv.adjust_sharpness(images, 6.0)
    changed = act("sharpness", images, 1)
    assert changed[..., 1:-1, 1:-1] == pytest.approx(wanted[..., 1:-1, 1:-1], abs=1e-5)


def test_blur_is_torchvisions(images):
    sigma = 0.03 * 48
    wanted = tv.gaussian_blur(images, [11, 11], [sigma, sigma])
    assert act("blur", images, 1) == pytest.approx(wanted, abs=2e-3)


def test_each_image_is_blurred_by_its_own_width(images):
    equal = images[:1].expand(3, -1, -1, -1)
    blurred = operations.get("blur")(equal, torch.tensor([0.0, 0.5, 1.0]), seeded())
    rough = (blurred[..., 1:] - blurred[..., :-1]).abs().mean((1, 2, 3))
    assert rough[0] > rough[1] > rough[2]
    assert torch.allclose(blurred[0], images[0], atol=1e-4)


def test_defocus_spreads_a_point_over_a_disc():
    point = torch.zeros(1, 3, 61, 61)
    point[..., 30, 30] = 1
    disc = act("defocus", point, 1)[0, 0]
    assert disc.sum() == pytest.approx(1, abs=1e-4)
    assert (disc > 0).sum() == pytest.approx(math.pi * 3.05**2, rel=0.35)


@pytest.mark.parametrize("strength", [0.2, 0.6, 0.95])
def test_jpeg_harms_as_much_as_pillows(images, strength):
    big = torch.nn.functional.interpolate(images, (64, 64), mode="nearest")
    quality = round(95 - 90 * strength)
    changed = act("jpeg", big, strength)
    for one, before in zip(changed, big, strict=True):
        file = io.BytesIO()
        array = as_bytes(before).permute(1, 2, 0).numpy()
        Image.fromarray(array).save(file, "JPEG", quality=quality)
        theirs = torch.from_numpy(np.asarray(Image.open(file)).copy()).permute(2, 0, 1) / 255
        harm, wanted = (float((x - before).square().mean().sqrt()) for x in (one, theirs))
        assert harm == pytest.approx(wanted, rel=0.4)


def test_noise_has_the_width_that_is_said():
    grey = torch.full((2, 3, 64, 64), 0.5)
    changed = operations.get("noise")(grey, torch.tensor([0.2, 0.8]), seeded())
    assert changed[0].std() == pytest.approx(0.05, rel=0.05)
    assert changed[1].std() == pytest.approx(0.2, rel=0.08)


def test_more_of_a_dye_darkens_along_its_own_colour():
    density = torch.tensor(AZURE) * 0.8
    image = torch.exp(-density)[None, :, None, None].expand(40, 3, 8, 8).contiguous()
    changed = act("stain_jitter", image, 0.4)
    found = -torch.log(changed[:, :, 0, 0])
    ground = torch.linalg.lstsq(
        torch.stack([torch.tensor(AZURE), torch.tensor(EOSIN)], 1), found.T
    ).solution[0]
    assert 0.5 < ground.min() < 0.7
    assert 0.9 < ground.max() < 1.1


def test_colour_transfer_reaches_the_target(images):
    from kornia.color import rgb_to_lab

    changed = act("colour_transfer", images, 1, mean=[60.0, 10.0, -12.0], spread=[8.0, 4.0, 4.0])
    lab = rgb_to_lab(changed)
    assert lab.mean((2, 3)) == pytest.approx(torch.tensor([[60.0, 10, -12]] * 4), abs=1.0)
    assert lab.std((2, 3)) == pytest.approx(torch.tensor([[8.0, 4, 4]] * 4), abs=1.0)


def test_shear_zoom_and_shift_move_a_mark_by_what_is_said():
    y, x = torch.meshgrid(torch.arange(101) - 50.0, torch.arange(101) - 50.0, indexing="ij")
    mark = torch.exp(-((x - 20) ** 2 + y**2) / 8).expand(6, 3, 101, 101).contiguous()

    def places(name):
        changed = act(name, mark, 1)[:, 0]
        total = changed.sum((1, 2))
        return (
            torch.stack([(changed * x).sum((1, 2)), (changed * y).sum((1, 2))], 1) / total[:, None]
        )

    assert sorted({round(float(v), 0) for v in places("zoom")[:, 0]}) == [13.0, 30.0]
    shift = (places("translate") - torch.tensor([20.0, 0])).norm(dim=1)
    assert (shift == pytest.approx(101 / 3, abs=1)) or shift.max() < 35
    down = {round(float(v), 0) for v in places("shear")[:, 1]}
    assert down <= {0.0, 14.0, -14.0}
    assert len(down) == 3


def test_grid_mask_covers_what_is_said():
    white = torch.ones(200, 3, 64, 64)
    covered = 1 - act("grid_mask", white, 1).mean((1, 2, 3))
    assert covered.mean() == pytest.approx(0.36, abs=0.02)


def test_cutout_covers_a_square_of_half_the_side():
    half = torch.rand(20, 3, 64, 64, generator=seeded(3))
    changed = (act("cutout", half, 1) != half).all(1).float().mean((1, 2))
    assert changed == pytest.approx(torch.full((20,), 0.25), abs=0.02)


def test_augmix_stays_near_the_image_where_it_is_weak(images):
    weak, strong = ((act("augmix", images, s) - images).abs().mean() for s in (0.1, 1.0))
    assert 0 < weak < strong / 3


def test_cutout_covers_a_square_of_a_wide_image_too():
    wide = torch.rand(4, 3, 40, 80, generator=seeded(3))
    hole = (act("cutout", wide, 1) != wide).any(1)
    assert set(hole.any(2).sum(1).tolist()) <= {19, 20, 21}
    assert set(hole.any(1).sum(1).tolist()) <= {19, 20, 21}
