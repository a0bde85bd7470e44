"""Weights from a file into a network, or a sentence that says why they do not fit."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from timm.models.vision_transformer import VisionTransformer, checkpoint_filter_fn
from torch import nn

from buffycoat.errors import WeightsError

__all__ = ["load_weights", "read_weights"]

State = dict[str, torch.Tensor]

_PREFIXES = ("module.", "model.", "backbone.", "student.", "teacher.", "encoder.")
_CONTAINERS = ("teacher", "state_dict", "model_state_dict", "model", "student")
_HEADS = re.compile(r"^(head|fc|classifier|head_dist|dino_head|ibot_head)\.|(^|\.)head\.fc\.")


def read_weights(path: Path) -> State:
    """The tensors of a safetensors or torch file; nothing in it is executed.

    Raises:
        WeightsError: when the file is missing, damaged, holds code, or holds no tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"weights file {path} does not exist")
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        said = "it holds more than tensors, and code in weights is not run"
        raise WeightsError(f"{path} is refused: {said}; convert it to safetensors") from error
    except (safetensors.SafetensorError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise WeightsError(f"{path} cannot be read as weights: {error}") from error
    return _tensors(found, path)


def _tensors(found: object, path: Path) -> State:
    for name in _CONTAINERS:
        if isinstance(found, dict) and isinstance(found.get(name), dict):
            found = found[name]
    state = (
        {k: v for k, v in found.items() if isinstance(v, torch.Tensor)}
        if isinstance(found, dict)
        else {}
    )
    if not state:
        raise WeightsError(f"{path} holds no tensors by name: is it a file of weights?")
    return state


def load_weights(module: nn.Module, state: State, where: str) -> list[str]:
    """Put weights into a module; names of what the file has beyond it (a classifier).

    Prefixes that wrappers add are taken off, and DINOv2's layout is turned into timm's.

    Args:
        module: A backbone without its classifier, or a whole network.
        state: Tensors by name.
        where: The file, for messages.

    Raises:
        WeightsError: when names or shapes differ, with a list of them.
    """
    state = _fitting_prefix(state, module)
    if isinstance(module, VisionTransformer):
        state = dict(checkpoint_filter_fn(_flat_blocks(state), module))
    own = module.state_dict()
    extra = sorted(name for name in state if name not in own)
    missing = sorted(name for name in own if name not in state and not _is_counter(name))
    shapes = sorted(n for n in own if n in state and own[n].shape != state[n].shape)
    unknown = [name for name in extra if not _HEADS.search(name) and not _is_counter(name)]
    if missing or shapes or unknown:
        raise WeightsError(
            _mismatch(where, missing, unknown, [_shapes(n, own, state) for n in shapes])
        )
    module.load_state_dict({n: v for n, v in state.items() if n in own}, strict=False)
    return extra


def _is_counter(name: str) -> bool:
    return name.endswith("num_batches_tracked")


def _flat_blocks(state: State) -> State:
    """Names without the chunks that DINOv2's training puts around its blocks."""
    return {re.sub(r"(^|\.)blocks\.\d+\.(\d+)\.", r"\1blocks.\2.", n): v for n, v in state.items()}


def _fitting_prefix(state: State, module: nn.Module) -> State:
    """The state under the prefixes whose removal makes most names fit."""
    own, best = set(module.state_dict()), state
    tried = state
    for _ in range(3):
        prefix = next((p for p in _PREFIXES if any(n.startswith(p) for n in tried)), None)
        if prefix is None:
            break
        tried = {n.removeprefix(prefix): v for n, v in tried.items() if n.startswith(prefix)} | {
            n: v for n, v in tried.items() if _HEADS.search(n)
        }
        if len(own & set(tried)) > len(own & set(best)):
            best = tried
    return best


def _shapes(name: str, own: State, state: State) -> str:
    return f"{name} {tuple(state[name].shape)} for {tuple(own[name].shape)}"


def _mismatch(where: str, missing: list[str], unknown: list[str], shapes: list[str]) -> str:
    parts = [
        f"{where} does not fit this network: choose the network that it was made for (--model)"
    ]
    for title, names in (
        ("missing", missing),
        ("not in the network", unknown),
        ("of another shape", shapes),
    ):
        if names:
            more = f" and {len(names) - 10} more" if len(names) > 10 else ""
            parts.append(f"  {len(names)} {title}: {', '.join(names[:10])}{more}")
    return "\n".join(parts)
