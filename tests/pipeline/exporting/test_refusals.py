"""What `buffycoat export-samples` refuses, and that it leaves nothing half-written."""

import json

import polars as pl
import pytest

import buffycoat.exports.formats
from buffycoat.tables.samples import SampleTable, read_samples, write_samples


def test_an_image_that_changed_or_leads_away_stops_it_and_leaves_nothing(
    call, table, tmp_path, capsys
):
    samples = read_samples(table)
    first = samples.usable["sample_id"][0]
    for column, value, said in (
        ("pixels_sha256", "0" * 64, "has other pixels than when it was imported"),
        ("path", "../../secret.png", "leads out of the root folder"),
        ("path", "gone.png", "the file is missing"),
    ):
        frame = samples.frame.with_columns(
            pl.when(pl.col("sample_id") == first)
            .then(pl.lit(value))
            .otherwise(column)
            .alias(column)
        )
        write_samples(samples.stepped("x", frame), tmp_path / "t.parquet")
        for kind in ("folders", "csv", "npz"):
            call(
                "export-samples",
                tmp_path / "t.parquet",
                "--format",
                kind,
                "--out",
                tmp_path / "out",
                code=2,
            )
            assert said in capsys.readouterr().err
            assert [p.name for p in tmp_path.iterdir()] == ["t.parquet"]


@pytest.mark.parametrize(("name", "kind"), [("cells.npz", "npz"), ("cells.CSV", "csv")])
def test_a_file_in_place_of_a_folder_is_refused(call, table, tmp_path, capsys, name, kind):
    call("export-samples", table, "--format", kind, "--out", tmp_path / name, code=2)
    said = f"an export is a folder, and {name} is the name of a file"
    assert f"{said}: --out cells gives cells/samples.{kind}" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_class_that_is_a_formula_is_guarded_and_said(call, table, tmp_path, capsys):
    samples = read_samples(table)
    frame = samples.frame.with_columns(pl.col("label").replace("a/b: c", "=1+1"))
    classes = tuple("=1+1" if name == "a/b: c" else name for name in samples.classes)
    given = SampleTable(frame, samples.root, classes)
    write_samples(given, tmp_path / "t.parquet")
    call("export-samples", tmp_path / "t.parquet", "--out", tmp_path / "out")
    assert "begin like a formula" in capsys.readouterr().out
    for name in ("samples.csv", "classes.csv"):
        assert ",=1+1" not in (tmp_path / "out" / name).read_text()
        assert ",'=1+1," in (tmp_path / "out" / name).read_text()


def test_an_interrupt_leaves_nothing(call, table, tmp_path, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(buffycoat.exports.formats, "write_files", interrupted)
    call("export-samples", table, "--out", tmp_path / "out", code=130)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--layout", "medmnist"], "--layout is for --format npz, and the format is folders"),
        (["--format", "csv", "--image-px", "8", "8"], "--image-px is for --format npz"),
        (["--format", "npz", "--by", "fold"], "--by is for --format folders"),
        (["--paths", "absolute"], "--paths is for --format csv"),
        (["--format", "npz", "--fit", "pad"], "give --image-px too"),
        (["--format", "npz", "--image-px", "2", "2"], "from 8 to 4096"),
    ],
)
def test_flags_that_would_do_nothing_are_refused(call, table, tmp_path, capsys, flags, said):
    call("export-samples", table, *flags, "--out", tmp_path / "out", code=2)
    assert said in capsys.readouterr().err


def test_sizes_that_differ_and_a_missing_split_are_said(
    call, parts, table, tmp_path, capsys, cells
):
    samples = read_samples(table)
    wide = samples.frame.with_columns(
        width_px=pl.when(pl.int_range(pl.len()) == 5).then(40).otherwise("width_px")
    )
    write_samples(samples.stepped("x", wide), tmp_path / "t.parquet")
    call(
        "export-samples", tmp_path / "t.parquet", "--format", "npz", "--out", tmp_path / "o", code=2
    )
    assert "2 sizes, such as 32 x 32 and 40 x 32" in capsys.readouterr().err
    call("export-samples", parts, "--by", "split", "--out", tmp_path / "o", code=2)
    assert "no usable image of the table has a split" in capsys.readouterr().err


def test_overwrite_replaces_an_export_and_nothing_else(call, table, tmp_path, capsys):
    call("export-samples", table, "--out", tmp_path / "out")
    call("export-samples", table, "--out", tmp_path / "out", code=2)
    assert "holds an export already" in capsys.readouterr().err
    call("export-samples", table, "--format", "csv", "--out", tmp_path / "out", "--overwrite")
    assert json.loads((tmp_path / "out" / "export.json").read_text())["format"] == "csv"
    assert not (tmp_path / "out" / "train").exists()


def test_an_export_never_replaces_what_it_is_made_from(call, table, tmp_path, capsys):
    out = tmp_path / "out"
    call("export-samples", table, "--out", out)
    call("import", out, "--out", tmp_path / "t.parquet", "--rename", "a_b_ c=a/b: c")
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    for kind in ("folders", "csv"):
        given = ["export-samples", tmp_path / "t.parquet", "--out", out, "--overwrite"]
        call(*given, "--format", kind, code=2)
        assert "which is to be exported, lies in it" in capsys.readouterr().err
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    call("export-samples", table, "--out", out, "--overwrite")
