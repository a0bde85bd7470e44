"""Write docs/reference from the code itself; with --check, only say whether it is up to date."""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ["COLUMNS"] = "100"
os.environ["NO_COLOR"] = "1"

from buffycoat import _NAMES
from buffycoat.augmentations.mixing import mixings
from buffycoat.augmentations.operations.catalogue import operations
from buffycoat.augmentations.policies import policies
from buffycoat.cli import COMMANDS, main
from buffycoat.curation.checks.catalogue import BUILT_IN as CHECKS
from buffycoat.curation.checks.check import checks
from buffycoat.models.heads import heads
from buffycoat.models.published import models
from buffycoat.registry import Registry
from buffycoat.search.objectives import objectives
from buffycoat.search.settings.functions import functions
from buffycoat.search.settings.pruners import pruners
from buffycoat.search.settings.samplers import samplers
from buffycoat.search.spaces.catalogue import spaces
from buffycoat.search.strategies.catalogue import strategies
from buffycoat.sources.catalogue import BUILT_IN as DATA_SETS
from buffycoat.sources.record import sources
from buffycoat.tables import predictions, samples, trials
from buffycoat.training.losses import losses
from buffycoat.training.recipe import recipe_names
from buffycoat.training.schedules import schedules

FOLDER = Path(__file__).parent / "reference"
assert CHECKS, "their import registers the checks"  # noqa: S101
assert DATA_SETS, "and this one the data sets"  # noqa: S101
LEARNING = (models, heads, policies, operations, mixings, losses, schedules)
SEARCHING = (spaces, strategies, objectives, functions, samplers, pruners)
PLURALS = {
    "augmentation policy": "augmentation policies",
    "loss": "losses",
    "search space": "search spaces",
    "strategy": "strategies",
    "function of a trial": "functions of a trial",
}
# what the caller gives, not the user
GIVEN = {"asked", "budget", "image_px", "n_classes", "n_epochs", "n_features", "past", "scale"}
GIVEN |= {"seed", "weight"}
MADE = "<!-- Written by docs/generate_reference.py (`make docs`); do not edit. -->\n\n"


def pages() -> Iterator[tuple[str, str]]:
    """Each page's file name and text."""
    yield "commands.md", commands()
    yield "names.md", names()
    yield "tables.md", tables()
    yield "python.md", python()


def commands() -> str:
    parts = ["# Commands\n"]
    for name, (_, _, said) in COMMANDS.items():
        parts.append(f"## `buffycoat {name}`: {said}\n\n```text\n{help_of(name)}\n```\n")
    return "\n".join(parts)


def help_of(command: str) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main([command, "--help"])
    text = re.sub(r"\x1b\[[0-9;]*m", "", said.getvalue())
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def names() -> str:
    said = 'An argument is set by a table, such as `{name = "focal", gamma = 1.5}`.'
    said += " Checks take `low` and `high`; operations, as steps, `probability`, `low` and `high`."
    parts = ["# Names that settings can choose\n", f"{said}\n"]
    for registry in (*LEARNING, checks, *SEARCHING, sources):
        parts += [section(registry)]
    rows = [f"| `{name}` | {said} |" for name, said in recipe_names().items()]
    parts.append("\n".join(["## Recipes\n", "| name | for |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def section(registry: Registry) -> str:
    entries = [(name, registry.get(name)) for name in registry]
    title = f"## {PLURALS.get(registry.kind, registry.kind + 's').capitalize()}\n"
    if not any(taken(entry) for _, entry in entries):
        rows = [f"| `{name}` | {first_line(entry)} |" for name, entry in entries]
        return "\n".join([title, "| name | gives |", "|---|---|", *rows]) + "\n"
    rows = [f"| `{name}` | {first_line(entry)} | {taken(entry)} |" for name, entry in entries]
    return "\n".join([title, "| name | gives | arguments |", "|---|---|---|", *rows]) + "\n"


def taken(entry: object) -> str:
    """The arguments that a user can set, with their defaults."""
    found = inspect.signature(entry).parameters.values()
    chosen = [p for p in found if p.kind is p.KEYWORD_ONLY and p.name not in GIVEN]
    return ", ".join(f"`{p.name}{written(p.default)}`" for p in chosen)


def written(default: object) -> str:
    """A default as a recipe has it; nothing where there is none."""
    is_there = default is not None and default is not inspect.Parameter.empty
    return f" = {json.dumps(default)}" if is_there else ""


def first_line(thing: object) -> str:
    return (thing.__doc__ or "").strip().partition("\n")[0].replace("|", "\\|")


def tables() -> str:
    parts = ["# Columns of the tables\n"]
    for title, schema in (
        ("Sample table", samples.SCHEMA),
        ("Prediction table", {**predictions.SCHEMA, "p_<class>": "Float32"}),
        ("Trial table", {**trials.SCHEMA, "<varied setting>": "by its values"}),
    ):
        rows = [f"| `{name}` | {kind} |" for name, kind in schema.items()]
        parts.append("\n".join([f"## {title}\n", "| column | type |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def python() -> str:
    import buffycoat

    rows = [
        f"| `buffycoat.{name}` | `{place}` | {first_line(getattr(buffycoat, name))} |"
        for name, place in sorted(_NAMES.items())
    ]
    head = "# Python names\n\n| name | defined in | gives |\n|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def run(check: bool) -> int:
    stale = []
    for name, text in pages():
        path, text = FOLDER / name, MADE + text
        if path.is_file() and path.read_text() == text:
            continue
        stale.append(name)
        if not check:
            FOLDER.mkdir(exist_ok=True)
            path.write_text(text)
    print(f"{'stale' if check else 'written'}: {', '.join(stale)}" if stale else "up to date")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(run("--check" in sys.argv))
