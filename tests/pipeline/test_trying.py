"""A plugin's parts that do not give what is asked are refused before a run is begun."""

import pytest

from buffycoat.cli import main
from buffycoat.errors import SettingError, UnknownNameError
from buffycoat.images.fit import ImageSettings
from buffycoat.pipeline.trying import try_parts
from buffycoat.plugin_files import plugins_for_now
from buffycoat.registry import Choice
from buffycoat.training.settings import TrainSettings

AUGMENTATION = "@augmentation\ndef mine(images, generator):\n    {}\n"
LOSS = "@loss\ndef mine(logits, labels, *, weight=None):\n    {}\n"
SCHEDULE = "@schedule\ndef mine(done):\n    {}\n"


@pytest.fixture(scope="module")
def table(cells, tmp_path_factory):
    place = tmp_path_factory.mktemp("trying")
    assert main(["import", str(cells), "--out", str(place / "s.parquet")]) == 0
    assert main(["split", str(place / "s.parquet"), "--out", str(place / "split.parquet")]) == 0
    return place / "split.parquet"


@pytest.mark.parametrize(
    ("text", "flag", "said"),
    [
        (AUGMENTATION.format("return images[:1]"), "--augmentation", "gives (1, 3, 16, 16) for"),
        (AUGMENTATION.format("return None"), "--augmentation", "gives NoneType for images"),
        (AUGMENTATION.format("return images @ images[0, 0, :3]"), "--augmentation", "mine fails:"),
        (LOSS.format("return (logits ** 2)"), "--loss", "end it with .mean()"),
        (LOSS.format("return 3.0"), "--loss", "end it with .mean()"),
        (LOSS.format("return logits.nothing"), "--loss", "loss mine fails: AttributeError"),
        (SCHEDULE.format("return -done"), "--schedule", "gives -0.5 when 50% are done"),
        (SCHEDULE.format("return 1 / done"), "--schedule", "schedule mine fails: ZeroDivision"),
    ],
)
def test_what_a_part_gives_is_held_against_what_is_asked(table, tmp_path, capsys, text, flag, said):
    plugin = tmp_path / "mine.py"
    plugin.write_text(f"from buffycoat.plugins import augmentation, loss, schedule\n\n{text}")
    small = ["--model", "small_cnn", "--weights", "none", "--image-px", "16", "16"]
    given = ["train", table, "--plugin", plugin, flag, "mine", *small, "--out", tmp_path / "run"]
    with plugins_for_now([], alone=True):
        assert main([str(a) for a in given]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("augmentation", "said"),
    [
        (
            '{name = "each_batch", pipelines = ["none", {name = "chain", steps = ["rotat"]}]}',
            "rotat",
        ),
        (
            '{name = "chain", steps = [{name = "colour_transfer", probability = 0, mean = [1]}]}',
            "give three numbers",
        ),
        ('{name = "microscopy", zoom = nan}', "zoom is nan"),
        (
            '{name = "chain", steps = [{name = "colour_transfer", low = 1, spread = ["a", 1, 1]}]}',
            "fails",
        ),
        ('{name = "chain", steps = 3}', "give a list"),
    ],
)
def test_what_would_seldom_come_is_tried_too(augmentation, said):
    settings = TrainSettings(
        images=ImageSettings((16, 16)), augmentation=Choice.parse(augmentation)
    )
    with pytest.raises((SettingError, UnknownNameError), match=said):
        try_parts(settings, 3)


def test_mixing_nothing_takes_no_arguments():
    settings = TrainSettings(mixing=Choice("none", {"rate": 0.5}))
    with pytest.raises(SettingError, match="takes no arguments, not 'rate'"):
        try_parts(settings, 3)
