"""The strategies by name; every file of them is imported here."""

from collections.abc import Callable, Mapping

from buffycoat.search.strategies import darts, gumbel, single_path  # noqa: F401
from buffycoat.search.strategies.evolution import propose_children
from buffycoat.search.strategies.exhaustive import propose_every
from buffycoat.search.strategies.random_search import propose_by_chance
from buffycoat.search.strategies.strategy import strategies
from buffycoat.search.strategies.tpe import propose_likely
from buffycoat.search.strategies.trials import Propose

__all__ = ["proposers", "strategies"]

proposers: Mapping[str, Callable[..., Propose]] = {
    "evolution": propose_children,
    "exhaustive": propose_every,
    "random_search": propose_by_chance,
    "tpe": propose_likely,
}
"""What the strategies that train every architecture propose, for an engine that runs several trials
at once: `(space, *, seed, <their own arguments>)`."""
