import numpy as np
import pytest

from buffycoat.errors import SettingError
from buffycoat.search.strategies.drawing import generator, mutated
from buffycoat.search.strategies.evolution import fittest, propose_children
from buffycoat.search.strategies.random_search import propose_by_chance
from buffycoat.search.strategies.strategy import Scored


def scored(score, **architecture):
    return Scored(architecture, score, 1.0, "trained")


class Drawn:
    """Gives what is prescribed, in place of a source of draws."""

    def __init__(self, *places):
        self.places = list(places)

    def choice(self, n, size, replace):
        assert not replace
        taken, self.places = self.places[:size], self.places[size:]
        assert max(taken) < n
        return np.array(taken)


ALIVE = [
    scored(3.0, width=3, body="flat"),
    scored(12.0, **{"width": 2, "body": "deep", "body.deep.rate": 1}),
    scored(float("nan"), width=4, body="flat"),
    scored(1.0, width=1, body="flat"),
]


def test_the_parent_is_the_best_of_the_sample_and_what_failed_is_worst():
    assert fittest(ALIVE, 2, Drawn(0, 3)).score == 3.0
    assert fittest(ALIVE, 3, Drawn(0, 1, 2)).score == 12.0
    assert fittest(ALIVE, 2, Drawn(2, 3)).score == 1.0


def test_a_mutation_changes_one_active_choice_and_draws_what_becomes_active(known):
    flat = {"width": 3, "body": "flat"}
    seen = [mutated(flat, known, generator(i)) for i in range(60)]
    for child in seen:
        changed = [n for n in ("width", "body") if child[n] != flat[n]]
        assert len(changed) == 1
        assert child == known.active(child)
    deep = {child["body.deep.rate"] for child in seen if child["body"] == "deep"}
    assert deep == {1, 2, 3}
    back = [
        mutated({**seen[0], "body": "deep", "body.deep.rate": 2}, known, generator(i))
        for i in range(40)
    ]
    assert any(child["body"] == "flat" and "body.deep.rate" not in child for child in back)


def test_the_oldest_dies(known):
    """The best of all is older than the population: its children do not come any more."""
    best = scored(99.0, **{"width": 4, "body": "deep", "body.deep.rate": 3})
    others = [scored(float(w), width=w, body="flat") for w in (1, 2)]
    propose = propose_children(known, seed=0, population=2, sample=2)
    child = propose([best, *others])
    # Both were drawn; the better one is 2, flat: one change away from it, and not seen before.
    parent = others[1].architecture
    assert sum(child[n] != parent[n] for n in ("width", "body")) == 1
    alive = propose([*others, best])
    assert sum(alive.get(n) != v for n, v in best.architecture.items()) in (1, 2)
    assert alive["body"] == "deep" or alive["width"] == 4


def test_few_trials_evolve_too(known):
    """Of ten trials with room for twenty alive, the third is a child already."""
    propose, past = propose_children(known, seed=1), []
    for _ in range(10):
        past.append(scored(float(len(past)), **propose(past)))
    for n in range(2, 10):
        near = [one for one in past[:n] if is_child(past[n].architecture, one.architecture)]
        assert near or n % 4 == 0, n
    chance = propose_by_chance(known, seed=1)
    assert [one.architecture for one in past] != [chance(past[:n]) for n in range(10)]


def is_child(one, parent):
    """Whether one choice that both have differs, or what it makes active."""
    return sum(one[n] != parent[n] for n in ("width", "body")) <= 1


def test_it_ends_when_nothing_better_comes(known):
    propose = propose_children(known, seed=0, patience=3)
    best = scored(9.0, width=1, body="flat")
    worse = [scored(1.0, width=w, body="flat") for w in (2, 3, 4)]
    assert propose([best, *worse[:2]]) is not None
    assert propose([best, *worse]) is None
    with pytest.raises(SettingError, match="patience is -1"):
        propose_children(known, seed=0, patience=-1)


def test_a_sample_larger_than_the_population_is_refused(known):
    with pytest.raises(SettingError, match="a sample of 5 from a population of 4"):
        propose_children(known, seed=0, population=4, sample=5)
