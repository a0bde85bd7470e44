import numpy as np
import pytest
import torch

from buffycoat.models.build import build_network
from buffycoat.models.settings import ModelSettings
from buffycoat.registry import Choice
from buffycoat.training.data import TrainingData
from buffycoat.training.phase import PhaseOfTraining
from buffycoat.training.records import PHASES, PhaseRecord
from buffycoat.training.settings import LearningSettings, TrainSettings


def built(seed):
    settings = ModelSettings(Choice("mnasnet0_5"), "none")
    return build_network(settings, 3, image_px=(32, 32), seed=seed)


def test_the_best_epoch_is_taken_where_the_network_asks_a_version(tmp_path):
    best, network = built(1), built(2)
    kept = {f"network.{name}": tensor for name, tensor in best.state_dict().items()}
    torch.save({"state_dict": {**kept, "loss.weight": torch.ones(3)}}, tmp_path / "best.ckpt")
    PhaseOfTraining("all", network, None, TrainSettings(), tmp_path, None, None)._take_best()
    for name, tensor in best.state_dict().items():
        assert torch.equal(tensor, network.state_dict()[name])


def test_augmentation_grows_on_from_phase_to_phase(tmp_path):
    settings = TrainSettings(learning=LearningSettings(epochs=6, head_epochs=2))
    parts = [
        PhaseOfTraining(phase, None, None, settings, tmp_path, None, None)._of_training
        for phase in PHASES
    ]
    assert parts == [(0, 0.25), (0.25, 1), (1, 1)]


@pytest.mark.parametrize(("n_rows", "last"), [(640, 5), (1280, 10), (64, 1)])
def test_a_repeated_training_of_other_rows_still_ends_where_the_first_did(n_rows, last, tmp_path):
    rows = np.arange(n_rows)
    data = TrainingData(np.zeros((1, 8, 8, 3), np.uint8), rows, rows % 3, rows[:1], rows[:1])
    given = PhaseRecord("all", [0.0, 0.6, 1.0], 10, 5, 2, 1, 0.5)
    phase = PhaseOfTraining("all", built(1), data, TrainSettings(), tmp_path, None, given)
    table = phase._course().timetable
    assert table.last_steps == last
    assert table.done(0, n_rows // 64) == 0.6
    assert table.done(1, last) == 1
