"""The page of an audit: what it says, and names that are no HTML."""

import base64
import hashlib
import re
from dataclasses import replace

import numpy as np
import polars as pl


def test_what_matters_most_comes_first(page, read):
    order = re.findall(r'<section id="finding-(\w+)"', page)
    assert order == ["copy", "blur", "balance"]
    first, rest = page.split('<section id="finding-copy"')[0], read(page).words
    assert first.index("Two are copies") < first.index("4 are blurred") < first.index("All is even")
    assert "40 images in 2 classes: 1 serious finding and 1 worth a look" in "".join(rest)


def test_names_are_no_html(page, read, table, evil):
    reader = read(page)
    assert not [tag for tag, _ in reader.elements if tag == "img"]
    assert sum(tag == "script" for tag, _ in reader.elements) == 3  # data, script, one sheet
    assert evil in reader.data["classes"]
    assert sorted(reader.data["ids"]) == sorted(table().frame["sample_id"])
    assert f"=1+1,{evil}" in reader.data["ids"]
    assert f"Two are copies {evil}." in reader.words


def test_numbers_in_tables_are_written_for_people(page, read, evil):
    words = read(page).words
    assert {"12,345", "0.1235", "class name", evil} <= set(words)


def test_it_needs_nothing_from_outside_and_runs_one_script_alone(page, read):
    assert not re.findall(r"https?://|@import|url\(", page)
    assert not re.findall(r'(?:src|href)="(?!#|data:,")', page)
    policy = re.search(r"default-src 'none';.*script-src &#39;([^&]+)&#39;\">", page)
    script = read(page).scripts[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy[1] == f"sha256-{digest}"
    assert '["sample_id", "decision", "label", "reason"]' in script


def test_the_same_input_gives_the_same_bytes(build, findings, page):
    assert build(findings, name="again.html") == page


def test_what_is_known_of_the_data_is_repeated(build, read, table):
    samples = table(3)
    frame = samples.frame.with_columns(excluded_because=pl.Series([None, "no image: a.png", None]))
    page = build([], replace(samples, frame=frame, notes=("From one scanner.",)))
    assert "<li><b>1</b> no image</li>" in page
    assert "From one scanner." in page


def test_without_findings_or_map_the_page_says_so(build, read, table):
    page = build([], table(1), map_xy=None)
    assert "Nothing was checked." in page
    assert 'id="map"' not in page
    assert read(page).data["map"] is None
    one_spot = build([], table(1), map_xy=np.zeros((1, 2)))
    assert read(one_spot).data["map"] == [[5000], [5000]]
