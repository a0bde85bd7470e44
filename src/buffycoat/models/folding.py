"""Batch norms folded into the convolutions before them, for a network that only answers.

In evaluation mode a batch norm is one factor and one offset for each channel, which the
convolution before it can apply itself: the same answers but for rounding, without a pass over
every feature map.
"""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import torch
from torch import nn

from buffycoat.models.network import Network

__all__ = ["folded"]

_SIDE = 64  # px of the noise that the pairs are found with
_OFF = 1e-3  # of the largest


def folded(network: Network, image_px: tuple[int, int] = (_SIDE, _SIDE)) -> Network:
    """A copy for answering only, quicker where it has batch norms; else the network itself.

    Which norm follows which convolution is seen from an image of noise. The copy is taken only
    where its features and logits of that image are the network's.

    Args:
        network: In evaluation mode.
        image_px: Height and width of the images that it will see.
    """
    if not any(isinstance(module, nn.BatchNorm2d) for module in network.modules()):
        return network
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand((2, 3, *image_px), generator=generator).to(network.mean)
    try:
        with torch.inference_mode(False), torch.no_grad():
            quick = _without_norms(copy.deepcopy(network), noise)
            return quick if _answer_alike(network, quick, noise) else network
    except Exception:  # a user's network may do what no copy can; then it answers as it is
        return network


def _without_norms(quick: Network, noise: torch.Tensor) -> Network:
    pairs = _pairs(quick, noise)
    for conv, norm in pairs:
        _fold(conv, norm)
    _replace(quick, {norm: _rest_of(norm) for _, norm in pairs})
    return quick


def _answer_alike(network: Network, quick: Network, noise: torch.Tensor) -> bool:
    """Whether features and logits are the same but for rounding."""
    for part in (Network.features, Network.forward):
        wanted, found = part(network, noise), part(quick, noise)
        if not bool((wanted - found).abs().max() <= _OFF * wanted.abs().max()):
            return False
    return True


def _pairs(network: Network, images: torch.Tensor) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Each convolution whose output goes into a batch norm, both used once."""
    made: dict[int, tuple[nn.Conv2d, torch.Tensor, int]] = {}
    pairs: list[tuple[nn.Conv2d, nn.BatchNorm2d]] = []
    calls: Counter[nn.Module] = Counter()

    def after_conv(conv: Any, _: Any, output: torch.Tensor) -> None:
        calls[conv] += 1
        # The tensor is kept, so that its id stays its own; its version tells changes in place.
        made[id(output)] = (conv, output, output._version)

    def before_norm(norm: Any, given: tuple[torch.Tensor, ...]) -> None:
        calls[norm] += 1
        conv, _, version = made.get(id(given[0]), (None, None, -1))
        if conv and norm.running_mean is not None and given[0]._version == version:
            pairs.append((conv, norm))

    hooks = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and "weight" in dict(module.named_parameters()):
            hooks.append(module.register_forward_hook(after_conv))
        elif isinstance(module, nn.BatchNorm2d):
            hooks.append(module.register_forward_pre_hook(before_norm))
    network(images)
    for hook in hooks:
        hook.remove()
    norms = Counter(conv for conv, _ in pairs)
    return [(c, n) for c, n in pairs if calls[c] == calls[n] == norms[c] == 1]


def _fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    mean, var = norm.running_mean, norm.running_var
    if mean is None or var is None:
        raise ValueError("a batch norm without statistics cannot be folded")
    gain = torch.rsqrt(var + norm.eps)
    if norm.weight is not None:
        gain = gain * norm.weight
    offset = -mean * gain if conv.bias is None else (conv.bias - mean) * gain
    if norm.bias is not None:
        offset = offset + norm.bias
    conv.weight = nn.Parameter(conv.weight * gain[:, None, None, None])
    conv.bias = nn.Parameter(offset)


def _rest_of(norm: nn.BatchNorm2d) -> nn.Module:
    """What a norm does besides: timm's apply an activation too."""
    parts = [getattr(norm, name, None) for name in ("drop", "act")]
    return nn.Sequential(*[part for part in parts if isinstance(part, nn.Module)])


def _replace(network: nn.Module, replacements: dict[Any, nn.Module]) -> None:
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if child in replacements:
                setattr(module, name, replacements[child])
