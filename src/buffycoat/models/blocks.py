"""Named blocks of a backbone, from input to output, found from the order of its modules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from torch import nn

__all__ = ["named_blocks"]

Unit = tuple[str, nn.Module, bool]
"""Name, module, and whether it is a stage of its own."""


def named_blocks(backbone: nn.Module) -> dict[str, list[nn.Module]]:
    """The modules of each block, in the order of the backbone.

    A stage is a child of a container such as `blocks` or `features` (`blocks.3`), or a numbered
    child with parts of its own (`layer2`). What comes before the first stage is the `stem`; what
    lies between or after stages joins under its first name (`conv_head`). A backbone without
    stages has one block for each child. Parameters of the backbone itself, such as position
    embeddings, go with the first block.
    """
    units = list(_units(backbone))
    has_stages = any(is_stage for _, _, is_stage in units)
    blocks: dict[str, list[nn.Module]] = {}
    name, seen_stage = "", False
    for unit, module, is_stage in units:
        starts = is_stage or not has_stages or not blocks or was_stage
        if starts:
            name = unit if is_stage or seen_stage or not has_stages else "stem"
            name = "neck" if name == "head" else name
        blocks.setdefault(name, []).append(module)
        was_stage, seen_stage = is_stage, seen_stage or is_stage
    return _with_own_parameters(backbone, blocks)


def _with_own_parameters(
    backbone: nn.Module, blocks: dict[str, list[nn.Module]]
) -> dict[str, list[nn.Module]]:
    # The list shares the parameters; it is no part of the network and has no place in its file.
    own = [p for path in _opened(backbone) for p in path.parameters(recurse=False)]
    if own:
        first = next(iter(blocks), "stem")
        blocks[first] = [nn.ParameterList(own), *blocks.get(first, [])]
    return blocks


def _opened(module: nn.Module) -> Iterator[nn.Module]:
    """The module, and the children that are not units but were looked into."""
    yield module
    for name, child in _learning_children(module):
        if _is_container(name, child) or _is_wrapper(module, child):
            yield from _opened(child)


def _units(module: nn.Module, prefix: str = "") -> Iterator[Unit]:
    for name, child in _learning_children(module):
        path = prefix + name
        if _is_container(name, child):
            for inner, part in _learning_children(child):
                yield f"{path}.{inner}", part, True
        elif _is_wrapper(module, child):
            yield from _units(child, f"{path}.")
        else:
            is_stage = bool(re.search(r"\d$", name)) and any(True for _ in child.children())
            yield path, child, is_stage


def _learning_children(module: nn.Module) -> list[tuple[str, nn.Module]]:
    return [(n, m) for n, m in module.named_children() if any(True for _ in m.parameters())]


def _is_container(name: str, module: nn.Module) -> bool:
    """A list of at least three parts, such as `blocks`; a numbered one (`layer1`) is one stage."""
    is_list = isinstance(module, nn.Sequential | nn.ModuleList)
    return is_list and not re.search(r"\d$", name) and len(_learning_children(module)) > 2


def _is_wrapper(parent: nn.Module, module: nn.Module) -> bool:
    """A part with nearly everything inside, such as the `encoder` of a transformer."""
    if isinstance(module, nn.Sequential | nn.ModuleList) and not _learning_children(module):
        return False
    share = _n_parameters(module) / max(1, _n_parameters(parent))
    has_container = any(_is_container(n, m) for n, m in _learning_children(module))
    return share > 0.8 and has_container


def _n_parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
