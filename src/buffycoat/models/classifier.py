"""The classifier of a weights file into a network's head: whole, or the classes that both know."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from buffycoat.models.layouts import State
from buffycoat.models.network import Network

__all__ = ["PLACES", "load_classifier"]

PLACES = ("head", "heads", "fc", "classifier", "last_linear", "head_dist", "dino_head", "ibot_head")
"""Where libraries keep a classifier, by the beginning of its names."""


def load_classifier(network: Network, unused: State, theirs: Sequence[str]) -> set[str]:
    """Load a classifier that fits the head; the names that it had in the file.

    Where the file says its classes, `theirs`, and the network its own in `facts["classes"]`, each
    class that both know keeps its answer, and `facts["classes_kept"]` lists them; the others
    begin anew. Where either is not known, a classifier for as many classes is loaded.
    """
    own = network.head.state_dict()
    for place in dict.fromkeys(("head", *network.facts.get("head_names", ()), *PLACES)):
        names = {n: n.removeprefix(f"{place}.") for n in unused if n.startswith(f"{place}.")}
        given = {names[n]: unused[n] for n in names}
        if own and given.keys() == own.keys():
            fitted = _fitted(given, own, network, theirs)
            network.load_state_dict({f"head.{n}": v for n, v in fitted.items()}, strict=False)
            return set(names) if fitted else set()
    return set()


def _fitted(given: State, own: State, network: Network, theirs: Sequence[str]) -> State:
    ours = network.facts.get("classes") or []
    last = list(network.head.modules())[-1]
    if not (ours and theirs and isinstance(last, nn.Linear)):
        return given if _shapes(given) == _shapes(own) else {}
    kept = [name for name in ours if name in theirs]
    fitted = _by_class(given, own, [(ours.index(n), theirs.index(n)) for n in kept])
    if fitted:
        network.facts["classes_kept"] = kept
    return fitted


def _by_class(given: State, own: State, rows: list[tuple[int, int]]) -> State:
    """The given tensors, but of the last layer those rows alone; nothing where it does not fit."""
    layer = list(own)[-1].rpartition(".")[0]
    fitted = {}
    for name, tensor in own.items():
        is_last = name.rpartition(".")[0] == layer
        first = 1 if is_last else 0  # the number of classes may differ
        if given[name].shape[first:] != tensor.shape[first:] or not rows:
            return {}
        fitted[name] = tensor.clone() if is_last else given[name]
        for to, origin in rows if is_last else ():
            fitted[name][to] = given[name][origin]
    return fitted


def _shapes(state: State) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in state.items()}
