import torch

from buffycoat.models.build import build_network
from buffycoat.models.settings import ModelSettings
from buffycoat.registry import Choice
from buffycoat.training.phase import PhaseOfTraining
from buffycoat.training.settings import TrainSettings


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
