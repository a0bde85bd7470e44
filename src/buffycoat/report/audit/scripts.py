"""What a page holds besides HTML: data that cannot end their tag, and a script by its hash."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

__all__ = ["read_script", "script_hash", "to_json"]

_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def to_json(value: Any) -> str:
    """JSON that stands in a script element as it is: it holds no `<`, and ASCII alone."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    for character, escape in _UNSAFE.items():
        text = text.replace(character, escape)
    return text


def read_script(names: Sequence[str]) -> str:
    """The files of `templates/audit/` as one script whose names no other script sees."""
    folder = files("buffycoat.report") / "templates" / "audit"
    parts = [(folder / name).read_text(encoding="utf-8") for name in names]
    return "".join(["(() => {\n", '"use strict";\n', *parts, "})();\n"])


def script_hash(script: str) -> str:
    """How a content security policy names a script, so that a browser runs no other."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
