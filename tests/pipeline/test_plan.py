"""The plan's choices, each from data made to call for it."""

from pathlib import Path

import polars as pl
import pytest

from buffycoat.errors import SettingError, WeightsError
from buffycoat.pipeline import choices, plan
from buffycoat.pipeline.budget import Budget, parse_seconds
from buffycoat.registry import Choice
from buffycoat.tables.samples import SampleTable, check_samples


def table(counts, size=(64, 64)):
    labels = [name for name, n in counts.items() for _ in range(n)]
    ids = [str(i) for i in range(len(labels))]
    frame = pl.DataFrame({"sample_id": ids, "path": ids, "label": labels, "group": ids})
    width, height = size
    frame = frame.with_columns(
        split=pl.lit("train"), width_px=pl.lit(width), height_px=pl.lit(height)
    )
    return check_samples(SampleTable(frame, Path(), tuple(counts)))


@pytest.fixture
def step_s(monkeypatch):
    """Seconds that a step seems to take: in proportion to the pixels."""
    pace = {"of_64_px": 0.1}
    monkeypatch.setattr(
        choices, "measure_step_s", lambda _, px, **__: pace["of_64_px"] * (px[0] / 64) ** 2
    )
    return pace


def planned(samples, seconds=600, weights="none", model=choices.AUTO, around_cell=0.0):
    network = choices.choose_network(str(weights), model)
    return plan.plan_training(samples, Budget(seconds), network, around_cell=around_cell)


def chosen(*given, **asked):
    made = planned(*given, **asked)
    assert all(choice.because for choice in made.choices)
    return made.settings


def test_equal_classes_need_no_balance(step_s):
    assert chosen(table({"a": 300, "b": 200})).learning.balance == "none"


def test_a_rare_class_gets_its_weight_and_a_very_rare_one_is_drawn_more_often(step_s):
    assert chosen(table({"a": 300, "b": 50})).learning.balance == "class-weights"
    assert chosen(table({"a": 300, "b": 20})).learning.balance == "sampling"


def test_wide_images_are_cropped_and_never_squashed(step_s):
    assert chosen(table({"a": 99, "b": 99}, (320, 240))).images.fit == "crop"
    assert chosen(table({"a": 99, "b": 99}, (240, 240))).images.fit == "pad"


def test_a_square_around_the_cell_is_not_cut_again_and_has_fewer_pixels(step_s):
    fields = table({"a": 99, "b": 99}, (160, 120))
    found = chosen(fields, around_cell=0.25).images  # 30 of 120 pixels
    assert (found.around_cell, found.fit, found.image_px) == (0.25, "pad", (32, 32))
    assert chosen(fields).images.image_px == (64, 64)


def test_epochs_fill_the_time_and_no_more(step_s):
    samples = table({"a": 3200, "b": 3200})  # 100 steps of 64
    few, many = (chosen(samples, s).learning.epochs for s in (200, 800))
    assert 10 <= few <= 18
    assert 3 * few < many <= 80


def test_small_images_are_not_blown_up(step_s):
    assert chosen(table({"a": 99, "b": 99}, (28, 28))).images.image_px == (32, 32)


def test_a_small_set_gets_small_batches(step_s):
    assert chosen(table({"a": 90, "b": 90})).learning.batch_size == 16


def test_the_network_that_was_asked_for_is_taken(step_s):
    asked = Choice("searched_cnn", {"skip": True})
    assert chosen(table({"a": 90, "b": 90}), model=asked).network.model == asked


def test_without_a_hub_a_small_network_is_trained_from_scratch(step_s):
    made = planned(table({"a": 90, "b": 90}), weights="auto")
    assert made.settings.network.model.name == "small_cnn"
    because = {choice.choice: choice.because for choice in made.choices}
    assert "hub" in because["weights"]


def test_a_weights_file_names_its_network(step_s, tmp_path):
    path = tmp_path / "resnet18.mine.safetensors"
    with pytest.raises(WeightsError, match=r"resnet18\.mine\.safetensors"):
        chosen(table({"a": 90, "b": 90}), weights=str(path))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("20m", 1200), ("1.5h", 5400), ("2", 120)]
)
def test_times_are_read(text, seconds):
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "0m", "-3m", "soon", "5 days"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(SettingError, match=r"write 90s, 20m or 1\.5h"):
        parse_seconds(text)
