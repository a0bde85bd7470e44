"""What every augmentation keeps to: the registered ones."""

import inspect

import pytest
import torch

from buffycoat.augmentations.policies import build_policy, policies
from buffycoat.registry import Choice


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(params=list(policies))
def policy(request):
    return build_policy(Choice(request.param))


@pytest.fixture
def images():
    """Twelve equal images, so that any difference between them is the draw's."""
    one = torch.rand(1, 3, 20, 20, generator=seeded(0))
    return one.expand(12, -1, -1, -1).contiguous()


def test_shape_type_and_range_stay(policy, images):
    changed = policy(images, seeded(1))
    assert changed.shape == images.shape
    assert changed.dtype == images.dtype
    assert 0 <= changed.min() <= changed.max() <= 1


def test_the_batch_that_was_given_stays_as_it_was(policy, images):
    before = images.clone()
    policy(images, seeded(1))
    assert torch.equal(images, before)


def test_the_generator_is_the_only_source_of_draws(policy, images):
    torch.manual_seed(1)
    once = policy(images, seeded(3))
    torch.manual_seed(2)
    assert torch.equal(once, policy(images, seeded(3)))


@pytest.mark.parametrize("name", [name for name in policies if name != "none"])
def test_each_image_has_a_draw_of_its_own_and_another_seed_another(name, images):
    policy = build_policy(Choice(name))
    changed = policy(images, seeded(4))
    assert len({image.numpy().tobytes() for image in changed}) > 4
    assert not torch.equal(changed, policy(images, seeded(5)))


def test_a_single_image_and_one_that_is_not_square_are_taken(policy):
    wide = torch.rand(1, 3, 16, 24, generator=seeded(6))
    assert policy(wide, seeded(7)).shape == wide.shape


@pytest.mark.parametrize("name", list(policies))
def test_it_says_what_it_does(name):
    assert (inspect.getdoc(policies.get(name)) or "").partition("\n")[0].endswith(".")
