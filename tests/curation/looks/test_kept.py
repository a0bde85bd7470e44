"""What audits keep is counted and removed, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from buffycoat.curation.looks.kept import clear_looks, looks_root, size_of_looks
from buffycoat.curation.looks.look import Look
from buffycoat.curation.looks.shelf import Shelf


def test_what_is_kept_is_removed_and_nothing_else(tmp_path: Path) -> None:
    shelf = Shelf(Look("mean", lambda image: 0.0), looks_root(tmp_path))
    shelf.add("key", np.float32(1))
    shelf.write()
    own = looks_root(tmp_path) / "mean-1" / "notes.txt"
    own.write_text("mine")
    (block,) = looks_root(tmp_path).rglob("*.npz")
    assert size_of_looks(tmp_path) == block.stat().st_size
    assert clear_looks(tmp_path) > 0
    assert size_of_looks(tmp_path) == 0
    assert own.read_text() == "mine"
    assert clear_looks(tmp_path / "nowhere") == 0
