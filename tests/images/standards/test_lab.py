"""Lab by numpy is Lab by kornia, by which colour transfer moves images."""

from __future__ import annotations

import numpy as np
import torch
from kornia.color import rgb_to_lab as by_kornia

from buffycoat.images.standards.lab import LabColours, pool_lab, read_lab, rgb_to_lab

RED_LAB = (53.24, 80.09, 67.20)  # pure red of sRGB, as tables of colours have it


def test_lab_is_kornias_over_the_whole_range():
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    image = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(18, -1, 3)
    wanted = by_kornia(torch.from_numpy(image).permute(2, 0, 1)[None] / 255)[0]
    np.testing.assert_allclose(rgb_to_lab(image), wanted.permute(1, 2, 0).numpy(), atol=0.01)
    red = np.full((2, 2, 3), (255, 0, 0), np.uint8)
    np.testing.assert_allclose(rgb_to_lab(red)[0, 0], RED_LAB, atol=0.01)


def test_mean_and_spread_are_those_that_colour_transfer_takes_of_an_image():
    image = np.random.default_rng(0).integers(0, 256, (20, 24, 3)).astype(np.uint8)
    lab = by_kornia(torch.from_numpy(image).permute(2, 0, 1)[None] / 255)
    found = read_lab(image)
    np.testing.assert_allclose(found.mean, lab.mean((2, 3))[0], atol=0.01)
    np.testing.assert_allclose(found.spread, lab.std((2, 3))[0], atol=0.01)


def test_a_set_has_the_means_of_its_images():
    one, two = LabColours((60, 10, -10), (8, 4, 2)), LabColours((70, 20, 0), (10, 4, 6))
    assert pool_lab([one, two]) == LabColours((65, 15, -5), (9, 4, 4))
