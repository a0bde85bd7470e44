import math

import pytest

from buffycoat.errors import SettingError
from buffycoat.search.strategies.budget import Meter, SearchBudget


def test_the_slowest_trial_decides_whether_another_fits(clock):
    meter = Meter(SearchBudget(60, clock=clock))
    for seconds in (20, 5):
        began = meter.start()
        clock.now += seconds
        assert meter.stop(began) == seconds
    assert meter.most(9) == 1
    assert meter.allows()
    clock.now += 16
    assert not meter.allows()
    assert not meter.is_over


def test_without_a_limit_everything_fits(clock):
    meter = Meter(SearchBudget(clock=clock))
    assert meter.allows(10**6)
    assert meter.most(7) == 7


def test_trials_that_run_count_among_those_allowed(clock):
    meter = Meter(SearchBudget(n_trials=3, clock=clock), n_done=1)
    assert meter.allows(1)
    assert not meter.allows(2)


@pytest.mark.parametrize("limits", [{"seconds": 0}, {"seconds": math.nan}, {"n_trials": 0}])
def test_a_budget_of_nothing_is_refused(limits):
    with pytest.raises(SettingError, match="a search of"):
        SearchBudget(**limits)
