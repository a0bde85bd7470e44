"""A network to a safetensors file and back, exactly."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import safetensors.torch
import torch

from buffycoat.errors import WeightsError
from buffycoat.models.build import build_network
from buffycoat.models.network import Network
from buffycoat.models.settings import ModelSettings
from buffycoat.models.weights import list_differences, read_weights, recorded_facts
from buffycoat.tables.files import replacing

__all__ = ["load_network", "save_network"]


def save_network(network: Network, path: Path) -> Path:
    """Write all weights, batch norm statistics, the preprocessing and the facts.

    Raises:
        DiskError: when it cannot be written.
    """
    # Copies, since the format takes neither shared memory nor the channels-last order.
    state = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in network.state_dict().items()
    }
    # One remark alone: of several, the format keeps no order, and a file's hash would differ.
    facts = {"facts": json.dumps(network.facts, sort_keys=True, default=str)}
    with replacing(path) as beside:
        safetensors.torch.save_file(state, beside, facts)
    return path


def load_network(
    path: Path,
    settings: ModelSettings,
    n_classes: int,
    *,
    image_px: tuple[int, int] = (96, 96),
) -> Network:
    """The network that `save_network` wrote, in evaluation mode on the processor.

    Args:
        path: The file.
        settings: The ones it was built with; its weights are not asked for again.
        n_classes: C.
        image_px: Height and width of the images.

    Raises:
        WeightsError: when the file is missing, damaged, or of another network.
    """
    network = build_network(replace(settings, weights="none"), n_classes, image_px=image_px)
    state, remarks = read_weights(path)
    differences = list_differences(state, network.state_dict())
    if differences:
        raise WeightsError("\n".join([f"{path} is of another network", *differences]))
    network.load_state_dict(state, strict=False)  # counters of batch norms alone may be missing
    network.facts = recorded_facts(remarks) or network.facts
    return network.eval()
