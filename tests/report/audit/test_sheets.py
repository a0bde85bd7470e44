"""Thumbnails on sheets: each is found where its number says."""

import base64
from io import BytesIO

import numpy as np
from PIL import Image

from buffycoat.report.audit.choice import Choice
from buffycoat.report.audit.sheets import SHEET_SIDE, make_sheets

N = 300
COLOURS = np.random.default_rng(0).integers(0, 256, (N, 3), dtype=np.uint8)
PLAIN = np.repeat(COLOURS[:, None], 64 * 64, 1).reshape(N, 64, 64, 3)


def shown(sheets, i):
    """The mean colour of the thumbnail of the i-th chosen row."""
    sheet, within = divmod(sheets.places[i], SHEET_SIDE**2)
    picture = Image.open(BytesIO(base64.b64decode(sheets.pictures[sheet])))
    (down, right), px = divmod(within, SHEET_SIDE), sheets.thumbnail_px
    tile = np.asarray(picture, float)[down * px : (down + 1) * px, right * px : (right + 1) * px]
    return tile.mean((0, 1))


def choice(rows, n_pictures=None):
    return Choice(np.array(rows), len(rows) if n_pictures is None else n_pictures, 0, None)


def test_each_row_is_found_where_its_number_says():
    rows = np.random.default_rng(1).permutation(N)
    sheets = make_sheets(choice(rows), PLAIN, {})
    assert len(sheets.pictures) == 2
    for i in (0, 15, 16, 255, 256, 299):
        np.testing.assert_allclose(shown(sheets, i), COLOURS[rows[i]], atol=4)


def test_rows_without_a_picture_have_no_place():
    few = {row: PLAIN[row] for row in (4, 7, 9)}
    sheets = make_sheets(choice([9, 5, 4, 7], n_pictures=3), few, {4: "cannot be read"})
    assert sheets.places == (0, -1, -1, -1)
    np.testing.assert_allclose(shown(sheets, 0), COLOURS[9], atol=4)


def test_very_many_are_smaller(monkeypatch):
    monkeypatch.setattr("buffycoat.report.audit.sheets._MAX_LARGE", 20)
    sheets = make_sheets(choice(range(40)), PLAIN, {})
    assert sheets.thumbnail_px == 48
    np.testing.assert_allclose(shown(sheets, 33), COLOURS[33], atol=4)


def test_nothing_makes_no_sheet():
    assert make_sheets(choice([]), PLAIN[:0], {}).pictures == ()
