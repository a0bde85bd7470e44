import polars as pl

from buffycoat.exports.listing import guarded


def test_formulas_are_guarded_and_numbers_left():
    given = ["=1+1", "+cmd", "-x", "@a", "\tb", "-1", "+2.5", "a=b", None, ""]
    found = guarded(pl.DataFrame({"x": given, "n": range(len(given))}))
    assert found["x"].to_list() == [
        "'=1+1",
        "'+cmd",
        "'-x",
        "'@a",
        "'\tb",
        "-1",
        "+2.5",
        "a=b",
        None,
        "",
    ]
    assert found["n"].to_list() == list(range(len(given)))
