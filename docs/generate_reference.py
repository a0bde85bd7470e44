"""Write docs/reference from the code itself; with --check, only say whether it is up to date."""

from __future__ import annotations

import contextlib
import io
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
from buffycoat.tables import predictions, samples, trials
from buffycoat.training.losses import losses
from buffycoat.training.recipe import recipe_names
from buffycoat.training.schedules import schedules

FOLDER = Path(__file__).parent / "reference"
assert CHECKS, "their import registers the checks"  # noqa: S101
PLURALS = {"augmentation policy": "augmentation policies", "loss": "losses"}
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
    parts = ["# Names that settings can choose\n"]
    for registry in (models, heads, policies, operations, mixings, losses, schedules, checks):
        parts += [section(registry)]
    rows = [f"| `{name}` | {said} |" for name, said in recipe_names().items()]
    parts.append("\n".join(["## Recipes\n", "| name | for |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def section(registry: Registry) -> str:
    rows = [f"| `{name}` | {first_line(registry.get(name))} |" for name in registry]
    title = f"## {PLURALS.get(registry.kind, registry.kind + 's').capitalize()}\n"
    return "\n".join([title, "| name | gives |", "|---|---|", *rows]) + "\n"


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
