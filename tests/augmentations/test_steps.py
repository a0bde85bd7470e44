"""Policies that a recipe puts together from steps."""

import pytest
import torch

from buffycoat.augmentations.policies import build_policy, policies
from buffycoat.augmentations.steps import read_steps
from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.registry import Choice


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def make(name, n=400, scale=1.0, **arguments):
    grey = torch.full((n, 3, 8, 8), 0.6)
    return build_policy(Choice(name, arguments))(grey, seeded(1), scale) - 0.6


LIGHTER = {"name": "brightness", "low": 1.0, "high": 1.0}


def test_a_step_comes_as_often_as_it_says():
    moved = make("chain", steps=[{**LIGHTER, "probability": 0.3}]).abs().amax((1, 2, 3)) > 0
    assert moved.float().mean() == pytest.approx(0.3, abs=0.06)


def test_strengths_lie_within_their_range():
    moved = make("chain", steps=[{"name": "brightness", "low": 0.2, "high": 0.6}])
    reach = moved.abs().amax((1, 2, 3))
    assert 0.1 <= reach.min() < 0.13
    assert 0.27 < reach.max() <= 0.3


def test_scale_is_a_share_of_the_strength():
    steps = [{"name": "brightness", "low": 0.2, "high": 0.6}]
    whole, half = make("chain", steps=steps), make("chain", scale=0.5, steps=steps)
    assert half == pytest.approx(whole / 2, abs=1e-6)
    assert not make("competition", scale=0.0, n=50).any()


def test_a_policy_without_a_scale_changes_a_share_of_the_images():
    images = torch.rand(300, 3, 8, 8, generator=seeded())
    changed = build_policy(Choice("light"))(images, seeded(1), 0.25)
    share = (changed != images).flatten(1).any(1).float().mean()
    assert share == pytest.approx(0.25, abs=0.07)


def test_k_of_n_makes_as_many_steps_as_were_drawn():
    marks = [{**LIGHTER, "name": name} for name in ("greyscale", "invert", "posterise")]
    images = torch.tensor([0.1, 0.3, 0.6])[None, :, None, None].expand(600, 3, 4, 4)
    policy = build_policy(Choice("k_of_n", {"steps": marks, "chances": [0, 1.0]}))
    once = policy(images.contiguous(), seeded(2), 1.0)
    kinds = {tuple(round(v, 3) for v in one[:, 0, 0].tolist()) for one in once}
    assert len(kinds) == 3, "two of three, whichever these are, and never one or three"


def test_each_batch_draws_its_pipeline():
    policy = build_policy(Choice("each_batch", {"pipelines": ["none", {"name": "competition"}]}))
    images = torch.rand(8, 3, 16, 16, generator=seeded())
    unchanged = [torch.equal(policy(images, seeded(i), 1.0), images) for i in range(40)]
    assert 8 < sum(unchanged) < 32


@pytest.mark.parametrize("name", ["competition", "rand_augment", "system_4", "system_5"])
def test_no_two_images_of_a_batch_share_a_draw(name):
    equal = torch.rand(1, 3, 32, 32, generator=seeded(3)).expand(24, -1, -1, -1).contiguous()
    arguments = {"clean": 0.0} if name == "competition" else {}
    changed = build_policy(Choice(name, arguments))(equal, seeded(2), 1.0).flatten(1)
    same = (torch.pdist(changed) < 1e-6).float().mean()
    assert same < 0.05, "but for the few whose drawn operations are all or nothing"


def test_clean_images_are_mirrored_alone():
    images = torch.rand(300, 3, 16, 16, generator=seeded(3))
    changed = build_policy(Choice("competition", {"clean": 0.5}))(images, seeded(2), 1.0)
    kept = (changed.flatten(1).sort(1).values - images.flatten(1).sort(1).values).abs().amax(1)
    assert (kept < 1e-6).float().mean() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (["rotat"], "did you mean: rotate"),
        ([{"name": "rotate", "angle": 3}], "not 'angle'"),
        ([{"name": "rotate", "low": 0.8, "high": 0.2}], "low below high"),
        ([{"name": "rotate", "probability": 3}], "from 0 to 1"),
        ([{"name": "rotate", "high": "all"}], "must be a number"),
        ([], "give a list"),
        ("rotate", "give a list"),
        (3, "give a list"),
        ([3], "names nothing"),
    ],
)
def test_steps_that_cannot_be_are_refused(steps, said):
    with pytest.raises((SettingError, UnknownNameError), match=said):
        read_steps(steps)


@pytest.mark.parametrize("given", [{"magnitude": 2.0}, {"spread": -0.1}])
def test_a_strength_that_cannot_be_is_called_by_its_own_name(given):
    with pytest.raises(SettingError, match=f"{next(iter(given))} .*each from 0 to 1"):
        make("rand_augment", n=2, **given)


@pytest.mark.parametrize("chances", [[0.1, 0.1, 0.1], [], [0, 0], [1, -1], ["a"], "a", 0.5])
def test_chances_that_cannot_be_are_refused(chances):
    with pytest.raises(SettingError, match="at most 2"):
        make("k_of_n", steps=["rotate", "zoom"], chances=chances)


def test_a_policy_with_a_scale_of_its_own_keeps_it_where_nothing_grows():
    def mine(images, generator, *, scale=0.25):
        return images * scale

    policies.register(mine)
    try:
        policy, images = build_policy(Choice("mine")), torch.ones(2, 3, 4, 4)
        assert policy(images, seeded()).max() == 0.25
        assert policy(images, seeded(), 0.5).max() == 0.5
    finally:
        policies.remove("mine")
