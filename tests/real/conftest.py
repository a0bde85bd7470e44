"""Where the real images and weights are; tests that need them are skipped elsewhere."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def data():
    """The folder of real images."""
    place = Path(os.environ.get("BUFFYCOAT_DATA", ROOT.parent / "shared" / "data"))
    if not place.is_dir():
        pytest.skip(f"no real images at {place}: set BUFFYCOAT_DATA")
    return place.resolve()


@pytest.fixture(scope="session")
def weights(data):
    """The given MobileNetV2 weights."""
    place = data.parent / "weights" / "mobilenetv2_100.imagenet.safetensors"
    if not place.is_file():
        pytest.skip(f"no weights at {place}")
    return place
