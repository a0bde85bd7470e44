"""The space in the guide is one that can be searched."""

from pathlib import Path

import numpy as np
import torch

from buffycoat.search.space.shared import SharedNetwork
from buffycoat.search.space.space import Space

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "search.md"


def test_the_space_in_the_guide_is_one_and_can_be_shared():
    code = GUIDE.read_text().partition("```python\n")[2].partition("```")[0]
    found = {}
    exec(compile(code, str(GUIDE), "exec"), found)  # the guide's own code
    space = Space(found["Net"], n_classes=3, image_px=(16, 16))
    assert space.n_architectures == 2 * 2 * 3
    images = torch.rand(2, 3, 16, 16)
    assert space.fixed(space.draw(np.random.default_rng(0)))(images).shape == (2, 3)
    shared = SharedNetwork(space)
    shared.choose(space.draw(np.random.default_rng(1)))
    assert shared(images).shape == (2, 3)
