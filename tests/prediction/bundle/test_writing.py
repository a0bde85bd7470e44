"""Bundles of small networks: what model.py answers is what the network answers."""

import copy
import importlib.util
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from buffycoat.errors import BundleError, SettingError
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.standards.smear import StandardSettings
from buffycoat.prediction.bundle import writing
from buffycoat.prediction.bundle.writing import Bundle, Member, write_bundle
from buffycoat.prediction.predict import predict_chunks

IDS = {"a": 4, "b": 0, "c": 7}


def bundle_of(network, px=32, fit="pad", views="one"):
    return Bundle([Member(network, ImageSettings((px, px), fit), views, "run-1")], IDS)


def answers_of(member, images):
    fitted = np.stack([fit_image(image, member.images) for image in images])
    (found,) = predict_chunks(member.network, [fitted], views=member.views)
    return found


def model_of(path, folder):
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    spec = importlib.util.spec_from_file_location("a_submission", folder / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Model()


@pytest.mark.parametrize(
    ("backend", "px", "views"),
    [("torch", 40, "one"), ("torch", 32, "all"), ("onnx", 129, "flips")],
)
def test_the_answers_are_the_networks_at_any_number_of_images(
    network, images, tmp_path, backend, px, views
):
    bundle = bundle_of(network, px, views=views)
    model = model_of(write_bundle(bundle, backend, tmp_path / "b.zip"), tmp_path / "b")
    wanted = answers_of(bundle.members[0], images)
    network_file = (tmp_path / "b" / model.facts["networks"][0]["file"]).read_bytes()
    for place in (torch, writing):
        assert str(Path(place.__file__).parent).encode() not in network_file, "a path of ours"
    for n in (1, len(images)):
        found = model.probabilities(images[:n])
        assert found == pytest.approx(wanted[:n], abs=1e-4)
        assert found.dtype == np.float32
    answers = model.predict(images.astype(np.float64))
    assert answers.dtype == np.int64
    assert answers.tolist() == [list(IDS.values())[i] for i in wanted.argmax(1)]
    assert len(set(answers.tolist())) > 1, "the images are too much alike to test anything"
    none = model.predict(images[:0])
    assert (none.shape, none.dtype) == ((0,), np.int64)
    with pytest.raises(ValueError, match=r"\(96, 96, 3\); it must be \(n, height"):
        model.predict(images[0])


def test_a_bundle_is_flat_and_says_its_classes(network, tmp_path):
    path = write_bundle(bundle_of(network, 96), "torch", tmp_path / "b.zip")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert json.loads(archive.read("classes.json")) == IDS
        facts = json.loads(archive.read("bundle.json"))
    assert names == ["bundle.json", "classes.json", "model.py", "network.pt"]
    (fact,) = facts["networks"]
    assert (fact["run"], fact["image_px"], fact["fit"]) == ("run-1", [96, 96], "pad")
    assert list(tmp_path.iterdir()) == [path], "something was left beside it"


@pytest.mark.parametrize("backend", ["torch", "onnx"])
def test_several_networks_answer_their_mean_each_in_its_own_way(network, images, tmp_path, backend):
    other = copy.deepcopy(network)
    other.head.weight.data = -0.5 * other.head.weight.data.roll(1, 0)
    other.mean.mul_(0.5)
    members = [
        Member(network, ImageSettings((32, 32)), "one", "a"),
        Member(other, ImageSettings((40, 56), "crop"), "flips", "b"),
    ]
    path = write_bundle(Bundle(members, IDS), backend, tmp_path / "b.zip")
    model = model_of(path, tmp_path / "b")
    one, two = (answers_of(member, images) for member in members)
    assert (one.argmax(1) != two.argmax(1)).any(), "the networks are too much alike"
    for n in (0, 1, len(images)):
        found = model.probabilities(images[:n])
        assert found == pytest.approx((one[:n] + two[:n]) / 2, abs=1e-4)
        assert found.dtype == np.float32
    files = [(fact["file"], fact["run"], fact["views"]) for fact in model.facts["networks"]]
    suffix = {"torch": "pt", "onnx": "onnx"}[backend]
    assert files == [(f"network-0.{suffix}", "a", "one"), (f"network-1.{suffix}", "b", "flips")]


def test_the_network_is_left_as_it_was(network, tmp_path):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network.train()
    write_bundle(bundle_of(network, 96), "torch", tmp_path / "b.zip")
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert all(torch.equal(network.state_dict()[name], t) for name, t in before.items())
    network.eval()


def test_a_bundle_that_answers_otherwise_is_not_written(network, tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "fit_image", lambda image, _: image[:32, :32])
    with pytest.raises(BundleError, match="differ from the run's by up to"):
        write_bundle(bundle_of(network, 32), "torch", tmp_path / "b.zip")
    assert not list(tmp_path.iterdir())


def test_images_too_small_to_be_resized_exactly_are_refused(network, tmp_path):
    with pytest.raises(SettingError, match="16 x 16 px; a bundle needs more than 16"):
        write_bundle(bundle_of(network, 16), "torch", tmp_path / "b.zip")


def test_a_run_with_standards_is_refused(network, tmp_path):
    images = ImageSettings((32, 32), standards=StandardSettings(standards=("white", "stain")))
    bundle = bundle_of(network)
    member = replace(bundle.members[0], images=images)
    with pytest.raises(SettingError, match=r"to standards \(white, stain\)"):
        write_bundle(replace(bundle, members=[member]), "torch", tmp_path / "b.zip")


def test_a_network_that_cannot_be_written_is_a_sentence(network, tmp_path, monkeypatch):
    def fails(*_):
        raise RuntimeError("no such operator\nand a long trace")

    monkeypatch.setattr(torch.jit, "trace", fails)
    with pytest.raises(BundleError, match=r"for torch \(no such operator\): try --backend onnx"):
        write_bundle(bundle_of(network), "torch", tmp_path / "b.zip")
