import pytest
import torch
from torch import nn

from buffycoat.models.folding import folded
from buffycoat.models.network import Network


def _random_statistics(network):
    generator = torch.Generator().manual_seed(1)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            shape = module.running_mean.shape
            module.running_mean.copy_(torch.rand(shape, generator=generator) - 0.5)
            module.running_var.copy_(torch.rand(shape, generator=generator) + 0.5)
            if module.affine:
                module.weight.data.copy_(torch.rand(shape, generator=generator) + 0.5)
                module.bias.data.copy_(torch.rand(shape, generator=generator) - 0.5)
    return network.eval()


def _norms(network):
    return sum(isinstance(m, nn.BatchNorm2d) for m in network.modules())


@pytest.mark.parametrize("name", ["mobilenetv2_100", "resnet18", "small_cnn", "squeezenet1_1"])
def test_answers_stay_and_norms_go(build, name):
    network = _random_statistics(build(name))
    before = {k: v.clone() for k, v in network.state_dict().items()}
    quick = folded(network)
    images = torch.rand(3, 3, 48, 48)
    with torch.no_grad():
        torch.testing.assert_close(quick(images), network(images), rtol=1e-3, atol=1e-3)
    assert _norms(quick) == 0
    assert all(torch.equal(before[k], v) for k, v in network.state_dict().items())


def _network(backbone):
    head, norms = nn.Linear(4, 2), {"mean": (0.5,) * 3, "std": (0.2,) * 3}
    network = Network(backbone, head, n_features=4, n_classes=2, **norms)
    return _random_statistics(network)


class _Shared(nn.Module):
    """What the convolution makes is used beside the norm too, which no module shows."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, x):
        made = self.conv(x)
        return (self.norm(made) + made).mean((2, 3))


class _Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.conv, self.norm = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)

    def forward(self, x):
        once = self.norm(self.conv(self.first(x)))
        return (once + self.conv(once)).mean((2, 3))


@pytest.mark.parametrize("backbone", [_Shared, _Twice])
def test_what_cannot_be_folded_stays_as_it_is(backbone):
    torch.manual_seed(0)
    network = _network(backbone())
    quick = folded(network)
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(quick(images), network(images), rtol=1e-3, atol=1e-3)
    assert _norms(quick) == 1


class _InPlace(nn.Module):
    """Between convolution and norm the tensor is changed, and stays the same object."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, x):
        return self.norm(self.conv(x).relu_()).mean((2, 3))


class _KeepsAMap(_InPlace):
    """A feature map kept from training cannot be copied."""

    def forward(self, x):
        self.last = self.conv(x)
        return self.norm(self.last).mean((2, 3))


class _ReadsTheNorm(_InPlace):
    def forward(self, x):
        return self.norm(self.conv(x)).mean((2, 3)) * self.norm.weight


def _normed():
    backbone = _InPlace()
    nn.utils.parametrizations.spectral_norm(backbone.conv)
    return backbone


@pytest.mark.parametrize("backbone", [_InPlace, _KeepsAMap, _ReadsTheNorm, _normed])
def test_unusual_networks_answer_as_they_are(backbone):
    torch.manual_seed(0)
    network = _network(backbone())
    network(torch.rand(2, 3, 64, 64))  # as a training leaves it
    assert folded(network) is network or _norms(folded(network)) == 1


def test_features_are_held_as_well_as_logits():
    """The head looks away from what would be wrong."""

    class Two(_Shared):
        def forward(self, x):
            made = self.conv(x)
            return torch.cat([self.norm(made).mean((2, 3)), made.mean((2, 3))], 1)

    network = _network(Two())
    network.head = nn.Linear(8, 2)
    network.head.weight.data[:, 4:] = 0
    quick = folded(network.eval())
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(quick.features(images), network.features(images))


def test_a_network_without_norms_is_itself():
    backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    network = _network(backbone)
    assert folded(network) is network
