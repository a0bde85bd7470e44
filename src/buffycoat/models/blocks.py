"""Named blocks of a backbone, from input to output, found from the order of its modules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from torch import nn

__all__ = ["named_blocks"]


def named_blocks(backbone: nn.Module) -> dict[str, list[str]]:
    """The parameter names of each block, in the order of the backbone; each stands in one block.

    A stage is a child of a container such as `blocks` or `features` (`blocks.3`), or a numbered
    child with parts of its own (`layer2`). What comes before the first stage is the `stem`; what
    lies between or after stages joins under its first name (`conv_head`). A backbone without
    stages has one block for each child. Parameters of the backbone itself, such as position
    embeddings, go with the first block.
    """
    block_of = _block_of_units(list(_units(backbone)))
    blocks: dict[str, list[str]] = {name: [] for name in dict.fromkeys(block_of.values())}
    first = next(iter(blocks), "stem")
    for name, _ in backbone.named_parameters():
        unit = next((u for u in _dotted_starts(name) if u in block_of), None)
        blocks.setdefault(block_of[unit] if unit else first, []).append(name)
    return {name: names for name, names in blocks.items() if names}


def _block_of_units(units: list[tuple[str, bool]]) -> dict[str, str]:
    """The block of each unit, from the units' paths and whether each is a stage."""
    has_stages = any(is_stage for _, is_stage in units)
    found: dict[str, str] = {}
    block, follows_stage = "", not has_stages
    for path, is_stage in units:
        if is_stage or follows_stage:
            block = path
        elif not block:
            block = "stem"
        found[path] = "neck" if block == "head" else block
        follows_stage = is_stage or not has_stages
    return found


def _units(module: nn.Module, prefix: str = "") -> Iterator[tuple[str, bool]]:
    for name, child in _learning_children(module):
        path = prefix + name
        if _is_container(name, child):
            yield from ((f"{path}.{inner}", True) for inner, _ in _learning_children(child))
        elif _is_wrapper(module, child):
            yield from _units(child, f"{path}.")
        else:
            yield path, _is_numbered(name) and bool(_learning_children(child))


def _learning_children(module: nn.Module) -> list[tuple[str, nn.Module]]:
    return [(n, m) for n, m in module.named_children() if any(True for _ in m.parameters())]


def _is_numbered(name: str) -> bool:
    return bool(re.search(r"\d[a-z]?$", name))  # layer1, and Inception's 3a


def _is_container(name: str, module: nn.Module) -> bool:
    """A list of at least three parts, such as `blocks`; `stem` and `layer1` are one."""
    is_list = isinstance(module, nn.Sequential | nn.ModuleList)
    is_stage = name == "stem" or _is_numbered(name)
    return is_list and not is_stage and len(_learning_children(module)) > 2


def _is_wrapper(parent: nn.Module, module: nn.Module) -> bool:
    """A part with nearly everything and a container inside, such as a transformer's `encoder`."""
    share = _n_parameters(module) / max(1, _n_parameters(parent))
    return share > 0.8 and any(_is_container(n, m) for n, m in _learning_children(module))


def _n_parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def _dotted_starts(name: str) -> Iterator[str]:
    """The name and what is left of it before each dot, longest first."""
    while name:
        yield name
        name = re.sub(r"\.?[^.]*$", "", name)
