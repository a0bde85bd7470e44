"""What the page's script works with: every flagged image, its picture, and little else."""

import numpy as np

from buffycoat.curation.finding import Finding


def test_every_flagged_image_is_there_with_its_picture_worst_first(page, read, table, evil):
    data = read(page).data
    by_name = {found["name"]: found for found in data["findings"]}
    shown = [data["ids"][i] for i in by_name["blur"]["rows"]]
    ids = table().frame["sample_id"].to_list()
    assert shown == [ids[39], ids[7], ids[5], ids[3]]
    assert by_name["blur"]["scores"] == [1, round(7 / 39, 3), round(5 / 39, 3), None]
    assert by_name["blur"]["reasons"] == ["", "", evil, ""]
    assert [ids.index(data["ids"][i]) for i in by_name["copy"]["rows"]] == [1, 2]
    assert all(place >= 0 for place in data["sheets"]["places"])


def test_what_stands_beside_is_bounded_and_counted(page, read):
    copies = read(page).data["findings"][0]
    assert [len(rows) for rows in copies["beside"]] == [1, 24]
    assert copies["more"] == [0, 9]


def test_columns_of_the_table_and_of_findings_colour_the_map(page, read):
    data = read(page).data
    columns = {column["name"]: column for column in data["columns"]}
    assert set(columns) == {"label", "split", "group", "cluster"}
    first = data["findings"][0]["rows"][0]
    assert columns["cluster"]["names"][columns["cluster"]["values"][first]] == "k1"
    assert columns["cluster"]["values"].count(-1) == 38


def test_a_picture_that_is_missing_says_why(build, read, findings):
    data = read(build(findings, without={5: "broken file"})).data
    row = data["ids"].index("a/5.png")
    assert data["sheets"]["places"][row] == -1
    assert data["without"] == {str(row): "broken file"}


def test_the_map_keeps_its_shape_and_leaves_out_what_has_no_place(build, read, table):
    xy = np.array([[0.0, 0.0], [4.0, 1.0], [np.nan, 2.0]])
    data = read(build([], table(3), map_xy=xy)).data
    assert data["map"] == [[0, 9999, -1], [3750, 6249, -1]]


def test_a_large_table_shows_the_flagged_ones_and_says_so(build, read, table):
    n = 21_000
    samples = table(n, ("a", "b"))
    found = Finding("blur", "Blur", ("2 are.",), "look", None, np.isin(np.arange(n), [20_000, 5]))
    grey = np.full((64, 64, 3), 128, np.uint8)
    known = dict.fromkeys(range(n), grey)
    page = build([found], samples, thumbnails=known)
    data = read(page).data
    assert len(data["ids"]) == 2 + 5_000
    assert set(data["findings"][0]["rows"]) == {0, 1}
    assert "here are 2 that are flagged or stand beside one, and 5,000 drawn at random" in page
    assert len(page) < 1_500_000


def test_a_page_of_pictures_has_few_bytes_for_each(build, read, table):
    ramp = np.linspace(60, 200, 64)
    cell = (ramp[:, None] + ramp)[..., None] / 2 + np.arange(3) * 10
    n = 3_000
    known = {row: (cell + row % 20).astype(np.uint8) for row in range(n)}
    page = build([], table(n, ("a", "b")), thumbnails=known)
    assert sum(text.startswith("/9j/") for text in read(page).scripts) == 12
    assert len(page) / n < 1_000
