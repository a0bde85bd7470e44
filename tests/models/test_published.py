"""Parameter counts, by hand from the published settings."""

import pytest
import torch

from buffycoat.models.published import models, pbc_cnn_1, pbc_cnn_2, resnet_nni, searched_cnn


def n_parameters(module):
    return sum(p.numel() for p in module.parameters())


def n_statistics(module):
    return sum(b.numel() for n, b in module.named_buffers() if "running" in n)


def test_system_3_model_1_has_205656_parameters():
    assert n_parameters(pbc_cnn_1(n_classes=8)) == 205_656


def test_system_3_model_2_has_629224_parameters_as_keras_counts():
    module = pbc_cnn_2(n_classes=8)
    assert n_parameters(module) + n_statistics(module) == 629_224
    assert n_statistics(module) == 320


@pytest.mark.parametrize("kernel1", [3, 5])
@pytest.mark.parametrize("kernel2", [3, 5])
@pytest.mark.parametrize("skip", [False, True])
def test_the_eight_networks_of_system_1(kernel1, kernel2, skip):
    module = searched_cnn(n_classes=4, conv1_kernel=kernel1, conv2_kernel=kernel2, skip=skip)
    convolutions = 3 * 6 * kernel1**2 + 6 + 6 * 16 * kernel2**2 + 16 + 16 * 16 + 16
    dense = 256 * 120 + 120 + 120 * 84 + 84 + 84 * 4 + 4
    assert n_parameters(module) == convolutions + 2 * 16 + dense
    assert module(torch.rand(2, 3, 240, 320)).shape == (2, 4)


def test_padded_convolutions_of_the_searched_network_keep_the_size():
    module = searched_cnn(n_classes=4, conv1_kernel=3, padded=True)
    maps = module.conv2(module.conv1(torch.rand(1, 3, 20, 30)))
    assert maps.shape == (1, 16, 20, 30)
    assert n_parameters(module) == n_parameters(searched_cnn(n_classes=4, conv1_kernel=3))


def test_a_skip_changes_what_the_searched_network_answers():
    torch.manual_seed(0)
    module = searched_cnn(n_classes=4).eval()
    images = torch.rand(1, 3, 64, 64)
    without = module(images)
    module.skip = True
    assert not torch.allclose(module(images), without)


def test_the_resnet_of_system_1():
    def conv(before, width, kernel):
        return before * width * kernel**2 + width + 2 * width

    expected, before = conv(3, 64, 7), 64
    for a, b, c in ((64, 64, 128), (128, 128, 512), (256, 256, 1024)):
        for _ in range(3):
            expected += conv(before, a, 1) + conv(a, b, 3) + conv(b, c, 1) + conv(before, c, 1)
            before = c
    module = resnet_nni(n_classes=4).eval()
    assert n_parameters(module) == expected + 1024 * 4 + 4
    maps = torch.rand(1, 3, 224, 224)
    shapes = []
    for part in list(module)[:4]:
        maps = part(maps)
        shapes.append(tuple(maps.shape[1:]))
    assert shapes == [(64, 56, 56), (128, 56, 56), (512, 7, 7), (1024, 1, 1)]


def test_small_cnn_is_small_and_may_have_group_norm():
    small = models.get("small_cnn")
    assert 250_000 < n_parameters(small(n_classes=8)) < 500_000
    grouped = small(n_classes=8, norm="group")
    assert n_statistics(grouped) == 0
    first, both = torch.rand(1, 3, 64, 64), torch.rand(2, 3, 64, 64)
    both[0] = first[0]
    torch.testing.assert_close(grouped(both)[0], grouped(first)[0], rtol=1e-4, atol=1e-5)
