import argparse
import re

import pytest
import safetensors.torch
import timm
import torch

from buffycoat.errors import WeightsError
from buffycoat.models.saving import save_network
from buffycoat.models.weights import load_weights, read_weights
from buffycoat.registry import Choice


@pytest.fixture
def saved(build, tmp_path):
    """A state that is not of seed 0, and how to save it."""
    state = {n: v.clone() for n, v in build(seed=9).backbone.state_dict().items()}

    def save(changed, name="w.pth"):
        path = tmp_path / name
        (safetensors.torch.save_file if path.suffix == ".safetensors" else torch.save)(
            changed, path
        )
        return path

    return state, save


@pytest.mark.parametrize(
    "prefix", ["", "module.", "model.", "backbone.", "student.", "module.backbone."]
)
def test_prefixes_of_wrappers_come_off(build, saved, prefix):
    state, save = saved
    network = build(weights=save({prefix + n: v for n, v in state.items()}))
    for name, tensor in network.backbone.state_dict().items():
        assert torch.equal(tensor, state[name])


def test_a_file_without_versions_loads_where_the_network_asks_one(build, tmp_path):
    first = build("mnasnet0_5", seed=9)
    safetensors.torch.save_file(first.backbone.state_dict(), tmp_path / "w.safetensors")
    second = build("mnasnet0_5", weights=tmp_path / "w.safetensors")
    for name, tensor in first.backbone.state_dict().items():
        assert torch.equal(tensor, second.backbone.state_dict()[name])


def test_containers_of_training_scripts_are_opened(build, saved):
    state, save = saved
    kept = {"epoch": 3, "args": argparse.Namespace(lr=1), "state_dict": state}
    network = build(weights=save(kept))
    assert torch.equal(network.backbone.stem[0].weight, state["stem.0.weight"])
    assert network.facts["weights"] == "w.pth"
    assert len(network.facts["weights_sha256"]) == 64


def test_the_teacher_is_taken_where_there_is_a_student(build, saved):
    state, save = saved
    both = {f"student.{n}": torch.zeros_like(v) for n, v in state.items()}
    network = build(weights=save({**both, **{f"teacher.{n}": v for n, v in state.items()}}))
    assert torch.equal(network.backbone.stem[0].weight, state["stem.0.weight"])


def test_a_student_alone_is_taken_and_beside_a_teacher_it_is_not(build, saved):
    state, save = saved
    zeros = {n: torch.zeros_like(v) for n, v in state.items()}
    network = build(weights=save({"student": state}))
    assert torch.equal(network.backbone.stem[0].weight, state["stem.0.weight"])
    network = build(weights=save({"student": zeros, "teacher": state}))
    assert torch.equal(network.backbone.stem[0].weight, state["stem.0.weight"])


@pytest.mark.filterwarnings("error")
def test_another_pickle_protocol_is_no_matter_for_the_user(tmp_path):
    torch.save({"a": torch.ones(2)}, tmp_path / "a.pth", pickle_protocol=3)
    assert read_weights(tmp_path / "a.pth")[0]["a"].tolist() == [1, 1]


def test_a_pickle_protocol_that_torch_does_not_read_is_said(tmp_path):
    torch.save({"a": torch.ones(2)}, tmp_path / "a.pth", pickle_protocol=4)
    with pytest.raises(WeightsError, match=r"pickle protocol.*save its state_dict alone"):
        read_weights(tmp_path / "a.pth")


def test_a_classifier_for_other_classes_is_left_out_and_said(build, saved):
    state, save = saved
    path = save({**state, "last.weight": torch.ones(7, 128), "last.bias": torch.ones(7)})
    network = build(weights=path)
    assert network.facts["weights_left_out"] == ["last.bias", "last.weight"]
    assert torch.equal(network.head.weight, build().head.weight)


def test_a_classifier_for_as_many_classes_is_loaded(build, saved):
    state, save = saved
    path = save({**state, "last.weight": torch.ones(3, 128), "last.bias": torch.ones(3)})
    network = build(weights=path)
    assert network.head.weight.unique().tolist() == [1.0]
    assert network.facts["n_weights_left_out"] == 0


def test_a_run_of_ours_gives_its_weights_head_and_preprocessing(build, tmp_path):
    first = build(seed=9)
    first.mean.fill_(0.25)
    path = save_network(first, tmp_path / "network.safetensors")
    second = build(weights=path)
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name]), name
    assert second.facts["input"]["mean"] == [0.25] * 3
    assert build(n_classes=5, weights=path).head.weight.shape == (5, 128)


def test_the_classes_that_a_run_knows_keep_their_answers_and_others_begin_anew(build, tmp_path):
    first = build(seed=9, classes=("a", "b", "c"))
    path = save_network(first, tmp_path / "network.safetensors")
    second = build(n_classes=4, weights=path, classes=("c", "new", "a", "d"))
    assert second.facts["classes_kept"] == ["c", "a"]
    assert torch.equal(second.head.weight[[0, 2]], first.head.weight[[2, 0]])
    assert torch.equal(second.head.bias[[0, 2]], first.head.bias[[2, 0]])
    anew = build(n_classes=4)
    assert torch.equal(second.head.weight[[1, 3]], anew.head.weight[[1, 3]])
    assert second.facts["n_weights_left_out"] == 0


def test_as_many_classes_of_other_names_are_other_classes(build, tmp_path):
    path = save_network(build(seed=9, classes=("a", "b", "c")), tmp_path / "network.safetensors")
    network = build(weights=path, classes=("d", "e", "f"))
    assert torch.equal(network.head.weight, build().head.weight)
    assert "classes_kept" not in network.facts
    assert network.facts["weights_left_out"] == ["head.bias", "head.weight"]


def test_a_deep_head_keeps_its_hidden_layers_and_the_classes_that_both_know(build, tmp_path):
    head = Choice("dense", {"widths": [3], "norm": "batch"})
    first = build(seed=9, head=head, classes=("a", "b", "c"))
    path = save_network(first, tmp_path / "network.safetensors")
    second = build(n_classes=2, head=head, weights=path, classes=("c", "b"))
    assert torch.equal(second.head[-1].weight, first.head[-1].weight[[2, 1]])
    assert torch.equal(second.head[0].weight, first.head[0].weight)
    narrow = Choice("dense", {"widths": [4], "norm": "batch"})
    third = build(n_classes=2, head=narrow, weights=path, classes=("c", "b"))
    assert "classes_kept" not in third.facts


def test_mismatches_are_listed_and_nothing_is_loaded(build, saved):
    state, save = saved
    state = {n: v for n, v in state.items() if not n.startswith("stage3.")}
    state |= {"stem.0.weight": torch.ones(32, 3, 5, 5), "other.weight": torch.ones(1)}
    network = build()
    before = network.backbone.stem[0].weight.clone()
    with pytest.raises(WeightsError) as caught:
        load_weights(network, save(state))
    said = str(caught.value)
    assert re.search(r"missing: stage3\.conv1\.weight", said)
    assert "and 1 more" in said
    assert "1 unknown: other.weight" in said
    assert "stem.0.weight (32, 3, 5, 5) instead of (32, 3, 3, 3)" in said
    assert torch.equal(network.backbone.stem[0].weight, before)


def test_counters_of_batch_norms_may_be_missing(build, saved):
    state, save = saved
    old = {n: v for n, v in state.items() if not n.endswith("num_batches_tracked")}
    network = build(weights=save(old, "w.safetensors"))
    assert torch.equal(network.backbone.stem[0].weight, state["stem.0.weight"])


def test_the_network_that_a_file_is_for_is_guessed(build, tmp_path):
    with torch.device("meta"):
        shapes = {n: v.shape for n, v in timm.create_model("resnet34").state_dict().items()}
    torch.save({n: torch.zeros(()).expand(s) for n, s in shapes.items()}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="looks like resnet34"):
        build("mobilenetv2_100", weights=tmp_path / "a.pth")


class Malicious:
    def __reduce__(self):
        return print, ("code was run",)


def test_code_is_refused_and_not_run(tmp_path, capsys):
    torch.save({"a": Malicious()}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="never run"):
        read_weights(tmp_path / "a.pth")
    assert "code was run" not in capsys.readouterr().out


def test_a_whole_pickled_module_is_refused(tmp_path):
    torch.save(torch.nn.Linear(1, 1), tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="state_dict alone"):
        read_weights(tmp_path / "a.pth")


@pytest.mark.parametrize("name", ["a.safetensors", "a.pth"])
@pytest.mark.parametrize("content", [b"", b"not weights at all", b"PK\x03\x04 a zip of nothing"])
def test_a_damaged_file_is_an_error(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=name):
        read_weights(tmp_path / name)


def test_a_missing_file_or_one_without_tensors_is_an_error(tmp_path):
    with pytest.raises(WeightsError, match="does not exist"):
        read_weights(tmp_path / "none.pth")
    torch.save({"epoch": 3}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="no tensors by name"):
        read_weights(tmp_path / "a.pth")


@pytest.mark.parametrize("text", ["hello\nworld\n", "epoch,loss\n1,2\n", "not weights at all"])
def test_a_text_file_is_said_to_be_no_torch_file(tmp_path, text):
    (tmp_path / "a.pth").write_text(text)
    with pytest.raises(
        WeightsError, match=r"a\.pth cannot be read as weights: it is no torch file"
    ):
        read_weights(tmp_path / "a.pth")


def test_a_pickle_that_torch_stumbles_over_is_said_to_be_damaged(tmp_path):
    (tmp_path / "a.pth").write_bytes(b"\x80\x02h\x05.")
    with pytest.raises(WeightsError, match=r"a\.pth cannot be read as weights: it is damaged"):
        read_weights(tmp_path / "a.pth")


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(build, saved, name, value):
    state, save = saved
    state["stem.0.weight"][0, 0, 0, 0] = value
    with pytest.raises(WeightsError, match=r"NaN or infinite(.|\n)*1 broken: stem\.0\.weight"):
        build(weights=save(state, name))


@pytest.mark.parametrize(
    ("remarks", "licence"),
    [
        ({"facts": '{"licence": "cc-by-4.0"}'}, "cc-by-4.0"),
        ({"license": "mit", "facts": '{"licence": "cc-by-4.0"}'}, "mit"),
        ({"facts": "no JSON"}, "unknown"),
        ({"facts": "[1]"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_the_licence_that_the_file_records_is_kept(build, saved, tmp_path, remarks, licence):
    state, _ = saved
    safetensors.torch.save_file(state, tmp_path / "w.safetensors", remarks)
    assert build(weights=tmp_path / "w.safetensors").facts["licence"] == licence


def test_a_run_of_ours_keeps_the_licence_it_started_with(build, tmp_path):
    first = build()
    first.facts["licence"] = "apache-2.0"
    path = save_network(first, tmp_path / "network.safetensors")
    assert build(weights=path).facts["licence"] == "apache-2.0"
