"""Small drawn data, made once for the whole session, and a cache of its own for every test run."""

import pytest
import torch

from buffycoat.sources.drawn.cells import draw_samples

TYPES = ("lymphocyte", "neutrophil", "platelet")


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory):
    """Keep the user's cache out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUFFYCOAT_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        torch.set_num_threads(1)
        yield


@pytest.fixture(scope="session")
def cells(tmp_path_factory):
    """A folder of 150 drawn cells of three types on ten slides, 32 px."""
    folder = tmp_path_factory.mktemp("drawn") / "cells"
    return draw_samples(folder, n_images=150, n_slides=10, image_px=32, cell_types=TYPES, seed=1)
