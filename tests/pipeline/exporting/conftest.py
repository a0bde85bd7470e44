"""Tables to export, and the command line."""

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.cli import main
from buffycoat.tables.samples import read_samples, write_samples


@pytest.fixture(scope="session")
def call():
    """Run a command and hold its exit code against the expected one."""

    def call(*arguments, code=0):
        assert main([str(a) for a in arguments]) == code

    return call


@pytest.fixture(scope="session")
def export_place(tmp_path_factory):
    return tmp_path_factory.mktemp("exporting")


@pytest.fixture(scope="session")
def table(cells, export_place, call):
    """150 cells, split, with slides, one class of odd name and one row excluded."""
    call(
        "import",
        cells,
        "--slide-from",
        r"slide(\d+)",
        "--rename",
        "platelet=a/b: c",
        "--out",
        export_place / "s.parquet",
    )
    call(
        "split", export_place / "s.parquet", "--folds", "2", "--out", export_place / "split.parquet"
    )
    split = read_samples(export_place / "split.parquet")
    reason = pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("=blurred")).alias("excluded_because")
    write_samples(
        split.stepped("x", split.frame.with_columns(reason)), export_place / "split.parquet"
    )
    return export_place / "split.parquet"


@pytest.fixture(scope="session")
def parts(export_place, call):
    """Rows of an npz, pages of a TIFF, boxes in a field, one whole file; two of one name."""
    home = export_place / "parts"
    (home / "a").mkdir(parents=True)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (4, 20, 20, 3), dtype=np.uint8)
    np.savez(home / "x.npz", images=images)
    pages = [Image.fromarray(image) for image in images[::-1]]
    pages[0].save(home / "p.tif", save_all=True, append_images=pages[1:])
    Image.fromarray(random.integers(0, 256, (60, 60, 3), dtype=np.uint8)).save(home / "f.png")
    for name in ("=w.png", "a/=W.png"):
        Image.fromarray(random.integers(0, 256, (20, 20, 3), dtype=np.uint8)).save(home / name)
    rows = [
        ("x.npz/images", 2, None),
        ("x.npz/images", 0, None),
        ("p.tif", 1, None),
        ("f.png", None, [5, 5, 25, 25]),
        ("f.png", None, [30, 30, 50, 50]),
        ("=w.png", None, None),
        ("a/=W.png", None, None),
    ]
    lines = [
        f"{p},{'' if i is None else i},{' '.join(map(str, b or []))},{'kl'[n % 2]}"
        for n, (p, i, b) in enumerate(rows)
    ]
    (home / "list.csv").write_text("path,item,box,label\n" + "\n".join(lines) + "\n")
    call("import", home / "list.csv", "--out", export_place / "parts.parquet")
    return export_place / "parts.parquet"
