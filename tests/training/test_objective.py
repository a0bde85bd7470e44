"""Losses of soft labels, penalties, averages, and schedules that look back."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from buffycoat.errors import SettingError
from buffycoat.registry import Choice
from buffycoat.training.averaging import averaged, kept_state
from buffycoat.training.losses import build_loss, losses
from buffycoat.training.objective import Objective, build_objective
from buffycoat.training.schedules import build_schedule
from buffycoat.training.settings import LearningSettings, TrainSettings

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.4, 0.3], [-3.0, 1.0, 4.0]])
LABELS = torch.tensor([0, 1, 1])
WEIGHT = torch.tensor([1.0, 3.0, 0.5])


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("name", losses)
def test_soft_labels_of_one_class_each_are_class_ids(name, weight):
    loss = build_loss(Choice(name), weight)
    assert loss(LOGITS, F.one_hot(LABELS, 3).float()) == pytest.approx(float(loss(LOGITS, LABELS)))


@pytest.mark.parametrize("name", ["cross_entropy", "negative_log_likelihood"])
def test_soft_cross_entropy_is_torchs(name):
    soft = torch.tensor([[0.2, 0.3, 0.5], [1.0, 0, 0], [0, 0.5, 0.5]])
    found = build_loss(Choice(name), None)(LOGITS, soft)
    assert float(found) == pytest.approx(float(F.cross_entropy(LOGITS, soft)))


def test_smoothing_is_the_same_for_soft_labels():
    loss = build_loss(Choice("cross_entropy", {"label_smoothing": 0.1}), WEIGHT)
    soft = F.one_hot(LABELS, 3).float()
    assert float(loss(LOGITS, soft)) == pytest.approx(float(loss(LOGITS, LABELS)))


@pytest.mark.parametrize(
    ("name", "apart"),
    [
        ("mean_absolute", lambda p, y: np.abs(p - y)),
        ("mean_squared", lambda p, y: (p - y) ** 2),
        ("mean_squared_logarithmic", lambda p, y: (np.log1p(p) - np.log1p(y)) ** 2),
    ],
)
def test_distances_agree_with_their_formulas(name, apart):
    p, y = torch.softmax(LOGITS, 1).numpy(), np.eye(3)[LABELS]
    assert float(build_loss(Choice(name), None)(LOGITS, LABELS)) == pytest.approx(
        apart(p, y).mean()
    )
    rows = WEIGHT.numpy()[LABELS]
    wanted = (apart(p, y).mean(1) * rows).sum() / rows.sum()
    assert float(build_loss(Choice(name), WEIGHT)(LOGITS, LABELS)) == pytest.approx(wanted)


class Two(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([[1.0, -2.0]]))
        self.bias = torch.nn.Parameter(torch.tensor([7.0]))


def test_penalties_count_the_weights_and_no_biases():
    objective = Objective(None, None, build_loss(Choice("cross_entropy"), None), l1=0.1, l2=0.01)
    plain = float(F.cross_entropy(LOGITS, LABELS))
    assert float(objective.value(LOGITS, LABELS, Two()).detach()) == pytest.approx(
        plain + 0.3 + 0.05
    )


def test_squares_of_the_head_alone_may_be_counted():
    loss = build_loss(Choice("cross_entropy"), None)
    network = Two()
    network.head = Two()
    plain = float(F.cross_entropy(LOGITS, LABELS))
    for l2_on, squares in (("all", 2 * 5), ("head", 5)):
        objective = Objective(None, None, loss, l1=0.1, l2=0.01, l2_on=l2_on)
        found = float(objective.value(LOGITS, LABELS, network).detach())
        assert found == pytest.approx(plain + 0.1 * 2 * 3 + 0.01 * squares)


def test_augmentation_grows_over_the_curriculum():
    scales = []

    def augment(images, generator, scale):
        scales.append(scale)
        return images

    objective = Objective(augment, None, None, curriculum=0.5)
    for done in (0.0, 0.25, 0.5, 0.9):
        objective.batch(torch.zeros(1, 3, 4, 4, dtype=torch.uint8), LABELS[:1], 3, 0, done)
    assert scales == [0, 0.5, 1, 1]


def test_mixing_grows_over_the_curriculum():
    mixup = Choice("mixup", {"alpha": 1.0, "rate": 0.8})
    settings = TrainSettings(augmentation=Choice("none"), mixing=mixup, curriculum=0.5)
    objective, labels = build_objective(settings, None), torch.arange(1000)
    images = torch.zeros(1000, 3, 2, 2, dtype=torch.uint8)

    def mixed(done):
        _, targets = objective.batch(images, labels, 1000, 0, done)
        return float((targets.max(1).values < 1).float().mean())

    assert [mixed(done) for done in (0.0, 0.25, 0.5, 0.9)] == pytest.approx(
        [0, 0.4, 0.8, 0.8], abs=0.04
    )


def test_a_monitor_may_be_called_by_its_rows_alone():
    assert LearningSettings(monitor="distorted").monitor == "distorted_loss"
    assert LearningSettings(monitor="validation").monitor == "validation_loss"


def test_the_average_is_what_is_kept():
    network = Two()
    average = averaged(network, 0.9)
    average.update_parameters(network)
    with torch.no_grad():
        network.bias.fill_(17.0)
    average.update_parameters(network)
    module = torch.nn.Module()
    module.network, module.averaged = network, average
    assert float(kept_state(module.state_dict())["bias"]) == pytest.approx(0.9 * 7 + 0.1 * 17)
    module.averaged = averaged(network, 0.0)
    assert float(kept_state(module.state_dict())["bias"]) == 17


def test_plateau_is_torchs():
    past = [1.0, 0.8, 0.9, 0.85, 0.82, 0.7, 0.71, 0.72, 0.73, 0.74, 0.75]
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=1, threshold=0.0
    )
    ours = build_schedule(Choice("plateau", {"factor": 0.5, "patience": 2}))
    for i, value in enumerate(past):
        theirs.step(value)
        assert ours(0.5, past[: i + 1]) == pytest.approx(optimizer.param_groups[0]["lr"])


@pytest.mark.parametrize("name", ["constant", "cosine", "exponential", "plateau"])
def test_warm_up_rises_in_a_straight_line(name):
    schedule = build_schedule(Choice(name, {"warm_up": 0.4}))
    assert schedule(0.2) == pytest.approx(0.5, abs=0.01)
    assert schedule(0.4) == pytest.approx(1, abs=0.01)
    assert 0 < schedule(0.0) < 0.01


def test_impossible_schedules_are_refused():
    with pytest.raises(SettingError, match="below 1"):
        build_schedule(Choice("cosine", {"warm_up": 1.5}))(0.5)
    with pytest.raises(SettingError, match="factor"):
        build_schedule(Choice("plateau", {"factor": 2.0}))(0.5)
    assert math.isfinite(build_schedule(Choice("plateau"))(0.5))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_has_a_slope_where_an_answer_is_quite_sure(gamma):
    logits = torch.tensor([[60.0, 0.0, 0.0], [0.0, 60.0, 0.0]], requires_grad=True)
    build_loss(Choice("focal", {"gamma": gamma}), None)(logits, torch.tensor([0, 0])).backward()
    assert logits.grad.isfinite().all()


def test_impossible_arguments_of_losses_and_schedules_are_refused():
    for name, arguments in [
        ("focal", {"gamma": -1.0}),
        ("focal", {"alpha": -1.0}),
        ("cross_entropy", {"label_smoothing": -0.5}),
    ]:
        with pytest.raises(SettingError, match=next(iter(arguments))):
            build_loss(Choice(name, arguments), None)(LOGITS, LABELS)
    with pytest.raises(SettingError, match="least from 0 to 1"):
        build_schedule(Choice("plateau", {"least": 5.0}))(0.5)
    with pytest.raises(SettingError, match="below 1"):
        build_schedule(Choice("one_cycle", {"warm_up": 1.0}))(0.5)
    for name, arguments in [
        ("cosine", {"final": 5.0}),
        ("exponential", {"final": 0.0}),
        ("one_cycle", {"start": -0.1}),
    ]:
        with pytest.raises(SettingError, match="share of the highest rate"):
            build_schedule(Choice(name, arguments))(0.5)
