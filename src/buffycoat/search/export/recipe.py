"""A found network as a recipe that `buffycoat train` takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from buffycoat.errors import SettingError
from buffycoat.models.plugin import split_name
from buffycoat.registry import Choice
from buffycoat.tables.files import replacing
from buffycoat.training.recipe import to_toml
from buffycoat.training.settings import TrainSettings

__all__ = ["write_recipe"]


def write_recipe(path: Path, settings: TrainSettings, model: str, title: str) -> Path:
    """Write the settings with this network, from scratch, in place of theirs.

    Args:
        path: The recipe; its name ends in .toml.
        settings: What the search trained with.
        model: The written network, `FILE.py:NAME`; a relative file counts from the recipe's folder.
        title: The recipe's first line, a sentence.

    Raises:
        SettingError: for another name, a model that is no `FILE.py:NAME`, or a title of two lines.
        DiskError: when it cannot be written.
    """
    path = Path(path)
    if path.suffix != ".toml":
        raise SettingError(f"{path} is no name for a recipe: it must end in .toml")
    if split_name(model) is None:
        raise SettingError(f"{model!r} is no network in a file: write FILE.py:NAME")
    if not title.isprintable():
        raise SettingError(f"the title {title!r} of a recipe is one line")
    network = replace(settings.network, model=Choice(model), weights="none")
    with replacing(path) as beside:
        beside.write_text(to_toml(replace(settings, network=network), title), encoding="utf-8")
    return path
