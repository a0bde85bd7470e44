"""The chosen network, and those on the front, as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from buffycoat.models.settings import ModelSettings
from buffycoat.registry import Choice
from buffycoat.search.architecture_settings import ArchitectureSettings
from buffycoat.search.export.choices import write_choices
from buffycoat.search.export.code import space_code, write_network_code
from buffycoat.search.export.drawing import write_drawing
from buffycoat.search.export.recipe import write_recipe
from buffycoat.search.space.space import Space
from buffycoat.search.strategies.strategy import Scored
from buffycoat.training.settings import LearningSettings, TrainSettings

__all__ = ["export_front", "export_network"]

_FUNCTION = "network"
_ON_FRONT = "on the front of score and cost of a search by {strategy} in the space {space}"


def export_network(
    name: str,
    space: Space,
    asked: ArchitectureSettings,
    one: Scored,
    out: Path,
    title: str = "what {strategy} chose from the space {space}",
) -> TrainSettings:
    """Write choices, code, drawing and recipe of a scored network; what the recipe says comes back.

    Args:
        name: What the files are called.
        space: Where it is from.
        asked: Who chose it, and how it is trained.
        one: The network with its score.
        out: The folder of the search.
        title: Of the drawing and the recipe, where `{strategy}` and `{space}` are put in.

    Raises:
        SettingError: when it cannot be written as code.
        DiskError: when a file cannot be written.
    """
    space_name = asked.space.name.rpartition(":")[2]
    title = title.format(strategy=asked.strategy.name, space=space_name)
    found = {"strategy": str(asked.strategy), "score": one.score, "seed": asked.seed}
    code = space_code(space, one.architecture, found=found, function=_FUNCTION)
    files = {suffix: out / f"{name}.{suffix}" for suffix in ("json", "py", "svg", "toml")}
    write_choices(space, one.architecture, files["json"], found=found)
    write_network_code(code, files["py"])
    write_drawing(space.fixed(one.architecture), space.image_px, files["svg"], title=title)
    settings = _settings(asked, f"{files['py'].resolve()}:{_FUNCTION}")
    beside = f"{files['py'].name}:{_FUNCTION}"  # so that the folder can be moved
    write_recipe(files["toml"], settings, beside, f"{title}, from scratch")
    return settings


def export_front(
    networks: Sequence[Mapping[str, Any]], space: Space, asked: ArchitectureSettings, out: Path
) -> tuple[Mapping[str, Any], ...]:
    """Write the networks on the front as `front/1.py` and so on; the rows with their file.

    Args:
        networks: Rows with `architecture`, `score` and `is_front`.
        space: Where they are from.
        asked: How they are trained.
        out: The folder of the search.

    Raises:
        SettingError: when one cannot be written as code.
        DiskError: when a file cannot be written.
    """
    (out / "front").mkdir(exist_ok=True)
    told, number = [], count(1)
    for row in networks:
        name = f"front/{next(number)}" if row["is_front"] else ""
        if name:
            one = Scored(dict(row["architecture"]), row["score"], 0.0, "trained")
            export_network(name, space, asked, one, out, _ON_FRONT)
        told.append({**row, "file": name and f"{name}.py"})
    return tuple(told)


def _settings(asked: ArchitectureSettings, model: str) -> TrainSettings:
    return TrainSettings(
        network=ModelSettings(model=Choice(model), weights="none"),
        images=asked.images,
        learning=LearningSettings(
            epochs=asked.epochs,
            learning_rate=asked.learning_rate,
            batch_size=asked.batch_size,
        ),
        augmentation=asked.augmentation,
        views="flips",
        seed=asked.seed,
    )
