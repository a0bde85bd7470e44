"""The examples run as they stand, and show tables and the report in place."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_the_notebook_runs_and_shows_tables_and_the_report(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    book = nbformat.read(EXAMPLES / "first_steps.ipynb", as_version=4)
    client = NotebookClient(book, timeout=150, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    shown = [
        output["data"].get("text/html", "")
        for cell in book.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    ]
    assert any("400 images, 8 classes" in page for page in shown)
    assert any("<iframe srcdoc=" in page for page in shown)
    assert any("8 classes" in page and "failed_because" in page for page in shown)
