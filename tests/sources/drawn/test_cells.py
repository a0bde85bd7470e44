import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from buffycoat.errors import DiskError, InputError, SettingError, UnknownNameError
from buffycoat.sources.drawn.cells import CELL_TYPES, draw_cell, draw_samples, draw_slide
from buffycoat.sources.drawn.types import NUCLEATED


def _slide(seed=0):
    return draw_slide(np.random.default_rng(seed))


def _cells(cell_type, n, seed=0, image_px=48):
    slide = _slide(seed)
    draws = [np.random.default_rng((seed, k)) for k in range(n)]
    return np.stack([draw_cell(cell_type, slide, rng, image_px=image_px) for rng in draws])


def _drawn_files(folder):
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.png")}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cells")
    return draw_samples(folder, n_images=60, n_slides=3, image_px=32, seed=4)


@pytest.mark.parametrize("cell_type", CELL_TYPES)
@pytest.mark.parametrize("image_px", [33, 96])
def test_every_type_is_drawn_at_any_size(cell_type, image_px):
    image = draw_cell(cell_type, _slide(), np.random.default_rng(1), image_px=image_px)
    assert image.shape == (image_px, image_px, 3)
    assert image.dtype == np.uint8
    assert image.std() > 5


def test_the_same_draws_give_the_same_pixels_and_others_do_not():
    first, again, other = (
        draw_cell("neutrophil", _slide(), np.random.default_rng(seed)) for seed in (7, 7, 8)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_unknown_type_is_refused_with_its_neighbour():
    with pytest.raises(UnknownNameError, match="did you mean: monocyte"):
        draw_cell("monocytes", _slide(), np.random.default_rng(0))


@pytest.mark.parametrize("cell_type", sorted(NUCLEATED))
def test_nuclei_are_darker_than_the_background(cell_type):
    grey = _cells(cell_type, 6).mean(axis=3)
    middle = grey[:, 18:30, 18:30].min(axis=(1, 2))
    background = np.percentile(grey, 90, axis=(1, 2))
    assert (middle < 0.6 * background).all()


def test_types_differ_in_the_area_of_their_dark_parts():
    def dark(cell_type):
        grey = _cells(cell_type, 12).mean(axis=3)
        return (grey < 0.5 * np.percentile(grey, 90)).mean()

    assert dark("platelet") < 0.5 * dark("erythroblast")
    assert dark("erythroblast") < 0.5 * dark("basophil")


def test_eosinophils_are_redder_than_lymphocytes_on_one_slide():
    def redness(cell_type):
        around = _cells(cell_type, 12)[:, 14:34, 14:34].astype(float)
        return (around[..., 0] - around[..., 2]).mean()

    assert redness("eosinophil") > redness("lymphocyte") + 10


def test_slides_differ_more_in_their_background_than_images_of_one_slide():
    def background(slide, cell):
        image = draw_cell("platelet", _slide(slide), np.random.default_rng(cell), image_px=48)
        return np.percentile(image.reshape(-1, 3), 80, axis=0)

    colours = np.array([[background(slide, cell) for cell in range(5)] for slide in range(8)])
    within = colours.std(axis=1).mean()
    between = colours.mean(axis=1).std(axis=0).mean()
    assert between > 3 * within


def test_samples_lie_by_type_and_every_slide_holds_every_type(drawn):
    found = [re.fullmatch(r"([a-z ]+)/slide(\d+)_\d+\.png", name) for name in _drawn_files(drawn)]
    pairs = {match.groups() for match in found}
    assert len(found) == 60
    assert pairs == {(kind, slide) for kind in CELL_TYPES for slide in ("01", "02", "03")}
    with Image.open(next(iter(_drawn_files(drawn).values()))) as image:
        assert (image.mode, image.size) == ("RGB", (32, 32))


def test_the_same_seed_draws_the_same_folder(drawn, tmp_path):
    settings = {"n_images": 60, "n_slides": 3, "image_px": 32}
    again = _drawn_files(draw_samples(tmp_path / "again", seed=4, **settings))
    other = _drawn_files(draw_samples(tmp_path / "other", seed=5, **settings))
    first = {name: path.read_bytes() for name, path in _drawn_files(drawn).items()}
    assert first == {name: path.read_bytes() for name, path in again.items()}
    assert not set(first.values()) & {path.read_bytes() for path in other.values()}


def test_a_folder_drawn_before_is_replaced_as_a_whole(tmp_path):
    folder = tmp_path / "cells"
    draw_samples(folder, n_images=9, n_slides=1, image_px=16)
    done = []
    draw_samples(
        folder,
        n_images=2,
        n_slides=1,
        image_px=16,
        cell_types=["monocyte"],
        on_progress=lambda *counts: done.append(counts),
    )
    assert sorted(_drawn_files(folder)) == [f"monocyte/slide01_0000{k}.png" for k in (0, 1)]
    assert done == [(1, 2), (2, 2)]
    assert [path.name for path in tmp_path.iterdir()] == ["cells"]


@pytest.mark.parametrize("is_own", [False, True])
def test_a_folder_with_other_files_is_left_alone(tmp_path, is_own):
    if is_own:
        draw_samples(tmp_path, n_images=8, n_slides=1, image_px=16)
    mine = tmp_path / "platelet" / "mine.png"
    mine.parent.mkdir(exist_ok=True)
    mine.write_bytes(b"mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=r"'platelet/mine\.png', which was not drawn here"):
        draw_samples(tmp_path, n_images=8, n_slides=1, image_px=16)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_interrupt_leaves_the_old_folder_and_nothing_else(tmp_path):
    folder = draw_samples(tmp_path / "cells", n_images=8, n_slides=1, image_px=16)
    before = sorted(tmp_path.rglob("*"))

    def stop(n_done: int, n_images: int) -> None:
        if n_done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_samples(folder, n_images=16, n_slides=1, image_px=16, on_progress=stop)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_in_the_way_is_refused(tmp_path):
    way = tmp_path / "cells"
    way.write_text("mine")
    with pytest.raises(InputError, match="is a file"):
        draw_samples(way, n_images=8, n_slides=1, image_px=16)
    with pytest.raises(DiskError, match="a part of its path is a file"):
        draw_samples(way / "within", n_images=8, n_slides=1, image_px=16)
    assert way.read_text() == "mine"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"n_images": 15, "n_slides": 2}, "15 images on 2 slides with 8 cell types"),
        ({"n_slides": 0}, "on 0 slides"),
        ({"image_px": 8}, "image_px is 8"),
        ({"image_px": 4000}, "image_px is 4000"),
        ({"seed": -1}, "seed is -1"),
        ({"cell_types": []}, "must be named"),
        ({"cell_types": ["monocyte", "monocyte"]}, "only once"),
        ({"cell_types": ["../monocyte"]}, "did you mean: monocyte"),
    ],
)
def test_impossible_settings_are_refused_before_anything_is_written(tmp_path, settings, said):
    with pytest.raises(SettingError, match=re.escape(said)):
        draw_samples(tmp_path / "cells", **settings)
    assert not any(tmp_path.iterdir())


def test_mean_colour_does_not_tell_the_types_apart_on_unseen_slides(tmp_path):
    folder = draw_samples(tmp_path / "cells", n_images=480, n_slides=12, image_px=24, seed=2)
    files: list[Path] = list(_drawn_files(folder).values())
    colours = [np.asarray(Image.open(path)).reshape(-1, 3).mean(axis=0) for path in files]
    colour, label = np.array(colours), np.array([path.parent.name for path in files])
    is_test = np.array([path.name < "slide05" for path in files])
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    predicted = model.fit(colour[~is_test], label[~is_test]).predict(colour[is_test])
    assert balanced_accuracy_score(label[is_test], predicted) < 0.6
