"""The page of a comparison: whole, small, and safe whatever runs and labels are called."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.evaluation.compare import compare_tables
from buffycoat.evaluation.comparison import Costs
from buffycoat.evaluation.pairing import Contender
from buffycoat.report.comparison_page import build_comparison
from buffycoat.report.comparison_scales import accuracy_scale, difference_scale
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.samples import SampleTable, check_samples

CLASSES = ("blast", "<b>mono&cyte</b>", "platelet")
N = 240
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    root = tmp_path_factory.mktemp("images")
    Image.fromarray(np.full((30, 30, 3), 90, np.uint8)).save(root / "cell.png")
    frame = pl.DataFrame(
        {
            "sample_id": [f"s{i:03d}" for i in range(N)],
            "path": ["cell.png" if i % 40 else "gone.png" for i in range(N)],
            "label": [CLASSES[i % 3] for i in range(N)],
            "group": [f"g{i // 3}" for i in range(N)],
            "split": ["test"] * N,
        }
    )
    return check_samples(SampleTable(frame, root, CLASSES, group_columns=("slide",)))


def contender(name, samples, share, seed, n_replicates=1):
    tables = []
    for k in range(n_replicates):
        rng = np.random.default_rng([seed, k])
        labels = np.arange(N) % 3
        said = np.where(rng.random(N) < share, labels, rng.integers(3, size=N))
        p = np.full((N, 3), 0.1) + 0.7 * np.eye(3)[said]
        facts = {"data_hash": "a" * 64, "group_columns": ["slide"]}
        tables.append(answer_rows(samples.frame, p, CLASSES, f"{name}-{k}", facts=facts))
    return Contender(name, tuple(tables))


@pytest.fixture(scope="module")
def comparison(samples):
    both = [contender(EVIL, samples, 0.7, 1), contender("plain", samples, 0.5, 2, 2)]
    costs = {EVIL: Costs(epoch_s=61.5, n_parameters=2_200_000)}
    return compare_tables(both, costs=costs, n_resamples=300)


@pytest.fixture(scope="module")
def page(comparison, samples, tmp_path_factory):
    out = tmp_path_factory.mktemp("pages") / "comparison.html"
    return build_comparison(out, comparison, [samples]).read_text()


class Elements(HTMLParser):
    """Counts of tags, and what refers to somewhere."""

    def __init__(self, page):
        super().__init__()
        self.open, self.references, self.tags = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.references += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "link", "img", "br", "line", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("line", "circle"):
            assert self.open.pop() == tag


def test_the_page_refers_to_nothing_outside_and_closes_its_tags(page):
    elements = Elements(page)
    assert elements.open == []
    assert all(reference.startswith("data:") for reference in elements.references)
    assert "url(" not in page
    assert "@import" not in page


def test_what_is_called_like_html_is_text(page):
    assert "script" not in Elements(page).tags
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>mono" not in page


def test_pictures_are_bounded_and_a_missing_one_says_why(page, comparison):
    assert len(comparison.disagreements) > 60
    assert 10 < page.count('alt="an image labelled') <= 8 * 6 + 18
    assert "no-picture" in page
    assert len(page) < 400_000


def test_the_page_says_figures_costs_and_spread(page, comparison):
    first = comparison.methods[0]
    value = f"{100 * first.figures['accuracy'].value:.1f}%"
    assert value in page
    assert ">61.5<" in page
    assert ">2.20<" in page
    assert "multiply-adds</th>" not in page  # known of none
    assert re.search(r"sd [\d.]+ over 2 runs", page)
    assert "not for replicates" in page
    for pair in comparison.pairs:
        assert pair.verdict.replace("<", "&lt;").replace(">", "&gt;") in page


def test_without_tables_there_are_no_pictures(comparison, tmp_path):
    page = build_comparison(tmp_path / "c.html", comparison).read_text()
    assert "data:image" not in page
    assert "There are no pictures" in page


def test_the_same_comparison_gives_the_same_bytes(comparison, samples, tmp_path, page):
    again = build_comparison(tmp_path / "c.html", comparison, [samples])
    assert again.read_text() == page


def test_many_methods_are_shown_beside_the_best(samples, tmp_path):
    shares = (0.5, 0.9, 0.6, 0.7)
    many = [contender(f"m{i}", samples, share, i) for i, share in enumerate(shares)]
    found = compare_tables(many, n_resamples=300)
    page = build_comparison(tmp_path / "c.html", found).read_text()
    assert "m1 is better than m0" in page
    assert "m3 is better than m0" not in page  # in the table of pairs alone
    assert "Each p is corrected for 6 comparisons" in page


def test_scales_hold_every_interval(comparison):
    for scale in (accuracy_scale(comparison), difference_scale(comparison)):
        for row in scale.rows:
            assert 0 <= row.low <= row.at <= row.high <= 100


def test_a_comparison_of_perfect_methods_can_be_drawn(samples, tmp_path):
    both = [contender(name, samples, 1.0, 0) for name in "ab"]
    found = compare_tables(both, n_resamples=100)
    page = build_comparison(tmp_path / "c.html", found, [samples]).read_text()
    assert "their accuracy is the same" in page
    assert "Where they disagree" not in page


def test_an_anonymous_page_names_no_image(comparison, samples, tmp_path):
    named = replace(comparison, notes=("rows of /data/smith/list.csv were left out",))
    page = build_comparison(tmp_path / "c.html", named, [samples], anonymise=True).read_text()
    assert not re.search(r"s\d\d\d|cell\.png|smith", page)
    assert "plain-0" not in page
