"""Which parameters learn."""

from __future__ import annotations

from torch import nn

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.models.network import Network
from buffycoat.models.settings import FreezingSettings

__all__ = ["apply_freezing", "leaf_layers", "norms_that_rest"]

_NORMS = nn.modules.batchnorm._BatchNorm


def leaf_layers(network: Network) -> list[tuple[str, nn.Module]]:
    """Layers with parameters and no layer inside, by name, in order: what `freeze_first` counts."""
    found = network.named_modules()
    return [(n, m) for n, m in found if any(True for _ in m.parameters(recurse=False))]


def apply_freezing(network: Network, settings: FreezingSettings) -> list[str]:
    """Set what learns; the names of the parameters that do.

    Raises:
        SettingError: for an unknown block or type of layer, or when nothing would learn.
    """
    frozen = _in_blocks(network, settings.freeze_blocks)
    layers = leaf_layers(network)
    if settings.freeze_first > len(layers):
        said = f"the network has {len(layers)} layers, freeze_first asks for"
        raise SettingError(f"{said} {settings.freeze_first}")
    chosen = layers[: settings.freeze_first] + _of_types(layers, settings.freeze_types)
    if settings.freeze_batch_norm:
        chosen += [(n, m) for n, m in layers if isinstance(m, _NORMS)]
    frozen |= {f"{name}.{p}" for name, m in chosen for p, _ in m.named_parameters(recurse=False)}
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name not in frozen)
    learns = [name for name, p in network.named_parameters() if p.requires_grad]
    if not learns:
        raise SettingError("everything is frozen: nothing would learn")
    return learns


def _in_blocks(network: Network, names: tuple[str, ...]) -> set[str]:
    blocks = network.blocks()
    everything = {p for block, mine in blocks.items() if block != "head" for p in mine}
    found: set[str] = set()
    for name in names:
        if name != "all" and name not in blocks:
            raise UnknownNameError("block", name, ["all", *blocks])
        found |= everything if name == "all" else set(blocks[name])
    return found


def _of_types(
    layers: list[tuple[str, nn.Module]], types: tuple[str, ...]
) -> list[tuple[str, nn.Module]]:
    there = {type(m).__name__ for _, m in layers}
    for name in types:
        if name not in there:
            raise UnknownNameError("type of layer in this network", name, there)
    return [(n, m) for n, m in layers if type(m).__name__ in types]


def norms_that_rest(network: Network) -> list[nn.Module]:
    """Batch norms that do not learn, and must therefore keep their statistics too."""
    norms = [m for m in network.modules() if isinstance(m, _NORMS)]
    return [m for m in norms if not any(p.requires_grad for p in m.parameters())]
