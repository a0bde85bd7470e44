"""Write an image without loss, the same bytes each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["write_png"]


def write_png(image: np.ndarray, path: Path) -> Path:
    """Write uint8 (H, W, 3) as a PNG without any date or remark."""
    Image.fromarray(np.ascontiguousarray(image)).save(path, format="PNG")
    return path
