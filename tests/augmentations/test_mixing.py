import pytest
import torch

from buffycoat.augmentations.mixing import build_mixing, mixings
from buffycoat.errors import SettingError
from buffycoat.registry import Choice

MIXING = sorted(set(mixings) - {"none"})


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def batch():
    """Images of one grey each, and of a class each: what was mixed can be read from both."""
    levels = torch.linspace(0, 1, 16)
    images = levels[:, None, None, None].expand(16, 3, 40, 40).contiguous()
    return images, torch.eye(16)


@pytest.mark.parametrize("name", mixings)
def test_targets_sum_to_one_and_a_seed_repeats(name, batch):
    mix = build_mixing(Choice(name))
    images, targets = mix(*batch, seeded(1))
    assert images.shape == batch[0].shape
    assert targets.sum(1) == pytest.approx(torch.ones(16))
    again = mix(*batch, seeded(1))
    assert torch.equal(images, again[0])
    assert torch.equal(targets, again[1])


@pytest.mark.parametrize("name", MIXING)
def test_targets_say_how_much_of_each_image_is_seen(name, batch):
    images, targets = build_mixing(Choice(name, {"alpha": 1.0}))(*batch, seeded(2))
    wanted = (targets * torch.linspace(0, 1, 16)).sum(1)
    assert images.mean((1, 2, 3)) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("name", MIXING)
def test_each_image_has_its_own_share(name, batch):
    _, targets = build_mixing(Choice(name, {"alpha": 1.0}))(*batch, seeded(2))
    assert len({round(float(v), 4) for v in targets.max(1).values}) > 10


@pytest.mark.parametrize("name", MIXING)
def test_only_a_share_is_mixed(name, batch):
    _, targets = build_mixing(Choice(name, {"rate": 0.0}))(*batch, seeded())
    assert torch.equal(targets, torch.eye(16))


def test_cutmix_pastes_a_box_and_fourier_mix_patches(batch):
    boxes, _ = build_mixing(Choice("cutmix"))(*batch, seeded(4))
    patches, _ = build_mixing(Choice("fourier_mix"))(*batch, seeded(4))
    for image in (*boxes, *patches):
        assert len(image.unique()) <= 2


def test_impossible_shares_are_refused(batch):
    with pytest.raises(SettingError, match="alpha must be above 0"):
        build_mixing(Choice("mixup", {"alpha": 0.0}))(*batch, seeded())


@pytest.mark.parametrize("alpha", [float("inf"), -1.0])
def test_shares_of_no_number_are_refused(alpha, batch):
    with pytest.raises(SettingError, match="alpha must be above 0"):
        build_mixing(Choice("cutmix", {"alpha": alpha}))(*batch, seeded())


def test_fourier_mix_keeps_all_or_nothing_at_the_ends(batch):
    images, targets = batch
    for alpha in (1e-3, 1e3):
        mixed, soft = build_mixing(Choice("fourier_mix", {"alpha": alpha}))(*batch, seeded(3))
        wanted = (soft * images.mean((1, 2, 3))).sum(1)
        assert mixed.mean((1, 2, 3)) == pytest.approx(wanted, abs=1e-4)
        assert mixed.shape == images.shape
        assert soft.shape == targets.shape
