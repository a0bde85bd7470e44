"""An audit written by hand, and its page as a browser reads it."""

import json
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from buffycoat.curation.finding import Finding
from buffycoat.report.audit.page import build_audit_page
from buffycoat.tables.samples import SampleTable, check_samples

EVIL = '</script><img src=x onerror="alert(1)">'
N = 40


def make_table(n=N, classes=("a", EVIL)):
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


@pytest.fixture
def evil():
    """What the sample N - 1, the second class, a reason, a title and a sentence hold."""
    return EVIL


@pytest.fixture
def table():
    """A function that makes a table of N = 40 or another number of rows."""
    return make_table


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


@pytest.fixture
def build(tmp_path):
    """A function from findings to the text of their page."""

    def build(findings, samples=None, name="audit.html", **options):
        samples = samples or make_table()
        n = len(samples.frame)
        rng = np.random.default_rng(0)
        options.setdefault("thumbnails", rng.integers(0, 256, (n, 64, 64, 3), dtype=np.uint8))
        options.setdefault("map_xy", rng.normal(size=(n, 2)))
        out = build_audit_page(samples, findings, out=tmp_path / name, **options)
        return out.read_text(encoding="utf-8")

    return build


@pytest.fixture
def page(build, findings):
    return build(findings)


@pytest.fixture
def read():
    """A function that reads a page as a browser does."""
    return Reader
