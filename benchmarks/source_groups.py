"""The Kaggle set's photographs, found from its pixels alone, held against BCCD's originals.

The check shares nothing with what it checks: ORB in place of SIFT, a homography in place of an
affine map, and each copy is matched with the original photographs, never with another copy.
"""

from __future__ import annotations

import sys
import tempfile
import time
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
from buffycoat.images.stream import map_images
from buffycoat.tables.samples import SampleTable, data_hash, read_samples, write_samples

PHOTOGRAPHS = {
    ("test", "eosinophil"): 13,
    ("test", "lymphocyte"): 6,
    ("test", "monocyte"): 4,
    ("test", "neutrophil"): 48,
    ("train", "eosinophil"): 75,
    ("train", "lymphocyte"): 27,
    ("train", "monocyte"): 16,
    ("train", "neutrophil"): 159,
}
"""How many there are, as published with the set's description."""
SETTING = "Kaggle BCCD, 12,444 images"


def main() -> None:
    """Find, check, and write counts, precision, recall and seconds."""
    samples = _table()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=cells.WORK) as cold:
        looked = look_at(samples, COPY_LOOKS, cache=Path(cold))
    seen = time.perf_counter()
    copies, fields = find_copies(samples, looked)
    ended = time.perf_counter()
    note = f"{seen - began:.0f} s of them for landmarks, nothing kept from before"
    _row("seconds", ended - began, samples, note, unit="s")
    frame = samples.frame.with_columns(
        found=pl.coalesce(copies.columns["copy_cluster"], "sample_id"),
        field=pl.coalesce(fields.columns["field_cluster"], "sample_id"),
        original=_originals(samples),
    )
    frame.select("sample_id", "path", "split", "label", "found", "field", "original").write_csv(
        cells.WORK / "source-groups.csv"
    )
    _counts(samples, frame)
    unmatched = frame["original"].null_count()
    for name, rows in [("all", frame), *_by_class(frame)]:
        precision, recall, n = _pairs(rows.drop_nulls("original"))
        note = f"{n:,} pairs of one photograph; {unmatched} images match no original"
        _row(f"pairwise precision, {name}", precision, samples, note)
        _row(f"pairwise recall, {name}", recall, samples, note)


def _table() -> SampleTable:
    path = cells.WORK / "kaggle-all.parquet"
    if not path.is_file():
        cells.WORK.mkdir(parents=True, exist_ok=True)
        write_samples(import_samples((cells.folder("bccd_kaggle"),)), path)
    return read_samples(path)


def _counts(samples: SampleTable, frame: pl.DataFrame) -> None:
    for (split, label), wanted in PHOTOGRAPHS.items():
        rows = frame.filter((pl.col("split") == split) & (pl.col("label") == label))
        note = f"{len(rows):,} images; published: {wanted}; fields: {rows['field'].n_unique()}"
        _row(f"photographs, {split} {label}", rows["found"].n_unique(), samples, note)
    for split in ("test", "train"):
        rows = frame.filter(pl.col("split") == split)
        wanted = sum(n for (part, _), n in PHOTOGRAPHS.items() if part == split)
        note = f"published: {wanted}; fields: {rows['field'].n_unique()}"
        _row(f"photographs, {split}", rows["found"].n_unique(), samples, note)


def _by_class(frame: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    return [(str(label), rows) for (label,), rows in sorted(frame.group_by("label"))]


def _pairs(rows: pl.DataFrame) -> tuple[float, float, int]:
    """Pairwise precision and recall of `found` against `original`, and the pairs there are."""

    def pairs(*columns: str) -> int:
        n = rows.group_by(columns).len()["len"].to_numpy().astype(np.int64)
        return int((n * (n - 1) // 2).sum())

    both = pairs("found", "original")
    return both / max(1, pairs("found")), both / max(1, pairs("original")), pairs("original")


def _originals(samples: SampleTable) -> pl.Series:
    """The original photograph that each image matches best, None where none does."""
    import faiss

    folder = cells.folder("bccd") / "images"
    paths = sorted(folder.glob("*.jpg"))
    known = [_orb(read_image(path), 500) for path in paths]
    owners = np.repeat(np.arange(len(known)), [len(places) for places, *_ in known])
    index = faiss.IndexBinaryIVF(faiss.IndexBinaryFlat(256), 256, 256)
    descriptors = np.concatenate([found for _, found, _ in known])
    index.train(descriptors)
    index.add(descriptors)
    index.nprobe = 8
    index.own_fields = False
    rows = samples.frame.select("path", "item", "box")
    work = lambda loaded: _best(loaded.image, index, owners, known)  # noqa: E731
    found = [best for _, best in map_images(work, samples.root, rows)]
    names = [None if best is None else paths[best].stem for best in found]
    return pl.Series("original", names, pl.String)


def _orb(image: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places (M, 2) and descriptors (M, 32) at 320 px, and the image of that size."""
    small = cv2.resize(image, (320, 240), interpolation=cv2.INTER_AREA)
    black = (small.max(2) <= 12).astype(np.uint8)
    mask = (cv2.dilate(black, np.ones((13, 13), np.uint8)) == 0).astype(np.uint8) * 255
    orb = cv2.ORB_create(nfeatures=n, fastThreshold=5)
    points, found = orb.detectAndCompute(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), mask)
    return np.array([p.pt for p in points], np.float32), found, small


def _best(image: np.ndarray, index: object, owners: np.ndarray, known: list) -> int | None:
    """The original with most landmarks in one homography, the image as it is or mirrored.

    Where another has half as many, it may be a second exposure of the same cells: then the one
    whose pixels correlate more once the image lies on it (ECC, which uses no landmarks).
    """
    found = []
    for way in (image, np.ascontiguousarray(image[:, ::-1])):
        places, descriptors, small = _orb(way, 300)
        near = index.search(descriptors, 5)[1]
        votes = np.bincount(owners[near[near >= 0]], minlength=len(known))
        for original in np.argsort(-votes, kind="stable")[:3]:
            n, matrix = _agreeing(places, descriptors, *known[original][:2])
            found.append((n, int(original), matrix, small))
    most = max(n for n, *_ in found)
    close = [one for one in found if one[0] >= max(10, most / 2)]
    if len(close) < 2:
        return close[0][1] if close else None
    return max(close, key=lambda one: _alike(one[3], known[one[1]][2], one[2]))[1]


def _agreeing(
    here: np.ndarray, first: np.ndarray, there: np.ndarray, second: np.ndarray
) -> tuple[int, np.ndarray | None]:
    """How many landmarks lie in one homography, and the homography."""
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(first, second)
    if len(matches) < 8:
        return 0, None
    source = here[[match.queryIdx for match in matches]]
    target = there[[match.trainIdx for match in matches]]
    matrix, inside = cv2.findHomography(source, target, cv2.RANSAC, 3.0, maxIters=2000)
    return (0, None) if matrix is None else (int(inside.sum()), matrix)


def _alike(small: np.ndarray, original: np.ndarray, matrix: np.ndarray) -> float:
    """Correlation of the grey image with an original, after its place was refined by ECC."""
    grey = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (original, small)]
    inside = cv2.erode((small.max(2) > 12).astype(np.uint8), np.ones((9, 9), np.uint8))
    back = np.linalg.inv(matrix)
    start = (back / back[2, 2])[:2].astype(np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
    try:
        return cv2.findTransformECC(*grey, start, cv2.MOTION_AFFINE, stop, inside, 5)[0]
    except cv2.error:  # it does not converge: they do not show the same
        return -1.0


def _row(figure: str, value: float, samples: SampleTable, note: str, unit: str = "") -> None:
    ends = {"data_hash": data_hash(samples)}
    write_row("source_groups", SETTING, figure, float(value), unit=unit, note=note, **ends)


if __name__ == "__main__":
    sys.exit(main())
