"""`buffycoat models`, `recipes` and `cache`: what there is."""

from __future__ import annotations

from dataclasses import asdict

import polars as pl
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from buffycoat.batches.cache import clear_cache, list_stores
from buffycoat.curation.looks.kept import clear_looks, size_of_looks
from buffycoat.errors import SettingError
from buffycoat.images.cache import cache_root
from buffycoat.images.fit import ImageSettings
from buffycoat.models.settings import FreezingSettings
from buffycoat.pipeline.console import console, say
from buffycoat.pipeline.summary import say_frame

__all__ = ["cache", "list_models", "list_recipes"]


def list_models(
    name: str = "",
    /,
    *,
    layers: bool = False,
    image_px: tuple[int, int] = (96, 96),
    n_classes: int = 8,
    freezing: FreezingSettings | None = None,
) -> pl.DataFrame:
    """The networks by name, or one network's layers.

    Args:
        name: A network, or a part of a name with * for the rest.
        layers: List the layers of that network, with what a freezing leaves to learn.
        image_px: Height and width that costs are counted for.
        n_classes: Classes of its head.
        freezing: What would not learn.

    Raises:
        UnknownNameError: when there is no such network.
        SettingError: when layers are asked for and no network is named.
    """
    from buffycoat.models.build import model_names

    if layers and not name:
        raise SettingError("--layers is of one network: buffycoat models mobilenetv2_100 --layers")
    if layers:
        frame = _layers(name, image_px, n_classes, freezing or FreezingSettings())
        _say_layers(frame, f"{name} at {image_px[0]} x {image_px[1]} px")
        total = frame.select(pl.col("parameters", "multiply_adds").sum()).row(0)
        learns = frame.filter(pl.col("learns"))["parameters"].sum()
        say(f"{total[0]:,} parameters, {learns:,} of them learn; {total[1]:,} multiply-adds")
        return frame
    frame = pl.DataFrame({"model": model_names(name or None)})
    for found in frame["model"]:
        say(found)
    return frame


def _layers(
    name: str, image_px: tuple[int, int], n_classes: int, freezing: FreezingSettings
) -> pl.DataFrame:
    from buffycoat.models.build import build_network
    from buffycoat.models.freezing import apply_freezing
    from buffycoat.models.layers import list_layers
    from buffycoat.models.settings import ModelSettings
    from buffycoat.registry import Choice

    settings = ModelSettings(model=Choice.parse(name), weights="none")
    network = build_network(settings, n_classes, image_px=ImageSettings(image_px).image_px)
    apply_freezing(network, freezing)
    frame = pl.DataFrame([asdict(layer) for layer in list_layers(network, image_px)])
    return frame.with_columns(pl.col("name").str.strip_prefix("backbone."))


def _say_layers(frame: pl.DataFrame, title: str) -> None:
    """Print the layers under the names of their blocks, narrow enough for 80 columns."""
    shown = Table(title=title, box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    shown.title_justify, shown.title_style = "left", "bold"
    shown.add_column("", justify="right")
    shown.add_column("layer", overflow="fold")
    shown.add_column("type", overflow="fold")
    for heading in ("parameters", "million\nmul-adds", "learns"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for (block,), layers in frame.group_by("block", maintain_order=True):
        shown.add_row("", f"[bold]{escape(str(block))}[/bold]")
        for row in layers.iter_rows(named=True):
            shown.add_row(
                str(row["number"]),
                escape(row["name"]),
                escape(row["type"]),
                f"{row['parameters']:,}",
                f"{row['multiply_adds'] / 1e6:,.2f}",
                "yes" if row["learns"] else "no",
            )
    console.print(shown)


def list_recipes(name: str = "", /) -> dict[str, str]:
    """The recipes, or one recipe's text.

    Args:
        name: A recipe to print.

    Raises:
        UnknownNameError: when there is no such recipe.
    """
    from buffycoat.training.recipe import read_recipe, recipe_names, to_toml
    from buffycoat.training.settings import TrainSettings

    found = recipe_names()
    if name:
        say(to_toml(read_recipe(name, TrainSettings()), found.get(name, name)))
    else:
        say_frame(pl.DataFrame({"recipe": list(found), "for": list(found.values())}))
    return found


def cache(*, clear: bool = False) -> pl.DataFrame:
    """The stores of decoded images, their place and size; or clear them.

    Args:
        clear: Remove them all; they are made again when needed.

    Raises:
        DiskError: when they cannot be removed.
    """
    stores = list_stores()
    frame = pl.DataFrame([asdict(store) for store in stores]) if stores else pl.DataFrame()
    say(f"{cache_root()}: {len(stores)} stores, {sum(s.n_bytes for s in stores) / 1e6:,.1f} MB")
    say(f"what audits saw of images: {size_of_looks() / 1e6:,.1f} MB")
    if len(frame):
        say_frame(frame.select(pl.exclude("path")))
    if clear:
        say(f"{(clear_cache() + clear_looks()) / 1e6:,.1f} MB freed")
    return frame
