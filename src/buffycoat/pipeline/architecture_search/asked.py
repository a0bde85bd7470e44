"""What a search of architectures was asked for; it is resumed only when it is asked the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from buffycoat.errors import RunError
from buffycoat.pipeline.plugging import plugin_hashes
from buffycoat.search.architecture_settings import ArchitectureSettings
from buffycoat.search.space.space import Space
from buffycoat.tables.samples import SampleTable, data_hash
from buffycoat.training.recipe import to_dict

__all__ = ["architecture_facts", "refuse_another"]

_SAID = {
    "space_digest": "choices in the space",
    "space_file": "code of the space",
    "asked": "settings",
    "plugins": "plugins",
    "data_hash": "images, labels or splits",
}


def architecture_facts(
    samples: SampleTable, asked: ArchitectureSettings, space: Space, sha256: str | None
) -> dict[str, Any]:
    """All that decides what is scored; the costs on the page may be others, the budget longer."""
    settings = {n: v for n, v in to_dict(asked).items() if n not in ("budget", "objectives")}
    return {
        "space_digest": space.digest,
        "space_file": sha256,
        "asked": json.loads(json.dumps(settings)),
        "plugins": plugin_hashes(),
        "data_hash": data_hash(samples),
        "budget": asked.budget,
    }


def refuse_another(before: Mapping[str, Any], now: Mapping[str, Any], where: str) -> None:
    """Let pass the search that was begun.

    Raises:
        RunError: for another, with what differs.
    """
    others = [said for name, said in _SAID.items() if before.get(name) != now[name]]
    if others:
        said = f"{where} was begun with other {' and other '.join(others)}"
        raise RunError(f"{said}: give the command that it was started with, or --overwrite")
