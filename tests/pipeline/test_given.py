"""What comes beside a folder is named after it, also where the folder has no name of its own."""

from pathlib import Path

import pytest

from buffycoat.pipeline.given import beside
from buffycoat.pipeline.running import _repeated


@pytest.mark.parametrize("said", [".", "../cells", "inner/.."])
def test_a_folder_without_a_name_is_called_as_it_is_found(said, tmp_path, monkeypatch):
    (tmp_path / "cells" / "inner").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "cells")
    assert beside(Path(said), "again").resolve() == tmp_path.resolve() / "cells-again"


def test_a_run_made_in_the_folder_one_is_in_says_how_it_is_repeated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    again = f"{tmp_path.resolve()}-again"
    assert _repeated(Path()) == f"buffycoat train samples.parquet --like . --out {again}"
