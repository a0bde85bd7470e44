"""Which parameters learn."""

from __future__ import annotations

from torch import nn

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.models.network import Network
from buffycoat.models.settings import FreezingSettings

__all__ = ["apply_freezing", "learning_layers", "norms_that_rest"]

_NORMS = nn.modules.batchnorm._BatchNorm
Layers = list[tuple[str, nn.Module]]


def learning_layers(network: Network) -> Layers:
    """The layers that hold parameters themselves, by name, in order: `freeze_first` counts them."""
    return [(n, m) for n, m in network.named_modules() if any(True for _ in m.parameters(False))]


def apply_freezing(network: Network, settings: FreezingSettings) -> list[str]:
    """Set what learns, whatever did before; the names of the parameters that do.

    Batch norms that do not learn keep their statistics too: they stay in evaluation mode.

    Raises:
        UnknownNameError: for an unknown block or type of layer.
        SettingError: for batch norms where there are none, or when nothing would learn.
    """
    layers = learning_layers(network)
    if settings.freeze_first > len(layers):
        said = f"freeze_first is {settings.freeze_first}"
        raise SettingError(f"{said}; the network has {len(layers)} layers")
    chosen = layers[: settings.freeze_first] + _of_types(layers, settings.freeze_types)
    if settings.freeze_batch_norm:
        _check_norms(network)
        chosen += [(n, m) for n, m in layers if _is_backbone(n) and isinstance(m, _NORMS)]
    frozen = _in_blocks(network, settings.freeze_blocks)
    frozen |= {f"{name}.{p}" for name, m in chosen for p, _ in m.named_parameters(recurse=False)}
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name not in frozen)
    learns = [name for name, p in network.named_parameters() if p.requires_grad]
    if not learns:
        raise SettingError("everything is frozen, so nothing would learn: leave the head out")
    network.keep_still(norms_that_rest(network, everywhere=settings.freeze_batch_norm))
    return learns


def _check_norms(network: Network) -> None:
    if not any(isinstance(m, _NORMS) for m in network.backbone.modules()):
        said = "freeze_batch_norm is set, and the network's backbone has no batch norm"
        raise SettingError(f"{said}: leave it out (--no-freeze-batch-norm)")


def norms_that_rest(network: Network, *, everywhere: bool = False) -> list[nn.Module]:
    """Batch norms whose statistics shall not move: those whose parameters do not learn.

    One without parameters rests with the whole backbone.

    Args:
        network: With its freezing set.
        everywhere: All batch norms of the backbone.
    """
    norms = [(n, m) for n, m in network.named_modules() if isinstance(m, _NORMS)]
    everywhere |= not any(p.requires_grad for p in network.backbone.parameters())
    return [m for n, m in norms if _rests(m) or (everywhere and _is_backbone(n))]


def _rests(norm: nn.Module) -> bool:
    own = list(norm.parameters())
    return bool(own) and not any(p.requires_grad for p in own)


def _is_backbone(name: str) -> bool:
    return name == "backbone" or name.startswith("backbone.")


def _in_blocks(network: Network, names: tuple[str, ...]) -> set[str]:
    """The parameters of the named blocks; `blocks` stands for blocks.0, blocks.1, ..."""
    blocks = network.blocks()
    frozen: set[str] = set()
    for name in names:
        found = [b for b in blocks if b == name or b.startswith(f"{name}.")]
        if name == "all":
            found = [block for block in blocks if block != "head"]
        if not found:
            raise UnknownNameError("block in this network", name, ("all", *blocks))
        frozen |= {parameter for block in found for parameter in blocks[block]}
    return frozen


def _of_types(layers: Layers, types: tuple[str, ...]) -> Layers:
    """The layers of the named types or of one derived from them."""
    there = {name for _, m in layers for name in _type_names(m)}
    for name in types:
        if name not in there:
            own = {type(m).__name__ for _, m in layers}
            raise UnknownNameError("type of layer in this network", name, own)
    return [(n, m) for n, m in layers if _type_names(m) & set(types)]


def _type_names(module: nn.Module) -> set[str]:
    kinds = type(module).__mro__
    return {kind.__name__ for kind in kinds[: kinds.index(nn.Module)]}
