"""Lightning's own remarks are kept away while a training runs, and no longer."""

import logging

import pytest

from buffycoat.training.trainer import quiet


@pytest.fixture
def log():
    """Lightning's log, which says everything."""
    log = logging.getLogger("lightning.pytorch")
    before = log.level
    log.setLevel(logging.INFO)
    yield log
    log.setLevel(before)


def interrupted(log):
    with quiet():
        assert not log.isEnabledFor(logging.INFO)
        raise KeyboardInterrupt


def test_lightning_speaks_again_after_a_training_that_was_interrupted(log):
    with pytest.raises(KeyboardInterrupt):
        interrupted(log)
    assert log.isEnabledFor(logging.INFO)
