"""What is said of a search: the network of chance, its ranks, and how few networks were seen."""

import math
from types import SimpleNamespace

from buffycoat.pipeline.architecture_search import outcome, stages
from buffycoat.pipeline.architecture_search.record import Record, Spent
from buffycoat.pipeline.architecture_search.scored import rankings
from buffycoat.registry import Choice
from buffycoat.search.strategies.strategy import Scored


def test_the_network_of_chance_is_named_where_it_is_another_and_better_by_validation_rows(
    monkeypatch,
):
    def said(found, **accuracies):
        rows = [
            SimpleNamespace(name=name.replace("_", " "), accuracy=SimpleNamespace(value=value))
            for name, value in accuracies.items()
        ]
        monkeypatch.setattr(outcome, "_standings", lambda _, split: validated[split])
        validated = {"validation": SimpleNamespace(rows=rows)}
        record = Record(None, {})
        record.of("by chance").append(Scored({"n": found}, 0.5, 1.0, "trained"))
        told = SimpleNamespace(record=record, chance="by chance")
        return outcome._better(told, Scored({"n": 1}, 0.6, 1.0, "trained"), {})

    assert said(2, best=0.9, by_chance=0.9) == said(1, best=0.8, by_chance=0.9) == ""
    assert "0.9100 against 0.9000: its recipe is by-chance" in said(2, by_chance=0.91, best=0.9)


def test_a_network_that_chance_could_not_train_has_the_score_of_its_second_trial():
    record = Record(None, {})
    record.of("by chance").append(Scored({"n": 1}, 0.7, 1.0, "trained"))
    record.of("by chance").append(Scored({"n": 2}, math.nan, 1.0, "trained", "the time was over"))
    record.of("ranked").append(Scored({"n": 2}, 0.6, 1.0, "trained"))
    made = stages.Stages(None, None, Choice("tpe"), record, 0, ({"n": 1}, {"n": 2}), None)
    assert rankings(made)[0].scores == (0.7, 0.6)


def test_a_search_of_few_networks_says_how_more_are_seen():
    def said(n_seen, *, n_architectures=4000, shares=False, took_s=99.5, trial_s=1.0, epochs=5):
        record = Record(None, {})
        record.of("search").extend(Scored({"n": n}, 0.5, trial_s, "trained") for n in range(n_seen))
        record.over["search"] = Spent(100, took_s)
        space = SimpleNamespace(n_architectures=n_architectures)
        task = SimpleNamespace(settings=SimpleNamespace(epochs=epochs))
        found = SimpleNamespace(record=record, space=space, task=task, shares_weights=shares)
        return outcome._few(found)

    assert "5 of 4,000 networks had their turn" in said(5)
    assert "One of 4,000 networks had its turn" in said(1)
    assert said(10) == said(4, n_architectures=4) == said(1, shares=True) == ""
    assert "time of the search: fewer --trial-epochs, smaller --image-px or a" in said(5)
    assert "time of the search: smaller --image-px or a longer" in said(5, epochs=1)
    assert said(5, took_s=20) == ""  # it has settled
    assert "One of" in said(1, took_s=60, trial_s=60)  # another would not have ended in time
