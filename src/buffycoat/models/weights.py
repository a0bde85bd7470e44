"""Weights from a file into a network, or a sentence that says why they do not fit."""

from __future__ import annotations

import argparse
import json
import pickle
import warnings
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import nn

from buffycoat.errors import WeightsError, first_line
from buffycoat.models.classifier import PLACES, load_classifier
from buffycoat.models.layouts import State, fit_layout, likely_models
from buffycoat.models.network import Network
from buffycoat.runs import file_sha256

__all__ = ["list_differences", "load_weights", "read_weights", "recorded_facts"]

_AVERAGED = ("state_dict_ema", "model_ema", "teacher")
_CONTAINERS = (*_AVERAGED, "state_dict", "model_state_dict", "model", "student")
_EXTRA = ("aux1", "aux2", "AuxLogits", "mask_token")


def read_weights(path: Path) -> tuple[State, dict[str, str]]:
    """The tensors of a safetensors or torch file and its remarks; nothing in it is executed.

    Raises:
        WeightsError: when the file is missing, damaged, holds code, holds no tensors, or
            holds some that are not finite.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"weights file {path} does not exist")
    try:
        if path.suffix == ".safetensors":
            with safetensors.safe_open(path, "pt") as file:
                remarks = dict(file.metadata() or {})
            found = safetensors.torch.load_file(path)
        else:
            found, remarks = _unpickled(path), {}
    except pickle.UnpicklingError as error:
        said = "it holds more than tensors, and code in a weights file is never run"
        if "Unsupported operand" in str(error):
            said = "it is damaged, or of a pickle protocol that torch reads only by running code"
        raise WeightsError(f"{path} is refused: {said}; save its state_dict alone") from error
    except (safetensors.SafetensorError, RuntimeError, EOFError, OSError, ValueError) as error:
        said = first_line(error) if str(error).strip() else "it is empty"
        raise WeightsError(f"{path} cannot be read as weights: {said}") from error
    except Exception as error:  # what torch raises depends on the byte that is wrong
        raise WeightsError(f"{path} cannot be read as weights: it is damaged") from error
    return _sound(_tensors(found, path), path), remarks


def _sound(state: State, path: Path) -> State:
    """The state itself, when all of it is finite."""
    broken = [n for n, v in state.items() if v.is_floating_point() and not _is_finite(v)]
    if broken:
        said = "\n".join([f"{path} holds NaN or infinite weights", *_listed("broken", broken)])
        raise WeightsError(f"{said}\n  its training went wrong: take an earlier checkpoint")
    return state


def _is_finite(tensor: torch.Tensor) -> bool:
    return bool(tensor.float().isfinite().all())  # narrow types have no isfinite of their own


def _unpickled(path: Path) -> Any:
    """What a torch file holds."""
    with path.open("rb") as file:
        start = file.read(2)
    if start and not start.startswith((b"PK", b"\x80")):
        raise ValueError("it is no torch file")
    # Training scripts put their arguments beside the weights; a Namespace runs nothing.
    with torch.serialization.safe_globals([argparse.Namespace]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected pickle protocol")
        return torch.load(path, map_location="cpu", weights_only=True)


def _tensors(found: Any, path: Path) -> State:
    """The state inside the dictionaries that training scripts save."""
    while isinstance(found, dict):
        inner = next((n for n in _CONTAINERS if isinstance(found.get(n), dict)), None)
        if inner is None:
            break
        found = found[inner]
    items = found.items() if isinstance(found, dict) else ()
    state = {k: v for k, v in items if isinstance(k, str) and isinstance(v, torch.Tensor)}
    if not state:
        raise WeightsError(f"{path} holds no tensors by name: is it a file of weights?")
    return state


def load_weights(network: Network, path: str | Path) -> dict[str, Any]:
    """Put the weights of a file into a network; what is known of them, as facts for the run.

    Prefixes that wrappers add are taken off, foreign layouts (DINOv2, DinoBloom) turned into the
    library's own and position embeddings resized. A classifier for as many classes is loaded, and
    of one whose classes the file names, what the network's own have in common with them. A file
    that Buffycoat wrote brings its preprocessing with it.

    Raises:
        WeightsError: when the file cannot be read, or names or shapes differ: it lists them.
    """
    path = Path(path)
    state, remarks = read_weights(path)
    state, rest = fit_layout(state, network.backbone)
    _check(state, network, path)
    own = network.backbone.state_dict()
    network.load_state_dict({f"backbone.{n}": state[n] for n in own if n in state}, strict=False)
    unused = {n: v for n, v in state.items() if n not in own} | rest
    theirs = recorded_facts(remarks).get("classes") or []
    used = load_classifier(network, unused, theirs) | _load_preprocessing(network, unused)
    left_out = sorted(set(unused) - used - {"mask_token"})
    return {
        "weights": path.name,
        "weights_sha256": file_sha256(path),
        "licence": _licence(remarks),
        "weights_left_out": left_out[:10],
        "n_weights_left_out": len(left_out),
    }


def recorded_facts(remarks: dict[str, str]) -> dict[str, Any]:
    """The facts that `save_network` wrote among a file's remarks; none in another's file."""
    try:
        facts = json.loads(remarks.get("facts", "{}"))
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _licence(remarks: dict[str, str]) -> str:
    recorded = recorded_facts(remarks).get("licence")
    return str(remarks.get("license") or remarks.get("licence") or recorded or "unknown")


def _check(state: State, network: Network, path: Path) -> None:
    own = network.backbone.state_dict()
    judged = {n: v for n, v in state.items() if n in own or not _may_be_left_out(n, network)}
    differences = list_differences(judged, own)
    if not differences:
        return
    named = network.facts.get("name", "this network")
    likely = likely_models(path, state)
    said = (
        f"it looks like {' or '.join(likely)}" if likely else "choose the network it was made for"
    )
    parts = [f"{path} does not fit {named}", *differences, f"  {said}: --model NAME"]
    raise WeightsError("\n".join(parts))


def list_differences(state: State, own: State) -> list[str]:
    """Lines that name what a state lacks of a network's own, adds to it, or has in other shapes.

    Ten names of each at most; counters of batch norms may be missing.
    """
    shapes = [
        f"{n} {tuple(state[n].shape)} instead of {tuple(v.shape)}"
        for n, v in own.items()
        if n in state and state[n].shape != v.shape
    ]
    missing = [n for n in own if n not in state and not _is_counter(n)]
    return [
        *_listed("missing", missing),
        *_listed("unknown", [n for n in state if n not in own]),
        *_listed("of another shape", shapes),
    ]


def _listed(title: str, names: list[str]) -> list[str]:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return [f"  {len(names)} {title}: {', '.join(names[:10])}{more}"] if names else []


def _is_counter(name: str) -> bool:
    return name.endswith("num_batches_tracked")


def _may_be_left_out(name: str, network: Network) -> bool:
    """A classifier, a part that serves training alone, or statistics that no group norm has."""
    places = (*PLACES, *_EXTRA, *network.facts.get("head_names", ()))
    if _is_counter(name) or _is_of_batch_norm(name, network):
        return True
    return any(name == p or name.startswith(f"{p}.") for p in places)


def _is_of_batch_norm(name: str, network: Network) -> bool:
    """Whether it is a statistic of a batch norm in whose place the network has a group norm."""
    place, _, what = name.rpartition(".")
    if what not in ("running_mean", "running_var"):
        return False
    there = dict(network.backbone.named_modules())
    return isinstance(there.get(place), nn.GroupNorm)


def _load_preprocessing(network: Network, unused: State) -> set[str]:
    names = {"mean", "std"}
    if not all(n in unused and unused[n].shape == (1, 3, 1, 1) for n in names):
        return set()
    network.load_state_dict({n: unused[n] for n in names}, strict=False)
    return names
