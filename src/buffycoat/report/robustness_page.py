"""One HTML page: what of a run's accuracy is left on distorted images, with pictures of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from buffycoat.report.jpeg import jpeg_uri
from buffycoat.report.rendering import write_page

if TYPE_CHECKING:
    from buffycoat.evaluation.robustness import Robustness

__all__ = ["build_robustness_page"]

_SIDE_PX = 72
_QUALITY = 85

Pictures = Mapping[tuple[str, int], np.ndarray]


def build_robustness_page(
    found: Robustness, pictures: Pictures, out: Path, *, families: Mapping[str, tuple[str, ...]]
) -> Path:
    """The page, written whole or not at all.

    Args:
        found: The figures.
        pictures: Of each family and severity (M, H, W, 3), uint8; of (`clean`, 0) as they are.
        out: The HTML file.
        families: What each is made of.

    Raises:
        DiskError: when it cannot be written.
    """
    severities = sorted({severity for _, severity in found.by_variant})
    return write_page(
        out,
        "robustness.html",
        found=found,
        severities=severities,
        clean=_shown(pictures.get(("clean", 0))),
        rows=[
            _row(found, pictures, name, made_of, severities) for name, made_of in families.items()
        ],
    )


def _row(
    found: Robustness,
    pictures: Pictures,
    name: str,
    made_of: tuple[str, ...],
    severities: list[int],
) -> dict[str, Any]:
    cells = [
        {
            "severity": severity,
            "figure": found.by_variant[name, severity],
            "shade": round(100 * (1 - found.by_variant[name, severity].value)),
            "pictures": _shown(pictures.get((name, severity))),
        }
        for severity in severities
    ]
    said = ", ".join(made_of).replace("_", " ")
    return {"name": name, "made_of": said, "mean": found.by_family[name], "cells": cells}


def _shown(images: np.ndarray | None) -> list[str]:
    """Pictures as data URIs."""
    uris = []
    for image in () if images is None else images:
        picture = Image.fromarray(image)
        picture.thumbnail((_SIDE_PX, _SIDE_PX))
        uris.append(jpeg_uri(picture, _QUALITY))
    return uris
