"""Names of files and labels that would be HTML, markup, paths, flags or commands elsewhere."""

import csv
import os
import shutil
from html.parser import HTMLParser

import polars as pl
import pytest
from PIL import Image

from buffycoat.runs import open_run
from buffycoat.tables.samples import read_samples

LABELS = ("<img src=x onerror=alert(1)>", '"><script>alert(2)<', "[red]cell[bold]", "-label", "סוג")
NAMES = (
    "<script>alert(1)<.png",
    "\"quoted' &amp;.png",
    "new\nline.png",
    "tab\t.png",
    "-rf.png",
    "--out.png",
    "[red]markup[bold].png",
    ":warning:.png",
    "\u202egnp.exe.png",
    "\x1b[2J\x07.png",
    "שלום.png",
    "x" * 251 + ".png",
    "$(touch pwned);`touch pwned`.png",
    "'; DROP TABLE samples; --.png",
    "{{7*7}}{% raw %}.png",
    "C:\\..\\up.png",
    "%s%n%00.png",
    "comma,semi;.png",
    "a#1.png",
    " spaces .png",
)
FLAGS = ("--model", "small_cnn", "--weights", "none", "--image-px", "32", "32", "--epochs", "1")


@pytest.fixture(scope="module")
def place(tmp_path_factory, pixels):
    """A folder of classes with such names."""
    place = tmp_path_factory.mktemp("malicious")
    for i, label in enumerate(LABELS):
        (place / "cells" / label).mkdir(parents=True)
        for j, name in enumerate(NAMES):
            Image.fromarray(pixels(100 * i + j)).save(place / "cells" / label / name)
    return place


@pytest.fixture(scope="module")
def run(place):
    """A run that was trained on them."""
    from buffycoat.cli import main

    table = str(place / "s.parquet")
    assert main(["import", str(place / "cells"), "--out", table]) == 0
    assert main(["split", table, "--out", table]) == 0
    assert main(["train", table, *FLAGS, "--out", str(place / "run")]) == 0
    return place / "run"


class Page(HTMLParser):
    """The tags, attributes and texts of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.texts.append(data)


def assert_harmless(page):
    found = Page(page)
    for tag, attributes in found.tags:
        assert tag not in ("script", "iframe", "object", "embed", "base"), tag
        assert not [name for name in attributes if name.startswith("on")], attributes
        assert attributes.get("src", "data:").startswith("data:"), attributes
        assert attributes.get("href", "#").startswith(("#", "data:,")), attributes
    return found


def test_nothing_is_lost(run, place):
    frame = read_samples(place / "s.parquet").frame
    assert len(frame) == len(LABELS) * len(NAMES)
    assert frame["excluded_because"].null_count() == len(frame)
    assert set(frame["label"]) == set(LABELS)
    assert {path.rpartition("/")[2] for path in frame["path"]} == set(NAMES)
    assert set(open_run(run).facts["classes"]) == set(LABELS)


def test_the_report_shows_names_as_text(run):
    found = assert_harmless((run / "report.html").read_text())
    text = "".join(found.texts)
    assert all(label in text for label in LABELS)
    assert "alert(" not in "".join(tag[1].get("style", "") for tag in found.tags)


def test_a_report_of_foreign_predictions_shows_names_as_text(run, place, goes_on):
    out = place / "foreign.html"
    rows = [(f"{i}{name}", LABELS[i % 5], LABELS[i % 3]) for i, name in enumerate(NAMES)]
    with (place / "foreign.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "label", "predicted"), *rows])
    goes_on("evaluate", place / "foreign.csv", "--out", out)
    assert_harmless(out.read_text())
    goes_on("report", run, "--format", "html", "--out", out, "--anonymise")
    assert_harmless(out.read_text())


def test_a_notebook_shows_names_as_text(run, place):
    assert_harmless(read_samples(place / "s.parquet")._repr_html_())


def test_predictions_name_every_file(run, place, tmp_path, goes_on):
    flags = ("--out", tmp_path / "p.csv", "--review", 200)
    answer = goes_on("predict", run, place / "cells", *flags)
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["path"].rpartition("/")[2] for row in rows} == set(NAMES)
    assert all(f"p_{label}" in rows[0] for label in LABELS)
    goes_on("evaluate", tmp_path / "p.csv", "--samples", place / "s.parquet")
    assert "[red]" in answer.out
    assert ":warning:" in answer.out


def test_the_terminal_is_not_commanded(place, tmp_path, goes_on, assert_refused):
    folder = tmp_path / "\x1b[31mred\x07\u202e"
    shutil.copytree(place / "cells", folder)
    for image in (folder / LABELS[0]).iterdir():
        image.write_text("no image")
    answer = goes_on("import", folder, "--out", tmp_path / "s.parquet")
    answers = answer.out + answer.err
    answers += assert_refused("import", tmp_path / "\x1b[2J\u202e", saying=["\\x1b[2J\\u202e"]).err
    assert not [mark for mark in ("\x1b", "\x07", "\u202e") if mark in answers]


def test_nothing_was_written_elsewhere(run, place):
    assert sorted(path.name for path in place.iterdir() if path.suffix != ".html") == [
        "cells",
        "foreign.csv",
        "run",
        "s.parquet",
    ]


@pytest.mark.parametrize("name", ["-rf.png", "--out.png"])
def test_a_name_like_a_flag_is_given_after_two_dashes(name, run, place, monkeypatch, goes_on):
    monkeypatch.chdir(place / "cells" / "-label")
    assert "1 images answered" in goes_on("predict", run, "--", name).out
    assert "1 images answered" in goes_on("predict", run, f"./{name}").out


def test_a_name_like_a_pattern_is_a_file_first(run, place, goes_on):
    name = place / "cells" / "-label" / "[red]markup[bold].png"
    assert "1 images answered" in goes_on("predict", run, name).out


def test_a_table_whose_paths_lead_out_of_its_root_reads_nothing(place, run, tmp_path, goes_on):
    (tmp_path / "root").mkdir()
    Image.new("RGB", (32, 32)).save(tmp_path / "secret.png")
    table = pl.DataFrame({"sample_id": ["1", "2"], "path": ["../secret.png", "/etc/hostname"]})
    meta = '{"root": "%s", "classes": [], "class_ids": {}, "group_columns": [], "notes": [], %s}'
    facts = meta % (tmp_path / "root", '"steps": []')
    table.write_parquet(tmp_path / "s.parquet", metadata={"buffycoat": facts})
    goes_on("predict", run, tmp_path / "s.parquet", "--out", tmp_path / "p.csv")
    reasons = set(pl.read_csv(tmp_path / "p.csv")["failed_because"])
    assert reasons == {"the path leads out of the root folder"}


def test_a_name_that_is_no_text_is_said(place, run, tmp_path, assert_refused):
    folder = tmp_path / "cells"
    shutil.copytree(place / "cells", folder)
    image = folder / "-label" / "a#1.png"
    image.rename(image.with_name(os.fsdecode(b"\xff.png")))
    said = ["\\udcff.png' is not valid UTF-8", "rename the file"]
    assert_refused("import", folder, saying=said)
    assert_refused("predict", run, folder, saying=said)
