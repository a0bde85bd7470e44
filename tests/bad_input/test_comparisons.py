"""Comparisons that cannot be made: which tables, which row, and what to do."""

import pytest


def rows(*, label="ab", predicted="ab", name="{}.png", split="test", n=12):
    lines = [f"{name.format(i)},{label[i % 2]},{predicted[i % 3 % 2]},{split}" for i in range(n)]
    return "path,label,predicted,split\n" + "\n".join(lines) + "\n"


@pytest.fixture
def given(tmp_path):
    def given(name, text=None):
        (tmp_path / f"{name}.csv").write_text(text or rows())
        return tmp_path / f"{name}.csv"

    return given


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_fewer_than_two(given, assert_refused):
    assert_refused("compare", saying=["two or more", "buffycoat compare RUN RUN"])
    assert_refused("compare", given("one"), saying=["two or more", "RUN,RUN"])
    said = ["two or more"]
    assert_refused("compare", f"{given('one')},{given('two')}", saying=said)


def test_the_same_answers_twice(given, tmp_path, assert_refused):
    one, two = given("one"), given("two")
    assert_refused("compare", one, one, saying=[str(one), "is given twice"])
    assert_refused("compare", f"{one},{two}", tmp_path / "x/../two.csv", saying=["given twice"])


@pytest.mark.parametrize("text", ["name=", "=a.csv", "a.csv,,b.csv", ","])
def test_what_names_no_path(text, given, assert_refused):
    said = ["is no method to compare", "NAME=PATH,PATH"]
    assert_refused("compare", text, given("one"), saying=said)


def test_a_path_that_leads_nowhere(given, assert_refused):
    assert_refused("compare", given("one"), "nowhere", saying=["nowhere does not exist"])
    said = ["nowhere does not exist"]
    assert_refused("compare", "x=nowhere,more", given("one"), saying=said)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (
            rows(name="{}.tif"),
            ["no sample is answered by all", "'0.png'", "'0.tif'", "`sample_id`"],
        ),
        (rows(label="ba"), ["contradict each other for 12 of 12", "'0.png' is 'a' in one"]),
        (rows(label="xy", predicted="xy"), ["no class is in common", "'a', 'b'", "'x', 'y'"]),
        (rows(label="aB", predicted="aB"), ["'b' and 'B' differ in case alone"]),
        (rows(split="train"), ["two: no labelled rows of split 'test'", "train (12)"]),
        ("path,predicted\n1.png,a\n2.png,b\n", ["two: no row has a label", "--samples"]),
    ],
)
def test_tables_that_cannot_be_brought_together(other, said, given, assert_refused, tmp_path):
    assert_refused("compare", given("one"), given("two", other), saying=said)
    assert not (tmp_path / "comparison.html").exists()


def test_two_methods_of_one_name(given, assert_refused):
    said = ["2 are called 'x'", "NAME=PATH"]
    assert_refused("compare", f"x={given('one')}", f"x={given('two')}", saying=said)


def test_flags_that_cannot_be(given, tmp_path, assert_refused):
    both = given("one"), given("two")
    said = ["--n-resamples", "100 or more"]
    assert_refused("compare", *both, "--n-resamples", "99", saying=said)
    said = ["comparison.pdf", ".html, .json, .csv"]
    assert_refused("compare", *both, "--out", "comparison.pdf", saying=said)
    (tmp_path / "folder.html").mkdir()
    assert_refused("compare", *both, "--out", "folder.html", saying=["it is a folder"])
    said = ["does not exist", "sample table"]
    assert_refused("compare", *both, "--samples", "no.parquet", saying=said)
