import pytest
import torch

from buffycoat.errors import SettingError
from buffycoat.images.fit import ImageSettings
from buffycoat.models.build import build_network
from buffycoat.registry import Choice
from buffycoat.search.export.code import space_code, write_network_code
from buffycoat.search.export.recipe import write_recipe
from buffycoat.training.recipe import read_recipe
from buffycoat.training.settings import LearningSettings, TrainSettings

SETTINGS = TrainSettings(
    images=ImageSettings(image_px=(16, 24)),
    learning=LearningSettings(epochs=7, optimizer=Choice("adam")),
)


def test_a_recipe_brings_the_network_and_the_settings_of_the_search(space, architecture, tmp_path):
    code = write_network_code(space_code(space, architecture), tmp_path / "a found one.py")
    path = write_recipe(tmp_path / "found.toml", SETTINGS, f"{code}:network", "Found by a search.")
    read = read_recipe(str(path), TrainSettings())
    assert path.read_text().startswith("# Found by a search.\n")
    assert read.learning == SETTINGS.learning
    assert read.images == SETTINGS.images
    network = build_network(read.network, 4, image_px=read.images.image_px)
    assert network.facts["weights"] == "none"
    assert network(torch.rand(1, 3, 16, 24)).shape == (1, 4)


@pytest.mark.parametrize(
    ("name", "model", "title", "said"),
    [
        ("found.txt", "a.py:b", "t", r"must end in \.toml"),
        ("found.toml", "small_cnn", "t", "is no network in a file"),
        ("found.toml", "a.py:b", "t\nseed = 1", "is one line"),
    ],
)
def test_what_is_no_recipe_is_refused(tmp_path, name, model, title, said):
    with pytest.raises(SettingError, match=said):
        write_recipe(tmp_path / name, SETTINGS, model, title)
    assert not list(tmp_path.iterdir())
