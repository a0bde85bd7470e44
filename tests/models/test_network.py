import subprocess
import sys

import pytest
import torch


def test_uint8_and_float_images_give_the_same(build):
    network = build("mobilenetv2_100")
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    torch.testing.assert_close(network(images), network(images.float() / 255))


def test_images_are_normalised_by_the_record_of_the_weights(build):
    network = build("mobilenetv2_100")
    white = torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)
    by_hand = [(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225]
    assert network.normalised(white)[0, :, 0, 0].tolist() == pytest.approx(by_hand, rel=1e-6)
    assert network.facts["input"]["mean"] == [0.485, 0.456, 0.406]


def test_logits_are_the_head_on_the_features(build):
    network = build()
    images = torch.rand(2, 3, 32, 32)
    features = network.features(images)
    assert features.shape == (2, network.n_features)
    torch.testing.assert_close(network(images), network.head(features))


def test_channels_last_gives_the_same(build):
    network = build()
    images = torch.rand(2, 3, 32, 32)
    expected = network(images)
    found = network.to(memory_format=torch.channels_last)(
        images.contiguous(memory_format=torch.channels_last)
    )
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_a_plain_mapping_loads_where_the_network_asks_a_version(build):
    first, second = build("mnasnet0_5", seed=1), build("mnasnet0_5", seed=2)
    second.load_state_dict(dict(first.state_dict()))
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name])


def test_it_compiles_as_one_graph(build):
    network = build()
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    compiled = torch.compile(network, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(images), network(images))


def test_what_is_kept_still_stays_in_evaluation_mode(build):
    network = build()
    network.keep_still([network.backbone.stem[1]])
    network.train()
    assert not network.backbone.stem[1].training
    assert network.backbone.stage1.norm1.training
    network.keep_still([])
    network.train()
    assert network.backbone.stem[1].training


def test_settings_need_no_torch():
    code = "import sys, buffycoat.models.settings; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
