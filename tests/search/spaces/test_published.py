import itertools

import pytest
import torch

from buffycoat.models.published import searched_cnn
from buffycoat.search.space.space import Space
from buffycoat.search.spaces.published import published


@pytest.fixture(scope="module")
def space():
    return Space(published, n_classes=4, image_px=(60, 80))


def test_it_has_the_eight_networks_of_system_1(space):
    kernels = ["3x3", "5x5"]
    expected = [
        {"conv1": one, "conv2": two, "skip": [skip]}
        for one, two, skip in itertools.product(kernels, kernels, [0, 1])
    ]
    assert list(space.every()) == expected


def test_each_is_the_searched_network_of_the_same_kernels_and_skip(space):
    images = torch.rand(2, 3, 60, 80)
    for architecture in space.every():
        found = space.fixed(architecture).eval()
        known = searched_cnn(
            n_classes=4,
            conv1_kernel=int(architecture["conv1"][0]),
            conv2_kernel=int(architecture["conv2"][0]),
            skip=architecture["skip"] == [1],
            padded=True,
        ).eval()
        known.load_state_dict(found.state_dict())
        with torch.no_grad():
            assert torch.equal(found(images), known(images))


def test_both_kernels_keep_the_size_so_that_a_shared_network_can_add_them(space):
    network = space.fixed({"conv1": "5x5", "conv2": "3x3", "skip": [0]})
    maps = torch.rand(1, 3, 20, 30)
    assert network.conv1(maps).shape == (1, 6, 20, 30)
    assert network.conv2(torch.rand(1, 6, 20, 30)).shape == (1, 16, 20, 30)
