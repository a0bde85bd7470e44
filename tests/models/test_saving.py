import pytest
import torch

from buffycoat.errors import WeightsError
from buffycoat.models.saving import load_network, save_network
from buffycoat.models.settings import ModelSettings
from buffycoat.registry import Choice


def settings(name, head="linear"):
    return ModelSettings(Choice(name), "auto", Choice.parse(head))


@pytest.mark.parametrize("name", ["small_cnn", "mobilenetv2_100", "vit_tiny_patch16_224"])
def test_a_network_comes_back_exactly(build, tmp_path, name):
    network = build(name, seed=7)
    network.train()(torch.rand(4, 3, 32, 32))  # moves the statistics of batch norms
    network.std.mul_(2)
    network.facts["weights"] = "somewhere"
    network.eval().to(memory_format=torch.channels_last)
    path = save_network(network, tmp_path / "network.safetensors")
    found = load_network(path, settings(name), 3, image_px=(32, 32))
    assert not found.training
    assert found.facts == network.facts
    for key, tensor in network.state_dict().items():
        assert torch.equal(tensor, found.state_dict()[key]), key
    images = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(found(images), network(images), rtol=1e-4, atol=1e-5)


def test_shared_tensors_are_saved(build, tmp_path):
    network = build()
    network.backbone.stage1.conv2.weight = network.backbone.stage1.conv1.weight
    path = save_network(network, tmp_path / "n.safetensors")
    found = load_network(path, settings("small_cnn"), 3, image_px=(32, 32))
    assert torch.equal(found.backbone.stage1.conv1.weight, found.backbone.stage1.conv2.weight)


def test_saving_twice_gives_the_same_bytes(build, tmp_path):
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    save_network(build(), first)
    save_network(build(), second)
    assert first.read_bytes() == second.read_bytes()


def test_a_file_of_another_network_or_head_is_an_error(build, tmp_path):
    path = save_network(build(), tmp_path / "n.safetensors")
    with pytest.raises(WeightsError, match="of another network"):
        load_network(path, settings("searched_cnn"), 3)
    with pytest.raises(WeightsError, match=r"head\.weight \(3, 128\) instead of \(4, 128\)"):
        load_network(path, settings("small_cnn"), 4)


def test_of_many_names_that_differ_ten_are_listed(build, tmp_path):
    path = save_network(build(), tmp_path / "n.safetensors")
    with pytest.raises(WeightsError, match=r"\d+ missing: .* and \d+ more") as caught:
        load_network(path, settings("mobilenetv2_100"), 3)
    assert len(str(caught.value)) < 2000


def test_a_truncated_file_is_an_error(build, tmp_path):
    path = save_network(build(), tmp_path / "n.safetensors")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="cannot be read"):
        load_network(path, settings("small_cnn"), 3)
