"""`buffycoat fetch` as a user gives it, with a server on this machine."""

import hashlib
import json
import shutil
import threading
import zipfile
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from buffycoat.cli import main
from buffycoat.pipeline import obtaining
from buffycoat.pipeline.fetching import fetch
from buffycoat.sources import record as records
from buffycoat.sources.record import record_of
from buffycoat.tables.samples import read_samples


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def make_set(folder, n_images=3, seed=0):
    """Images in PBC's layout."""
    draws = np.random.default_rng(seed)
    for label in ("ig", "monocyte"):
        (folder / label).mkdir(parents=True)
        for n in range(n_images):
            pixels = draws.integers(0, 256, (12, 12, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{label.upper()}_{n}.png")
    return folder


def zipped(folder, path):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.write(file, f"PBC_dataset_normal_DIB/{file.relative_to(folder)}")
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The user's folder."""
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def archive(tmp_path):
    (tmp_path / "served").mkdir()
    return zipped(make_set(tmp_path / "images"), tmp_path / "served" / "pbc.zip")


@pytest.fixture
def publish(archive, monkeypatch):
    """Let PBC's record have the address of a server here, and other facts about its file."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    serve = partial(Quiet, directory=str(archive.parent))
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), serve)
    threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True).start()

    def as_published(**facts):
        facts = {"url": f"http://127.0.0.1:{httpd.server_port}/pbc.zip", "n_bytes": None, **facts}
        pbc = record_of("pbc")
        changed = replace(pbc, files=(replace(pbc.files[0], **facts),))
        monkeypatch.setitem(records._RECORDS, "pbc", changed)

    yield as_published
    httpd.shutdown()
    httpd.server_close()


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def sha256_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_data_set_is_downloaded_verified_unpacked_and_imported(home, archive, publish, capsys):
    publish(sha256=sha256_of(archive), n_bytes=archive.stat().st_size)
    assert main(["fetch", "pbc"]) == 0
    said = capsys.readouterr().out
    assert "verified by the published sha256" in said
    assert "6 usable images of 2 classes" in said
    assert "cite Acevedo et al." in said
    assert "licence: CC BY 4.0" in said
    assert "next: buffycoat run data/pbc/samples.parquet --out runs/pbc" in said
    stem = "PBC_dataset_normal_DIB"
    assert names_in(home / "data/pbc") == [stem, f"{stem}.zip.receipt.json", "samples.parquet"]
    table = read_samples(home / "data/pbc/samples.parquet")
    assert set(table.classes) == {"immature granulocyte", "monocyte"}
    assert set(table.frame["source"]) == {"pbc"}
    assert table.steps[-1]["step"] == "fetch"
    assert table.steps[-1]["sha256"] == sha256_of(archive)
    assert table.steps[-1]["verified"] == "published sha256"


def test_a_second_fetch_downloads_nothing(home, archive, publish, capsys):
    publish()
    assert main(["fetch", "pbc"]) == 0
    assert "no hash is published: this one was recorded" in capsys.readouterr().out
    archive.unlink()
    (home / "data/pbc/samples.parquet").unlink()
    assert main(["fetch", "pbc"]) == 0
    assert "is there since" in capsys.readouterr().out
    assert (home / "data/pbc/samples.parquet").is_file()


def test_where_and_what_is_kept_can_be_told(home, archive, publish):
    publish()
    given = ["--to", "sets/one", "--out", "one.parquet", "--keep-archive"]
    assert main(["fetch", "pbc", *given]) == 0
    assert sha256_of(home / "sets/one/PBC_dataset_normal_DIB.zip") == sha256_of(archive)
    assert read_samples(home / "one.parquet").root.is_relative_to(home / "sets/one")
    assert names_in(home) == ["one.parquet", "sets"]


def test_a_lie_about_the_hash_leaves_no_images(home, archive, publish, capsys):
    publish(sha256="0" * 64)
    assert main(["fetch", "pbc"]) == 2
    said = capsys.readouterr().err
    assert "0" * 64 in said
    assert sha256_of(archive) in said
    assert "give it: buffycoat fetch pbc --from FILE" in said
    assert names_in(home / "data/pbc") == []


def test_an_address_without_the_file_says_what_else_to_do(home, archive, publish, capsys):
    publish()
    archive.unlink()
    assert main(["fetch", "pbc"]) == 2
    said = capsys.readouterr().err
    assert "404 (Not Found)" in said
    assert "download PBC_dataset_normal_DIB.zip at https://data.mendeley.com" in said


def test_no_room_is_said_before_the_download(home, archive, publish, capsys, monkeypatch):
    publish(n_bytes=archive.stat().st_size)
    usage = type("Usage", (), {"free": archive.stat().st_size * 2 - 1})
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert main(["fetch", "pbc"]) == 2
    assert "give another place with --to" in capsys.readouterr().err


def test_what_was_put_there_by_hand_is_found(home, archive, publish, capsys):
    place = home / "data/pbc/PBC_dataset_normal_DIB.zip"
    place.parent.mkdir(parents=True)
    archive.rename(place)
    assert main(["fetch", "pbc"]) == 2
    assert "is not the published file: it has" in capsys.readouterr().err
    publish(url=None, n_bytes=place.stat().st_size)
    assert main(["fetch", "pbc"]) == 0
    assert "its size is the published one" in capsys.readouterr().out
    assert place.exists(), "nobody could download it again"


def test_what_was_put_there_by_hand_stays_though_it_could_be_downloaded(home, archive, publish):
    place = home / "data/pbc/PBC_dataset_normal_DIB.zip"
    place.parent.mkdir(parents=True)
    place.write_bytes(archive.read_bytes())
    publish(sha256=sha256_of(archive))
    for _ in range(2):
        assert main(["fetch", "pbc"]) == 0
        assert sha256_of(place) == sha256_of(archive)
    receipt = json.loads((home / "data/pbc/PBC_dataset_normal_DIB.zip.receipt.json").read_text())
    assert receipt["origin"] == "file PBC_dataset_normal_DIB.zip"


@pytest.mark.parametrize("more", [[], ["--from", "given.zip"]])
def test_images_without_a_receipt_do_not_pass_for_the_archives(
    home, archive, publish, capsys, more
):
    publish(sha256=sha256_of(archive))
    (home / "given.zip").write_bytes(archive.read_bytes())
    images = make_set(home / "data/pbc/PBC_dataset_normal_DIB", seed=3)
    assert main(["fetch", "pbc", *more]) == 2
    assert "no receipt says from where: give it with --from" in capsys.readouterr().err
    assert names_in(home / "data/pbc") == [images.name]


def test_a_damaged_download_is_got_again(home, archive, publish, capsys):
    publish()
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    assert main(["fetch", "pbc"]) == 2
    assert "get it again" in capsys.readouterr().err
    assert names_in(home / "data/pbc") == []
    archive.write_bytes(whole)
    assert main(["fetch", "pbc"]) == 0


def test_two_fetches_into_one_folder_do_not_meet(home, archive, publish, capsys):
    pytest.importorskip("fcntl")
    publish()
    with obtaining._alone(home / "data/pbc"):
        assert main(["fetch", "pbc"]) == 2
    assert "another `buffycoat fetch` is at work in data/pbc" in capsys.readouterr().err
    assert main(["fetch", "pbc"]) == 0


def test_a_given_archive_of_the_published_hash_is_verified(home, archive, publish, capsys):
    publish(md5=hashlib.md5(archive.read_bytes()).hexdigest())
    assert main(["fetch", "pbc", "--from", str(archive)]) == 0
    told = capsys.readouterr()
    assert "verified by the published md5" in told.out
    assert "warning" not in told.err
    assert archive.is_file(), "the user's own file stays"


def test_another_archive_is_taken_with_a_warning(home, archive, capsys):
    assert main(["fetch", "pbc", "--from", str(archive)]) == 0
    told = capsys.readouterr()
    assert "is not the published PBC_dataset_normal_DIB.zip" in told.err
    assert "published is 281,366,219 bytes; it is taken as it is, and not verified" in told.err
    table = read_samples(home / "data/pbc/samples.parquet")
    assert table.steps[-1]["verified"] == "not the published file"
    receipt = json.loads((home / "data/pbc/PBC_dataset_normal_DIB.zip.receipt.json").read_text())
    assert receipt["sha256"] == sha256_of(archive)
    assert str(archive.parent) not in json.dumps(table.steps)


def test_what_is_no_archive_leaves_nothing(home, tmp_path, capsys):
    (tmp_path / "set.rar").write_bytes(b"Rar!")
    assert main(["fetch", "pbc", "--from", str(tmp_path / "set.rar")]) == 2
    assert "unpack it yourself, and give the folder" in capsys.readouterr().err
    assert names_in(home / "data/pbc") == []


def test_another_archive_does_not_pass_for_the_first(home, archive, tmp_path, capsys):
    assert main(["fetch", "pbc", "--from", str(archive)]) == 0
    other = zipped(make_set(tmp_path / "others", seed=1), tmp_path / "other.zip")
    assert main(["fetch", "pbc", "--from", str(other)]) == 2
    assert "remove it, or give another --to" in capsys.readouterr().err
    assert main(["fetch", "pbc", "--from", str(other), "--to", "other"]) == 0
    assert main(["fetch", "pbc", "--from", str(archive)]) == 0
    assert "is there already" in capsys.readouterr().out


def test_a_given_folder_is_used_where_it_is(home, tmp_path, capsys):
    folder = make_set(tmp_path / "mine")
    assert main(["fetch", "pbc", "--from", str(folder)]) == 0
    assert "a folder cannot be held against the published archive" in capsys.readouterr().err
    assert read_samples(home / "data/pbc/samples.parquet").root == folder
    assert names_in(home / "data/pbc") == ["samples.parquet"]


@pytest.mark.filterwarnings("ignore:.*taken as published")
def test_an_npz_is_used_where_it_is(home, tmp_path, capsys):
    images = np.random.default_rng(0).integers(0, 256, (8, 9, 9, 3), dtype=np.uint8)
    parts = {"train": slice(0, 6), "val": slice(6, 7), "test": slice(7, 8)}
    arrays = {f"{part}_images": images[rows] for part, rows in parts.items()}
    arrays |= {f"{part}_labels": np.arange(8)[rows, None] for part, rows in parts.items()}
    np.savez(tmp_path / "mine.npz", **arrays)
    assert main(["fetch", "bloodmnist", "--from", str(tmp_path / "mine.npz")]) == 0
    told = capsys.readouterr()
    came = hashlib.md5((tmp_path / "mine.npz").read_bytes()).hexdigest()
    assert f"md5:{came}, published is md5:7053d0359d879ad8a5505303e11de1dc" in told.err
    table = read_samples(home / "data/bloodmnist/samples.parquet")
    assert table.root == tmp_path
    assert table.class_ids["immature granulocyte"] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pcb"], "no data set named 'pcb'; did you mean: pbc"),
        (["pbc", "--from", "nothing.zip"], "--from nothing.zip: it does not exist"),
        (["pbc", "--out", "."], "it is a folder; name a file"),
    ],
)
def test_mistakes_are_told_before_anything_is_made(home, capsys, arguments, said):
    assert main(["fetch", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert names_in(home) == []


@pytest.mark.filterwarnings("ignore:.*is not the published")
def test_python_gets_the_table_and_the_list(home, archive):
    table = fetch("pbc", from_=archive)
    assert len(table.frame) == 6
    assert "pbc" in fetch()["data set"].to_list()
