"""Near copies among single cells: which of the things that augmentation does are seen through.

Cells of PBC, each with one copy for each way of changing it, written as files and imported as a
user would; found by `find_copies`. No setting was chosen on these: the limits come from the
Kaggle set's photographs.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import polars as pl

from benchmarks import cells
from benchmarks.record import write_row
from buffycoat import import_samples
from buffycoat.curation.copies.find import COPY_LOOKS, find_copies
from buffycoat.curation.looks.look_at import look_at
from buffycoat.images.read import read_image
from buffycoat.tables.samples import data_hash

N_CELLS = 300
WIDTHS_PX = (224, 96)


def _affine(
    image: np.ndarray, degrees: float = 0, scale: float = 1, shear: float = 0, shift: float = 0
) -> np.ndarray:
    """The image moved; what comes in from outside is black."""
    side = image.shape[0]
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), degrees, scale)
    matrix[:, 2] += (shift - shear / 2) * side, shift * side / 2
    matrix[0, 1] += shear
    return cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR)


def _compressed(image: np.ndarray, quality: int) -> np.ndarray:
    written = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(written, cv2.IMREAD_COLOR)


def _resized(image: np.ndarray, share: float) -> np.ndarray:
    return cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)


def _lit(image: np.ndarray, gain: float, offset: float) -> np.ndarray:
    return np.clip(image * gain + offset, 0, 255).astype(np.uint8)


CHANGES: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "any angle": lambda image, rng: _affine(image, rng.uniform(10, 350)),
    "mirrored": lambda image, _: np.ascontiguousarray(image[:, ::-1]),
    "mirrored, any angle": lambda image, rng: _affine(
        np.ascontiguousarray(image[::-1]), rng.uniform(10, 350)
    ),
    "shifted by a tenth": lambda image, _: _affine(image, shift=0.1),
    "sheared by a fifth": lambda image, _: _affine(image, shear=0.2),
    "zoomed by a quarter": lambda image, _: _affine(image, scale=1.25),
    "cropped to four fifths": lambda image, _: image[
        image.shape[0] // 10 : -(image.shape[0] // 10),
        image.shape[0] // 10 : -(image.shape[0] // 10),
    ].copy(),
    "halved": lambda image, _: _resized(image, 0.5),
    "brightened": lambda image, _: _lit(image, 1.15, 8),
    "darkened": lambda image, _: _lit(image, 0.75, 0),
    "JPEG quality 30": lambda image, _: _compressed(image, 30),
    "blurred, sigma 1": lambda image, _: cv2.GaussianBlur(image, (0, 0), 1),
    "all at once": lambda image, rng: _compressed(
        _lit(_affine(image[:, ::-1].copy(), rng.uniform(10, 350), 1.1, 0.1, 0.05), 1.1, 5), 50
    ),
}
"""What augmentation does to an image."""


def main() -> None:
    """Write recall for each change and precision over all pairs, at both sizes."""
    for width in WIDTHS_PX:
        folder = cells.WORK / f"near-copies-{width}"
        _write(folder, width)
        samples = import_samples((folder,))
        looked = look_at(samples, COPY_LOOKS, cache=cells.WORK / "looks")
        copies, fields = find_copies(samples, looked)
        frame = samples.frame.with_columns(
            found=pl.coalesce(fields.columns["field_cluster"], "sample_id"),
            source=pl.col("path").str.extract(r"/(\d+)-"),
            change=pl.col("path").str.extract(r"-(\d+)\.png").cast(pl.Int64),
        )
        _report(frame, width, data_hash(samples), int(copies.flags.sum()))


def _write(folder: Path, width: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    table = import_samples((cells.folder("pbc"),))
    rows = table.usable.sort("pixels_sha256")
    for number, row in enumerate(rows[:: len(rows) // N_CELLS].iter_rows(named=True)):
        image = read_image(table.root / row["path"])
        image = cv2.resize(image, (width, width), interpolation=cv2.INTER_AREA)
        place = folder / row["label"].replace(" ", "-")
        place.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(number)
        ways = [image, *(change(image, rng) for change in CHANGES.values())]
        for i, copy in enumerate(ways):
            cv2.imwrite(str(place / f"{number}-{i}.png"), copy[..., ::-1])


def _report(frame: pl.DataFrame, width: int, hashed: str, n_copies: int) -> None:
    sources = frame.filter(pl.col("change") == 0).select("source", of="found")
    joined = frame.filter(pl.col("change") > 0).join(sources, on="source")
    setting = f"PBC, {len(sources)} cells, {width} px"
    for i, name in enumerate(CHANGES, 1):
        rows = joined.filter(pl.col("change") == i)
        recall = float((rows["found"] == rows["of"]).mean())
        write_row("near_copies", setting, f"recall, {name}", recall, data_hash=hashed)
    mixed = frame.group_by("found").agg(pl.col("source").n_unique())
    n_wrong = int((mixed["source"] - 1).sum())
    note = f"of {len(sources)} cells; {n_copies} images found to be copies of one photograph"
    write_row("near_copies", setting, "cells joined with another", n_wrong, note=note)


if __name__ == "__main__":
    sys.exit(main())
