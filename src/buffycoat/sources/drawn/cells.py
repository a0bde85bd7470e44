"""Cells that Buffycoat draws itself: the data of the demo, of the examples and of many tests.

Eight types of blood cells lie among red cells, as May-Grünwald-Giemsa shows them. The type decides
nucleus, granules and cytoplasm; the *slide* decides stain, light, focus and camera, and how often
each type occurs. So a slide is a group: whoever splits its images at random is rewarded for
knowing the slide, and whoever looks at colour alone is misled.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.sources.drawn.canvas import FIELD_UM, open_canvas
from buffycoat.sources.drawn.folder import RECORD, replacing_folder
from buffycoat.sources.drawn.slide import Slide, draw_slide, photograph
from buffycoat.sources.drawn.smear import draw_platelet, draw_smear
from buffycoat.sources.drawn.types import NUCLEATED
from buffycoat.sources.drawn.white_cell import draw_white_cell

__all__ = ["CELL_TYPES", "Slide", "draw_cell", "draw_samples", "draw_slide"]

CELL_TYPES = tuple(sorted([*NUCLEATED, "platelet"]))
"""The types that can be drawn, by their standard names."""


def draw_cell(
    cell_type: str, slide: Slide, rng: np.random.Generator, *, image_px: int = 96
) -> NDArray[np.uint8]:
    """One cell of the type among red cells, uint8 (H, W, 3); the image is about 24 µm wide.

    Raises:
        UnknownNameError: for a type that is not in `CELL_TYPES`.
    """
    if cell_type not in CELL_TYPES:
        raise UnknownNameError("cell type", cell_type, CELL_TYPES)
    right_um, down_um = rng.normal(0, 0.8, 2)
    canvas = open_canvas(image_px, FIELD_UM / slide.zoom, (right_um, down_um))
    if cell_type == "platelet":
        diameter_um = rng.uniform(2.2, 5)
        dyes = draw_smear(canvas, slide, rng, clear_um=diameter_um / 2)
        draw_platelet(dyes, canvas, rng, (0.0, 0.0), diameter_um)
    else:
        cell = NUCLEATED[cell_type]
        radius_um = rng.uniform(*cell.diameter_um) / 2
        dyes = draw_smear(canvas, slide, rng, clear_um=radius_um)
        draw_white_cell(dyes, canvas, cell, rng, radius_um=radius_um)
    return photograph(dyes, canvas, slide, rng)


def draw_samples(
    folder: Path,
    *,
    n_images: int = 1600,
    n_slides: int = 16,
    image_px: int = 96,
    seed: int = 0,
    cell_types: Sequence[str] = CELL_TYPES,
    on_progress: Callable[[int, int], None] | None = None,
) -> Path:
    r"""The folder, filled with `<cell type>/slide<NN>_<id>.png`.

    The same seed draws the same pixels with the same versions of numpy, scipy and Pillow.

    Args:
        folder: A new or an empty folder, or one drawn before, which is replaced as a whole.
        n_images: All images together; types and slides get uneven shares, none of them nothing.
        n_slides: Slides, found again by the pattern `slide(\d+)`.
        image_px: Height and width of an image.
        seed: Decides slides, shares and cells.
        cell_types: Names from `CELL_TYPES`.
        on_progress: Called with the images done and all images.

    Raises:
        SettingError: for numbers that leave a slide without a type, or for a size out of range.
        UnknownNameError: for an unknown cell type.
        InputError: when the folder holds anything else; nothing is touched.
        DiskError: for a full disk or a place that cannot be written.
    """
    _check(n_images, n_slides, image_px, seed, cell_types)
    settings = {"n_images": n_images, "n_slides": n_slides, "image_px": image_px, "seed": seed}
    with replacing_folder(Path(folder)) as beside:
        (beside / RECORD).write_text(json.dumps(settings | {"cell_types": list(cell_types)}))
        drawn = _images(cell_types, **settings)
        for n_done, (name, image) in enumerate(drawn, start=1):
            (beside / name).parent.mkdir(exist_ok=True)
            Image.fromarray(image).save(beside / name, compress_level=3)
            if on_progress:
                on_progress(n_done, n_images)
    return Path(folder)


def _images(
    cell_types: Sequence[str], *, n_images: int, n_slides: int, image_px: int, seed: int
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Name within the folder and pixels of one image after the other."""
    rng = np.random.default_rng(seed)
    slides = [draw_slide(rng) for _ in range(n_slides)]
    plan = _plan(rng, n_images, n_slides, len(cell_types))
    for number, (slide, kind) in enumerate(plan.tolist()):
        own_rng = np.random.default_rng((seed, slide, number))
        image = draw_cell(cell_types[kind], slides[slide], own_rng, image_px=image_px)
        yield f"{cell_types[kind]}/slide{slide + 1:02d}_{number:05d}.png", image


def _check(
    n_images: int, n_slides: int, image_px: int, seed: int, cell_types: Sequence[str]
) -> None:
    for cell_type in cell_types:
        if cell_type not in CELL_TYPES:
            raise UnknownNameError("cell type", cell_type, CELL_TYPES)
    n_types = len(cell_types)
    if not n_types or len(set(cell_types)) < n_types:
        raise SettingError("the cell types to draw must be named, and each only once")
    if n_slides < 1 or n_images < n_slides * n_types:
        said = f"{n_images} images on {n_slides} slides with {n_types} cell types"
        raise SettingError(
            f"{said}: every slide holds every type, so draw more or take fewer slides"
        )
    if not 16 <= image_px <= 512:
        raise SettingError(f"image_px is {image_px}: cells can be drawn from 16 to 512 pixels")
    if seed < 0:
        raise SettingError(f"seed is {seed}: take 0 or more")


def _plan(
    rng: np.random.Generator, n_images: int, n_slides: int, n_types: int
) -> NDArray[np.int64]:
    """Slide and type of each image, (N, 2), in an order by slide; every pair occurs."""
    shares = rng.lognormal(0, 0.8, (n_slides, n_types))
    shares *= rng.uniform(0.65, 1.35, n_types) / shares.sum(axis=0)
    more = rng.multinomial(n_images - shares.size, (shares / shares.sum()).ravel())
    pairs = np.stack(np.divmod(np.arange(shares.size), n_types), axis=1)
    return np.repeat(pairs, more + 1, axis=0)
