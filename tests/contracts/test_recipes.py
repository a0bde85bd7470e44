"""What every recipe must be: settings that can be trained with."""

from dataclasses import replace

import pytest
import torch

from buffycoat.models.build import build_network
from buffycoat.models.freezing import apply_freezing
from buffycoat.pipeline.trying import try_parts
from buffycoat.registry import Choice
from buffycoat.training.objective import build_objective
from buffycoat.training.recipe import read_recipe, recipe_names
from buffycoat.training.settings import TrainSettings

SYSTEMS = [f"system-{n}-{form}" for n in range(1, 6) for form in ("published", "fixed")]

SMALLER = {"convnext_xlarge": "convnext_tiny", "convnext_small": "convnext_tiny"}
"""Networks of the same blocks that are built in a second."""


@pytest.fixture(params=sorted(recipe_names()))
def settings(request):
    return read_recipe(request.param, TrainSettings())


def test_there_is_each_system_in_two_forms():
    assert set(SYSTEMS) <= set(recipe_names())


def test_its_parts_do_what_is_asked_of_them(settings):
    try_parts(replace(settings, images=replace(settings.images, image_px=(64, 64))), 4)
    images = torch.full((4, 3, 40, 40), 128, dtype=torch.uint8)
    made, _ = build_objective(settings, None).batch(images, torch.arange(4), 4, 0, 0.5)
    assert made.shape == images.shape


def test_its_network_can_be_built_and_frozen_as_it_says(settings):
    model = SMALLER.get(settings.network.model.name)
    bare = replace(settings.network, weights="none")
    bare = replace(bare, model=Choice(model)) if model else bare
    network = build_network(bare, 4, image_px=settings.images.image_px)
    assert apply_freezing(network, settings.freezing)


@pytest.mark.parametrize("n", range(1, 6))
def test_the_fixed_form_changes_no_network_and_no_optimiser(n):
    published, fixed = (
        read_recipe(f"system-{n}-{form}", TrainSettings()) for form in ("published", "fixed")
    )
    assert published != fixed
    assert published.network == fixed.network
    assert published.learning.optimizer == fixed.learning.optimizer
    assert published.augmentation == fixed.augmentation
