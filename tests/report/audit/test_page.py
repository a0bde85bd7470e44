"""The page of an audit: what it says, what it holds, and names that are no HTML."""

import base64
import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from buffycoat.curation.decisions.decision import FORMULA
from buffycoat.curation.finding import Finding
from buffycoat.report.audit.page import SCRIPTS, build_audit_page
from buffycoat.report.audit.scripts import read_script
from buffycoat.tables.samples import SampleTable, check_samples

EVIL = '</script><img src=x onerror="alert(1)">'
N = 40


def table(n=N, classes=("a", EVIL)):
    ids = [f"a/{i}.png" for i in range(n - 1)] + [f"=1+1,{EVIL}"]
    columns = {
        "sample_id": ids,
        "path": ids,
        "label": [classes[i % len(classes)] for i in range(n)],
        "split": ["train" if i % 3 else "test" for i in range(n)],
        "group": [f"g{i // 2}" for i in range(n)],
        "width_px": [64] * n,
        "height_px": [48] * n,
    }
    return check_samples(SampleTable(pl.DataFrame(columns), None, classes))


def flags(rows, n=N):
    return np.isin(np.arange(n), rows)


@pytest.fixture
def findings():
    scores = np.linspace(0, 1, N)
    scores[3] = np.nan
    counts = pl.DataFrame({"class_name": ["a", EVIL], "n": [12345, None], "share": [0.123456, 2.0]})
    return [
        Finding("balance", "Balance", ("All is even.",), "note", tables={"By class": counts}),
        Finding(
            "blur", "Blur", ("4 are blurred.",), "look", scores, flags([3, 5, 7, 39]), {5: EVIL}
        ),
        Finding(
            "copy",
            f"Copies {EVIL}",
            (f"Two are copies {EVIL}.", "They lie in both splits."),
            "serious",
            flags=flags([1, 2]),
            beside={1: (2,), 2: tuple(range(3, 36))},
            columns={"cluster": pl.Series(["k1" if i in (1, 2) else None for i in range(N)])},
        ),
    ]


class Reader(HTMLParser):
    """What a browser would see: elements in order, and the text of each script."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self.words = [], [], []
        self.is_script = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.is_script = tag == "script"
        if self.is_script:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.is_script = False

    def handle_data(self, text):
        if self.is_script:
            self.scripts[-1] += text
        else:
            self.words.append(text)

    @property
    def data(self):
        return json.loads(self.scripts[0])


def build(tmp_path, findings, samples=None, name="audit.html", **options):
    samples = samples or table()
    n = len(samples.frame)
    rng = np.random.default_rng(0)
    options.setdefault("thumbnails", rng.integers(0, 256, (n, 64, 64, 3), dtype=np.uint8))
    options.setdefault("map_xy", rng.normal(size=(n, 2)))
    out = build_audit_page(samples, findings, out=tmp_path / name, **options)
    return out.read_text(encoding="utf-8")


@pytest.fixture
def page(tmp_path, findings):
    return build(tmp_path, findings)


def test_what_matters_most_comes_first(page):
    order = re.findall(r'<section id="finding-(\w+)"', page)
    assert order == ["copy", "blur", "balance"]
    first, rest = page.split('<section id="finding-copy"')[0], Reader(page).words
    assert first.index("Two are copies") < first.index("4 are blurred") < first.index("All is even")
    assert "40 images in 2 classes: 1 serious finding and 1 worth a look" in "".join(rest)


def test_names_are_no_html(page):
    reader = Reader(page)
    assert not [tag for tag, _ in reader.elements if tag == "img"]
    assert sum(tag == "script" for tag, _ in reader.elements) == 3  # data, script, one sheet
    assert EVIL in reader.data["classes"]
    assert reader.data["ids"] == [
        f"=1+1,{EVIL}" if i == N - 1 else f"a/{i}.png" for i in order_of(reader)
    ]
    assert f"Two are copies {EVIL}." in reader.words


def order_of(reader):
    known = table().frame["sample_id"].to_list()
    return [known.index(name) for name in reader.data["ids"]]


def test_every_flagged_image_is_there_with_its_picture_worst_first(page, findings):
    data = Reader(page).data
    by_name = {found["name"]: found for found in data["findings"]}
    shown = [data["ids"][i] for i in by_name["blur"]["rows"]]
    ids = table().frame["sample_id"].to_list()
    assert shown == [ids[39], ids[7], ids[5], ids[3]]
    assert by_name["blur"]["scores"] == [1, round(7 / 39, 3), round(5 / 39, 3), None]
    assert by_name["blur"]["reasons"] == ["", "", EVIL, ""]
    assert [ids.index(data["ids"][i]) for i in by_name["copy"]["rows"]] == [1, 2]
    assert all(place >= 0 for place in data["sheets"]["places"])


def test_what_stands_beside_is_bounded_and_counted(page):
    copies = Reader(page).data["findings"][0]
    assert [len(rows) for rows in copies["beside"]] == [1, 24]
    assert copies["more"] == [0, 9]


def test_columns_of_the_table_and_of_findings_colour_the_map(page):
    data = Reader(page).data
    columns = {column["name"]: column for column in data["columns"]}
    assert set(columns) == {"label", "split", "group", "cluster"}
    first = data["findings"][0]["rows"][0]
    assert columns["cluster"]["names"][columns["cluster"]["values"][first]] == "k1"
    assert columns["cluster"]["values"].count(-1) == N - 2


def test_numbers_in_tables_are_written_for_people(page):
    words = Reader(page).words
    assert {"12,345", "0.1235", "class name", EVIL} <= set(words)


def test_it_needs_nothing_from_outside_and_runs_one_script_alone(page):
    assert not re.findall(r"https?://|@import|url\(", page)
    assert not re.findall(r'(?:src|href)="(?!#|data:,")', page)
    policy = re.search(r"default-src 'none';.*script-src &#39;([^&]+)&#39;\">", page)
    script = Reader(page).scripts[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy[1] == f"sha256-{digest}"
    assert '["sample_id", "decision", "label", "reason"]' in script


def test_the_same_input_gives_the_same_bytes(tmp_path, findings, page):
    assert build(tmp_path, findings, name="again.html") == page


def test_a_picture_that_is_missing_says_why(tmp_path, findings):
    data = Reader(build(tmp_path, findings, without={5: "broken file"})).data
    row = data["ids"].index("a/5.png")
    assert data["sheets"]["places"][row] == -1
    assert data["without"] == {str(row): "broken file"}


def test_the_map_keeps_its_shape_and_leaves_out_what_has_no_place(tmp_path):
    xy = np.array([[0.0, 0.0], [4.0, 1.0], [np.nan, 2.0]])
    data = Reader(build(tmp_path, [], table(3), map_xy=xy)).data
    assert data["map"] == [[0, 9999, -1], [3750, 6249, -1]]


def test_without_findings_or_map_the_page_says_so(tmp_path):
    page = build(tmp_path, [], table(1), map_xy=None)
    assert "Nothing was checked." in page
    assert 'id="map"' not in page
    assert Reader(page).data["map"] is None
    one_spot = build(tmp_path, [], table(1), map_xy=np.zeros((1, 2)))
    assert Reader(one_spot).data["map"] == [[5000], [5000]]


def test_a_large_table_shows_the_flagged_ones_and_says_so(tmp_path):
    n = 21_000
    samples = table(n, ("a", "b"))
    found = Finding("blur", "Blur", ("2 are.",), "look", None, flags([20_000, 5], n))
    grey = np.full((64, 64, 3), 128, np.uint8)
    known = dict.fromkeys(range(n), grey)
    page = build(tmp_path, [found], samples, thumbnails=known)
    data = Reader(page).data
    assert len(data["ids"]) == 2 + 5_000
    assert set(data["findings"][0]["rows"]) == {0, 1}
    assert "here are 2 that are flagged or stand beside one, and 5,000 drawn at random" in page
    assert len(page) < 1_500_000


def test_a_page_of_pictures_has_few_bytes_for_each(tmp_path):
    ramp = np.linspace(60, 200, 64)
    cell = (ramp[:, None] + ramp)[..., None] / 2 + np.arange(3) * 10
    n = 3_000
    known = {row: (cell + row % 20).astype(np.uint8) for row in range(n)}
    page = build(tmp_path, [], table(n, ("a", "b")), thumbnails=known)
    assert sum(text.startswith("/9j/") for text in Reader(page).scripts) == 12
    assert len(page) / n < 1_000


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@needs_node
def test_the_script_is_one_that_can_be_read(tmp_path):
    (tmp_path / "all.js").write_text(read_script(SCRIPTS), encoding="utf-8")
    done = subprocess.run(["node", "--check", tmp_path / "all.js"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def run_csv(expression):
    """What an expression gives where the functions of `csv.js` are there."""
    own = str(read_script(["csv.js"])).removesuffix("})();\n")
    program = f"{own}console.log(JSON.stringify({expression}));}})();"
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@needs_node
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_decisions_are_written_and_read_as_python_does(end):
    rows = [["sample_id", "reason"], ["a,b", 'said "no"'], ["=1+1", "two\nlines"], [" x ", ""]]
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows(rows)
    both = f"[toCsv({json.dumps(rows)}), fromCsv({json.dumps(text.getvalue())})]"
    written, read = run_csv(both)
    assert read == rows
    assert list(csv.reader(io.StringIO(written, newline=""), strict=True)) == rows


@needs_node
def test_a_formula_is_guarded_as_the_reader_of_decisions_expects():
    texts = ["=1", "+1", "-a", "@x", "\ta", "\ra", "a=1", "'a", "'=1", ""]
    guarded = [f"'{text}" if FORMULA.match(text) else text for text in texts]
    assert run_csv(f"{json.dumps(texts)}.map(guarded)") == guarded
    assert run_csv(f"{json.dumps(guarded[:8])}.map(unguarded)") == texts[:8]


@needs_node
def test_a_csv_that_a_spreadsheet_saved_is_read_too():
    text = json.dumps('\ufeffsample_id;decision\r\na;keep\r\n\r\n"b;";exclude')
    assert run_csv(f"fromCsv({text})") == [
        ["sample_id", "decision"],
        ["a", "keep"],
        ["b;", "exclude"],
    ]
