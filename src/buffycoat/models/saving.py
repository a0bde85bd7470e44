"""A network to a safetensors file and back, exactly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import safetensors.torch
import torch

from buffycoat.errors import WeightsError
from buffycoat.models.build import build_network
from buffycoat.models.network import Network
from buffycoat.models.settings import ModelSettings
from buffycoat.models.weights import read_weights
from buffycoat.tables.files import replacing

__all__ = ["load_network", "save_network"]


def save_network(network: Network, path: Path) -> Path:
    """Write all weights, batch norm statistics and the preprocessing.

    Raises:
        DiskError: when it cannot be written.
    """
    state = {
        n: v.detach().cpu().clone(memory_format=torch.contiguous_format)
        for n, v in network.state_dict().items()
    }
    with replacing(path) as beside:
        safetensors.torch.save_file(state, beside)
    return path


def load_network(
    path: Path,
    settings: ModelSettings,
    n_classes: int,
    *,
    image_px: tuple[int, int],
) -> Network:
    """The network that `save_network` wrote, in evaluation mode on the processor.

    Raises:
        WeightsError: when the file is not of this network.
    """
    network = build_network(replace(settings, weights="none"), n_classes, image_px=image_px)
    try:
        network.load_state_dict(read_weights(path))
    except RuntimeError as error:
        raise WeightsError(f"{path} is not of the network in its run.json: {error}") from error
    return network.eval()
