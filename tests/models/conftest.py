"""Networks that are quick to build."""

import pytest

from buffycoat.models.build import build_network
from buffycoat.models.settings import ModelSettings
from buffycoat.registry import Choice


@pytest.fixture
def build():
    """Build by name and arguments, from scratch unless weights are named, at 32 px."""

    def build(
        name="small_cnn",
        n_classes=3,
        *,
        weights="none",
        head="linear",
        px=32,
        seed=0,
        classes=(),
        **given,
    ):
        settings = ModelSettings(Choice(name, given), str(weights), Choice.parse(head))
        return build_network(settings, n_classes, image_px=(px, px), seed=seed, classes=classes)

    return build
