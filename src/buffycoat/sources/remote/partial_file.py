"""A download that is not finished: its bytes, and what tells whether the rest still fits them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from buffycoat.tables.files import replacing

__all__ = ["PartialFile"]


@dataclass(frozen=True)
class PartialFile:
    """The bytes got so far, in `<name>.part`, and beside them which version they are of."""

    path: Path
    """Where the bytes are."""

    @property
    def n_bytes(self) -> int:
        """How many bytes are there."""
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def _beside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def validator(self, url: str) -> str | None:
        """The ETag or date of what the bytes are of, where they are from that address."""
        try:
            facts = json.loads(self._beside.read_text(encoding="utf-8"))
            validator = facts["validator"] if facts["url"] == url else None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return validator if isinstance(validator, str) else None

    def begin(self, url: str, validator: str | None) -> None:
        """Forget the bytes, and note what the next ones will be of.

        Raises:
            DiskError: when it cannot be written.
        """
        self.path.unlink(missing_ok=True)
        with replacing(self._beside) as beside:
            beside.write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")

    def finish(self, place: Path) -> None:
        """Move the bytes to a place."""
        self.path.replace(place)
        self._beside.unlink(missing_ok=True)

    def remove(self) -> None:
        """Forget the bytes."""
        self.path.unlink(missing_ok=True)
        self._beside.unlink(missing_ok=True)
