"""Near copies: found whatever augmentation did, and nothing else found."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat import import_samples
from buffycoat.curation.copies.clusters import cluster_copies
from buffycoat.curation.copies.find import COPY_LOOKS, find_copies
from buffycoat.curation.copies.landmarks import (
    LANDMARKS,
    SIDE_PX,
    SMALL,
    descriptors_of,
    mirrored,
    places_of,
)
from buffycoat.curation.copies.photographs import SAME_PHOTOGRAPH, divide_field
from buffycoat.curation.copies.registration import lay_on
from buffycoat.curation.looks.look_at import look_at

_SPEC = importlib.util.spec_from_file_location("drawn", Path(__file__).with_name("conftest.py"))
_DRAWN = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_DRAWN)
AUGMENTED = _DRAWN.AUGMENTED

Draw = Callable[[int], np.ndarray]


def _seen(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return LANDMARKS.of(image), SMALL.of(image)


@pytest.mark.parametrize("name", AUGMENTED)
def test_a_copy_is_laid_on_its_photograph(draw_field: Draw, name: str) -> None:
    whole = _seen(draw_field(1))
    copy = _seen(AUGMENTED[name](draw_field(1)))
    overlay = lay_on((copy[0], whole[0]), (copy[1], whole[1]))
    assert overlay is not None
    assert overlay.similarity > SAME_PHOTOGRAPH, overlay


def test_another_photograph_is_not_laid_on_it(draw_field: Draw) -> None:
    seen = [_seen(draw_field(seed)) for seed in range(6)]
    for i in range(6):
        for j in range(i):
            overlay = lay_on((seen[i][0], seen[j][0]), (seen[i][1], seen[j][1]))
            assert overlay is None or overlay.similarity < 0.6


def test_clusters_are_the_photographs(draw_field: Draw) -> None:
    images, truth = [], []
    for seed in range(6):
        for name in list(AUGMENTED)[seed % 3 :: 2]:
            images.append(AUGMENTED[name](draw_field(seed)))
            truth.append(seed)
    order = np.random.default_rng(0).permutation(len(images))
    seen = [_seen(images[i]) for i in order]
    found = cluster_copies(np.stack([s[0] for s in seen]), np.stack([s[1] for s in seen]))
    together = found.photograph[:, None] == found.photograph[None, :]
    wanted = np.array(truth)[order]
    np.testing.assert_array_equal(together, wanted[:, None] == wanted[None, :])


def test_a_second_exposure_is_the_field_and_not_the_photograph(draw_field: Draw) -> None:
    first = draw_field(3)
    # the cells moved in and out of focus: smooth changes that no photograph's copy has
    rng = np.random.default_rng(5)
    light = cv2.resize(rng.normal(0, 22, (6, 8)), (320, 240), interpolation=cv2.INTER_CUBIC)
    second = np.clip(_DRAWN.turned(first, 4, 1.02, (20, 12)) + light[..., None], 13, 255)
    images = [first, _DRAWN.turned(first, 25, 1, (0, 0)), second.astype(np.uint8), draw_field(4)]
    seen = [_seen(image) for image in images]
    found = cluster_copies(np.stack([s[0] for s in seen]), np.stack([s[1] for s in seen]))
    assert found.photograph.tolist() == [0, 0, 2, 3]
    assert found.field.tolist() == [0, 0, 0, 3]


def test_mirrored_descriptors_are_those_of_the_mirrored_image(draw_field: Draw) -> None:
    image = cv2.resize(draw_field(2), (SIDE_PX, SIDE_PX * 3 // 4))
    seen, turned = LANDMARKS.of(image), LANDMARKS.of(np.ascontiguousarray(image[:, ::-1]))
    seen, turned = (some[some[:, :128].any(1)] for some in (seen, turned))
    wanted = descriptors_of(mirrored(seen))
    places = places_of(seen)
    places[:, 0] = 1 - 1 / SIDE_PX - places[:, 0]
    far = np.linalg.norm(places[:, None] - places_of(turned)[None], axis=2)
    likeness = wanted @ descriptors_of(turned).T
    likeness[far > 0.008] = -1
    found = far.min(1) < 0.008
    assert found.sum() > 30
    assert np.median(likeness.max(1)[found]) > 0.95
    unturned = descriptors_of(seen) @ descriptors_of(turned).T
    unturned[far > 0.008] = -1
    assert np.median(unturned.max(1)[found]) < 0.9


def test_nothing_is_sought_along_black_fill(draw_field: Draw) -> None:
    image = _DRAWN.turned(draw_field(1), 30, 1, (0, 0))
    places = places_of(LANDMARKS.of(image))
    places = places[places.any(1)] * 320
    outside = cv2.distanceTransform((image.max(2) > 12).astype(np.uint8), cv2.DIST_L2, 3)
    assert min(outside[int(y), int(x)] for x, y in places) > 4


def test_the_strongest_landmarks_come_first(draw_field: Draw) -> None:
    image = cv2.resize(draw_field(1), (SIDE_PX, SIDE_PX * 3 // 4), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    points, _ = cv2.SIFT.create(contrastThreshold=0.02).detectAndCompute(grey, None)
    strong = sorted(points, key=lambda point: -point.response)[:30]
    wanted = np.array([point.pt for point in strong]) / SIDE_PX
    found = places_of(LANDMARKS.of(image))[:40]  # the rim has none
    far = np.linalg.norm(wanted[:, None] - found[None], axis=2).min(1)
    inside = (wanted > 0.03).all(1) & (wanted < (0.97, 0.72)).all(1)
    assert inside.sum() > 15
    assert far[inside].max() < 0.001


def test_flat_images_have_no_landmarks_and_stand_alone() -> None:
    seen = [_seen(np.full((96, 96, 3), shade, np.uint8)) for shade in (200, 210, 0)]
    found = cluster_copies(np.stack([s[0] for s in seen]), np.stack([s[1] for s in seen]))
    assert found.photograph.tolist() == [0, 1, 2]


def test_the_finding_names_photographs_and_few_ones(draw_field: Draw, tmp_path: Path) -> None:
    for seed in range(4):
        folder = tmp_path / "images" / ("monocyte" if seed < 2 else "lymphocyte")
        folder.mkdir(parents=True, exist_ok=True)
        for i, name in enumerate(list(AUGMENTED)[seed : seed + (3 if seed else 1)]):
            Image.fromarray(AUGMENTED[name](draw_field(seed))).save(folder / f"{seed}-{i}.png")
    samples = import_samples((tmp_path / "images",))
    looked = look_at(samples, COPY_LOOKS, cache=tmp_path / "cache")
    copies, fields = find_copies(samples, looked)
    whole = "9 of 10 images are 3 photographs, 3 copies of each; in all there are 4 photographs"
    then = "copies stay in one group, and the honest number of samples is that of photographs"
    assert copies.said == (
        f"{whole}; {then}.",
        "The 6 images of lymphocyte are 2 photographs.",
        "The 4 images of monocyte are 2 photographs.",
    )
    assert copies.flags.sum() == 9
    assert copies.scores[~copies.flags].tolist() == [0]
    assert (copies.scores[copies.flags] > 0.5).all()
    clusters = samples.frame.with_columns(copies.columns["copy_cluster"].alias("copy_cluster"))
    sets = clusters.drop_nulls("copy_cluster").group_by("copy_cluster").agg(pl.col("path"))
    assert all(len({Path(path).name[0] for path in paths}) == 1 for paths in sets["path"])
    assert fields.level == "note"
    row = int(np.flatnonzero(copies.flags)[0])
    assert "landmarks agree, correlation" in copies.reasons[row]
    assert copies.beside[row]


def test_exact_copies_do_not_hide_near_ones(draw_field: Draw, tmp_path: Path) -> None:
    for seed in range(3):
        for name in ("halved", "turned by 73 degrees") if seed == 1 else ("halved",):
            for i in range(8):  # more than the neighbours that a landmark votes for
                folder = tmp_path / "images" / "aab"[seed]
                folder.mkdir(parents=True, exist_ok=True)
                image = Image.fromarray(AUGMENTED[name](draw_field(seed)))
                image.save(folder / f"{seed} {name} {i}.png")
    samples = import_samples((tmp_path / "images",))
    copies, _ = find_copies(samples, look_at(samples, COPY_LOOKS, cache=tmp_path / "cache"))
    cluster = samples.frame.select("sample_id", cluster=copies.columns["copy_cluster"])
    sizes = dict(cluster.group_by("cluster").len().sort("cluster").iter_rows())
    assert sizes == {"a/0 halved 0.png": 8, "a/1 halved 0.png": 16, "b/2 halved 0.png": 8}
    assert (copies.scores > 0.99).all()
    said = "one of 8 images of this photograph; the same pixels as a/0 halved 0.png"
    assert copies.reasons[1] == said


def test_what_was_not_seen_has_no_score_and_stands_alone(draw_field: Draw, tmp_path: Path) -> None:
    (tmp_path / "images" / "a").mkdir(parents=True)
    for seed in (0, 0, 1, 2):
        name = f"{len(list(tmp_path.rglob('*.png')))}.png"
        Image.fromarray(draw_field(seed)).save(tmp_path / "images" / "a" / name)
    (tmp_path / "images" / "b").mkdir()
    Image.fromarray(draw_field(9)).save(tmp_path / "images" / "b" / "4.png")
    samples = import_samples((tmp_path / "images",))
    Path(tmp_path / "images" / "a" / "2.png").unlink()
    out = pl.when(pl.col("sample_id") == "a/3.png").then(pl.lit("by hand"))
    samples = samples.stepped("out", samples.frame.with_columns(excluded_because=out))
    copies, fields = find_copies(samples, look_at(samples, COPY_LOOKS, cache=tmp_path / "cache"))
    np.testing.assert_array_equal(copies.scores, [1, 1, np.nan, np.nan, 0])
    np.testing.assert_array_equal(fields.scores, [0, 0, np.nan, np.nan, 0])
    for path in samples.frame["path"]:
        (samples.root / path).unlink(missing_ok=True)
    copies, _ = find_copies(samples, look_at(samples, COPY_LOOKS, cache=tmp_path / "other"))
    assert copies.columns["copy_cluster"].to_list() == ["a/0.png"] * 2 + [None] * 3


@pytest.mark.parametrize("sizes", [(1,), (2,), (40,), (30, 9), (12, 12, 12), (60, 10)])
def test_a_field_is_divided_into_its_photographs(sizes: tuple[int, ...]) -> None:
    truth = np.repeat(np.arange(len(sizes)), sizes)
    order = np.random.default_rng(1).permutation(len(truth))
    truth = truth[order]
    rng = np.random.default_rng(2)
    n_compared = 0

    def compare(pairs: list[tuple[int, int]]) -> list[float]:
        nonlocal n_compared
        n_compared += len(pairs)
        # as measured on the Kaggle set: single pairs overlap, means do not
        same = [truth[a] == truth[b] for a, b in pairs]
        return [rng.normal(0.9970, 0.0013) if s else rng.normal(0.9865, 0.0037) for s in same]

    found = divide_field(range(len(truth)), compare)
    wanted = sorted(np.flatnonzero(truth == k).tolist() for k in range(len(sizes)))
    assert found == wanted
    assert n_compared < 25 * len(truth) + 200


def test_no_pair_of_a_field_is_compared_twice() -> None:
    asked: list[tuple[int, int]] = []

    def compare(pairs: list[tuple[int, int]]) -> list[float]:
        asked.extend(pairs)
        return [0.9 if a % 25 != b % 25 else 0.997 for a, b in pairs]

    assert divide_field(range(100), compare) == [list(range(k, 100, 25)) for k in range(25)]
    assert len(asked) == len(set(asked))


def test_a_very_large_field_is_chained_by_single_pairs(
    draw_field: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buffycoat.curation.copies.clusters.MAX_DIVIDED", 2)
    monkeypatch.setattr("buffycoat.curation.copies.clusters.divide_field", pytest.fail)
    images = [change(draw_field(1)) for change in list(AUGMENTED.values())[:5]]
    images += [draw_field(2), *(AUGMENTED[name](draw_field(2)) for name in ("mirrored", "halved"))]
    seen = [_seen(image) for image in images]
    found = cluster_copies(np.stack([s[0] for s in seen]), np.stack([s[1] for s in seen]))
    assert found.photograph.tolist() == [0] * 5 + [5] * 3


def test_overlap_is_a_share_of_the_smaller_area(draw_field: Draw) -> None:
    whole, part = draw_field(1), np.ascontiguousarray(draw_field(1)[40:200, 60:260])
    first, second = _seen(whole), _seen(part)
    overlay = lay_on((first[0], second[0]), (first[1], second[1]))
    assert overlay.overlap > 0.95  # the part lies within the whole, whichever is laid on which
    assert lay_on((second[0], first[0]), (second[1], first[1])).overlap > 0.9
    left, right = (
        np.ascontiguousarray(draw_field(1)[:, cut]) for cut in (np.s_[:220], np.s_[100:])
    )
    first, second = _seen(left), _seen(right)
    overlay = lay_on((first[0], second[0]), (first[1], second[1]))
    assert overlay.overlap == pytest.approx(120 / 220, abs=0.05)
    assert overlay.centre_shift == pytest.approx(100 / 240, abs=0.02)


def test_neighbours_cut_from_one_frame_may_carry_two_labels(
    draw_field: Draw, tmp_path: Path
) -> None:
    field = draw_field(1)
    for label, cut in (("a", field[:, :220]), ("b", field[:, 60:280])):
        (tmp_path / "images" / label).mkdir(parents=True)
        Image.fromarray(np.ascontiguousarray(cut)).save(tmp_path / "images" / label / "x.png")
    samples = import_samples((tmp_path / "images",))
    copies, _ = find_copies(samples, look_at(samples, COPY_LOOKS, cache=tmp_path / "cache"))
    assert copies.flags.all()
    assert not any("two labels" in said for said in copies.said)


def test_one_cell_under_two_labels_is_named(draw_field: Draw, tmp_path: Path) -> None:
    for label, image in (("a", draw_field(1)), ("b", AUGMENTED["mirrored"](draw_field(1)))):
        (tmp_path / "images" / label).mkdir(parents=True)
        Image.fromarray(image).save(tmp_path / "images" / label / f"{label}.png")
    samples = import_samples((tmp_path / "images",))
    copies, _ = find_copies(samples, look_at(samples, COPY_LOOKS, cache=tmp_path / "cache"))
    said = "A pair shows one cell under two labels, such as a/a.png (a) and b/b.png (b)."
    assert copies.said[0] == said
    assert copies.level == "serious"
