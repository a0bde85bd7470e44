"""The page as a whole: what it says, what it must never hold, and that it is always written."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.errors import DiskError
from buffycoat.evaluation.figures import ConfusedPair, Mistake
from buffycoat.report.build import build_report

ATTACK = """<script>alert(1)</script>"'><img src=x onerror=alert(2)>]]>&{{ 7 * 7 }}"""
EMPTY = {"br", "img", "link", "meta"}


class Page(HTMLParser):
    """Elements, attributes and sections of a page, and whether its elements are nested right."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.wrong = set(), [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def read(page):
    return page.read_text(encoding="utf-8")


def words(text):
    """The visible words of a page or a part of it."""
    bare = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", bare))


def section(text, name):
    return re.search(rf'<section id="{name}">.*?</section>', text, re.DOTALL).group()


@pytest.fixture
def whole(tmp_path, evaluation, samples, history, facts):
    """Everything that a page can be given."""
    given = {"evaluation": evaluation, "samples": samples, "history": history, "facts": facts}
    given["validation"] = replace(evaluation, split="validation")
    return tmp_path / "report.html", given


def test_the_first_screen_says_what_a_reader_must_know(whole):
    out, given = whole
    first = words(read(build_report(out, **given)).partition('id="confusion"')[0])
    assert "30 cell images in 3 classes" in first
    assert "90.0%" in first
    assert "95% interval 88.0 to 92.0" in first
    assert "Of 100 cells like these, about 88 to 92 are named right." in first
    assert "For research, not a medical device" in first
    assert "Images are treated as independent: no patient or slide is known." in first
    assert "linear model on colour" in first
    assert re.search(r"blast weakest few images", first)


def test_groups_are_said_where_they_are_known(whole):
    out, given = whole
    given["evaluation"] = replace(given["evaluation"], groups_known=True, n_groups=12)
    given["samples"] = replace(given["samples"], group_columns=("slide",))
    text = words(read(build_report(out, **given)))
    assert "30 cell images from 12 slides" in text
    assert "intervals are by slide, not by image" in text
    assert "treated as independent" not in text


def test_every_section_with_figures_names_split_size_interval_and_data(whole):
    out, given = whole
    text = read(build_report(out, **given))
    stamp = "test split · 30 images · 95% intervals · data 0123456789ab"
    for name in ("classes", "confusion", "pairs", "mistakes", "confidence", "thresholds"):
        assert stamp in section(text, name), name
    assert stamp in section(text, "figures")
    assert "train and validation splits" in section(text, "learning")


def test_the_page_needs_nothing_else(whole):
    out, given = whole
    text = read(build_report(out, **given))
    assert not re.findall(r"https?:|url\(|@import|//", re.sub(r"base64,[^\"]*", "", text))
    assert all(value.startswith("data:") for value in re.findall(r'(?:src|href)="([^"]*)"', text))
    assert "<script" not in text
    assert "default-src 'none'" in text


def test_the_elements_are_nested_right(whole):
    out, given = whole
    page = Page(read(build_report(out, **given)))
    assert not page.wrong
    assert not page.open


def test_the_same_input_gives_the_same_bytes(whole, tmp_path):
    out, given = whole
    other = tmp_path / "elsewhere" / "other.html"
    first = build_report(out, **given).read_bytes()
    assert build_report(other, **given).read_bytes() == first


def test_names_and_notes_of_others_stay_text(whole):
    out, given = whole
    plain = Page(read(build_report(out, **given)))
    text = read(build_report(out, **{**given, **poisoned(given)}))
    page = Page(text)
    assert page.tags <= plain.tags
    assert {name for name, _ in page.attributes} <= {name for name, _ in plain.attributes}
    assert "alert(1)" in words(text)
    assert "7 * 7" in text
    assert not page.wrong


def poisoned(given):
    """The same with an attack in every place that someone else can name."""
    old, name = given["evaluation"], "blast"

    def bad(known):
        return {ATTACK if key == name else key: value for key, value in known.items()}

    evaluation = replace(
        old,
        run_id=ATTACK,
        classes=(ATTACK, *old.classes[1:]),
        per_class=bad(old.per_class),
        roc=bad(old.roc),
        precision_recall=bad(old.precision_recall),
        baselines={ATTACK: old.baselines["majority class"]},
        confused_pairs=[ConfusedPair(ATTACK, "monocyte", 1, 1, [ATTACK])],
        mistakes=[Mistake(ATTACK, ATTACK, ATTACK, "monocyte", 0.9)],
        notes=[ATTACK],
    )
    frame = given["samples"].frame.with_columns(
        pl.when(pl.col("sample_id") == "s0").then(pl.lit(ATTACK)).alias("excluded_because"),
        pl.when(pl.col("label") == name)
        .then(pl.lit(ATTACK))
        .otherwise(pl.col("label"))
        .alias("label"),
    )
    facts = {
        **given["facts"],
        "settings": {"resolved": {ATTACK: ATTACK}},
        "plan": [{"choice": ATTACK, "value": ATTACK, "because": ATTACK}],
        "environment": {ATTACK: ATTACK},
    }
    samples = replace(given["samples"], frame=frame, classes=evaluation.classes)
    return {"evaluation": evaluation, "samples": samples, "facts": facts}


def test_predictions_of_another_program_need_nothing_but_themselves(tmp_path, evaluation):
    bare = replace(
        evaluation,
        split="given rows",
        data_hash=None,
        reliability=[],
        roc={},
        precision_recall={},
        mistakes=[replace(m, path=None, probability=None) for m in evaluation.mistakes],
    )
    text = read(build_report(tmp_path / "page.html", evaluation=bare))
    assert "given rows · 30 images" in words(text)
    assert "no data hash known" in text
    assert "There are no pictures" in text
    assert "base64" not in text
    for absent in ("confidence", "thresholds", "learning", "plan", "settings"):
        assert f'id="{absent}"' not in text


def test_classes_without_figures_are_shown_as_unknown(tmp_path, evaluation):
    unseen = replace(evaluation.per_class["blast"], precision=None, recall=None, f1=None, auc=None)
    unseen = replace(evaluation, per_class={**evaluation.per_class, "blast": unseen})
    text = words(section(read(build_report(tmp_path / "a.html", evaluation=unseen)), "classes"))
    assert re.search(r"blast 10 – – –", text)


def test_a_missing_image_becomes_its_reason(whole):
    out, given = whole
    samples = given["samples"]
    (samples.root / "smith" / "blast_2.png").unlink()
    (samples.root / "smith" / "blast_1.png").write_bytes(b"no image")
    outside = pl.when(pl.col("sample_id") == "s25").then(pl.lit("../../x.png")).otherwise("path")
    frame = samples.frame.with_columns(outside.alias("path"))
    given["samples"] = replace(samples, frame=frame)
    shown = section(read(build_report(out, **given)), "mistakes")
    assert "the file is missing" in shown
    assert "leads out of the root" in shown
    assert shown.count("no-picture") == 3


def test_without_a_sample_table_a_root_gives_the_pictures(tmp_path, evaluation, samples):
    page = build_report(tmp_path / "a.html", evaluation=evaluation, root=samples.root)
    assert section(read(page), "mistakes").count("data:image/jpeg;base64,") == 3


def test_anonymise_leaves_paths_names_and_the_run_out(whole):
    out, given = whole
    clear = read(build_report(out, **given))
    notes = ["merged from /data/smith/list.csv and blast_2.png"]
    given["evaluation"] = replace(given["evaluation"], notes=notes)
    reasons = pl.when(pl.col("sample_id") == "s0").then(pl.lit("same as smith/blast_2.png"))
    frame = given["samples"].frame.with_columns(reasons.alias("excluded_because"))
    given["samples"] = replace(given["samples"], frame=frame)
    text = read(build_report(out, **given, anonymise=True))
    for secret in ("smith", ".png", "light-1", "private images", "list.csv", "w.pth"):
        assert secret in clear or secret in ("list.csv", "private images")
        assert secret not in text
    assert "path left out" in text
    assert text.count("base64,") == clear.count("base64,")


def test_a_file_name_that_is_not_utf8_does_not_stop_the_page(tmp_path, evaluation):
    odd = [replace(m, path="caf\udce9.png") for m in evaluation.mistakes]
    page = build_report(tmp_path / "a.html", evaluation=replace(evaluation, mistakes=odd))
    assert r"caf\udce9.png" in read(page)


def test_many_pictures_stay_below_three_megabytes(tmp_path, evaluation, samples):
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    for path in samples.frame["path"]:
        Image.fromarray(noise).save(samples.root / path)
    mistakes = [
        Mistake(f"s{i % 30}", samples.frame["path"][i % 30], "blast", "monocyte", 0.9)
        for i in range(500)
    ]
    many = replace(evaluation, mistakes=mistakes)
    page = build_report(tmp_path / "a.html", evaluation=many, samples=samples)
    assert page.stat().st_size < 3e6
    assert section(read(page), "mistakes").count('class="tile"') == 40
    assert "The 40 of 500 wrong answers" in words(read(page))


def test_the_page_is_written_whole_or_not_at_all(tmp_path, evaluation):
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError):
        build_report(tmp_path / "file" / "page.html", evaluation=evaluation)
    build_report(tmp_path / "page.html", evaluation=evaluation)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "page.html"]
