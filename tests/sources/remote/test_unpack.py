"""Archives that are whole, damaged, or made to do harm."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile

import pytest

from buffycoat.errors import DiskError, FetchError
from buffycoat.sources.remote import unpack as unpacking
from buffycoat.sources.remote.unpack import unpack

CONTENT = {"set/a/1.jpg": b"one" * 999, "set/b/2.jpg": b"two"}


def zip_of(path, members, kinds=None, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = compression
            info.external_attr = (kinds or {}).get(name, stat.S_IFREG | 0o644) << 16
            archive.writestr(info, content)
    return path


def tar_of(path, members, mode="w:gz", **fields):
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for field, value in fields.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(content))
    return path


def files_in(folder):
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    return {name: path.read_bytes() for name, path in found.items()}


@pytest.fixture
def place(tmp_path):
    return tmp_path / "in" / "images"


def assert_refused(archive, place, said):
    """Refused with that sentence, and nothing is left or was written outside."""
    before = set(archive.parent.rglob("*"))
    with pytest.raises(FetchError, match=said):
        unpack(archive, place)
    assert set(archive.parent.rglob("*")) - {place.parent} == before - {place.parent}
    assert not place.parent.exists() or not list(place.parent.iterdir())


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:bz2", "w:xz"])
def test_an_archive_is_told_by_its_content(tmp_path, place, mode):
    path, moved = tmp_path / "set", []
    zip_of(path, CONTENT) if mode == "zip" else tar_of(path, CONTENT, mode)
    assert unpack(path, place, lambda done, total: moved.append((done, total))) == place
    assert files_in(place) == CONTENT
    assert moved[-1] == (3000, 3000)
    assert [p.name for p in place.parent.iterdir()] == ["images"]


def test_a_tar_may_begin_with_its_own_folder(tmp_path, place):
    with tarfile.open(tmp_path / "set.tar", "w") as archive:
        info = tarfile.TarInfo("./")
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
        info = tarfile.TarInfo("./a.jpg")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"one"))
    unpack(tmp_path / "set.tar", place)
    assert files_in(place) == {"a.jpg": b"one"}


def test_what_a_killed_process_left_is_cleared_away(tmp_path, place):
    half = place.parent / ".images.partial" / "old.jpg"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    unpack(zip_of(tmp_path / "set.zip", CONTENT), place)
    assert files_in(place) == CONTENT
    assert not half.parent.exists()


OUTSIDE = ["../out.jpg", "set/../../out.jpg", "/out.jpg", "C:/out.jpg", "..\\out.jpg", "\\out.jpg"]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_no_member_leads_outside(tmp_path, place, make, name):
    archive = make(tmp_path / "set", {**CONTENT, name: b"out"})
    assert_refused(archive, place, r"is not unpacked: .*(leads out of|is an absolute)")


def test_no_link_in_a_zip(tmp_path, place):
    link = {"set/link": stat.S_IFLNK | 0o777}
    archive = zip_of(tmp_path / "set.zip", {"set/link": b"/etc", "set/link/x": b""}, link)
    assert_refused(archive, place, "'set/link' is a link")
    device = {"set/null": stat.S_IFCHR | 0o666}
    archive = zip_of(tmp_path / "other.zip", {"set/null": b""}, device)
    assert_refused(archive, place, "'set/null' is a device")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (tarfile.SYMTYPE, "is a link"),
        (tarfile.LNKTYPE, "is a link"),
        (tarfile.CHRTYPE, "is a device"),
        (tarfile.BLKTYPE, "is a device"),
        (tarfile.FIFOTYPE, "is a device"),
    ],
)
def test_no_link_or_device_in_a_tar(tmp_path, place, kind, said):
    archive = tar_of(tmp_path / "set.tar", {"set/x": b""}, "w", type=kind, linkname="/etc/passwd")
    assert_refused(archive, place, f"'set/x' {said}")


def test_a_bomb_is_refused_by_its_ratio(tmp_path, place, monkeypatch):
    monkeypatch.setattr(unpacking, "_SMALL", 100_000)
    bomb = {"zeros": bytes(1_000_000)}
    said = "bytes would become 1,000,000, more than 200 times as many"
    assert_refused(zip_of(tmp_path / "bomb.zip", bomb), place, said)
    assert_refused(tar_of(tmp_path / "bomb.tgz", bomb), place, said)
    unpack(zip_of(tmp_path / "stored.zip", bomb, compression=zipfile.ZIP_STORED), place)
    assert files_in(place) == bomb


def test_a_member_is_never_longer_than_it_says(tmp_path, place):
    path = zip_of(tmp_path / "set.zip", {"x": b"0123456789" * 100}, compression=zipfile.ZIP_STORED)
    honest, lying = (1000).to_bytes(4, "little"), (7).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(honest, lying))
    assert_refused(path, place, "damaged|longer than")


def test_no_room_is_said_before_anything_is_written(tmp_path, place, monkeypatch):
    usage = type("Usage", (), {"free": 2999})
    monkeypatch.setattr(unpacking.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskError, match="no room to unpack"):
        unpack(zip_of(tmp_path / "set.zip", CONTENT), place)
    assert not place.exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path, place):
    path = zip_of(tmp_path / "set.zip", CONTENT)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("set/b/2.jpg", b"again")
    assert_refused(path, place, "'set/b/2.jpg' is in it twice")
    within = zip_of(tmp_path / "within.zip", {"a": b"file", "a/b": b"in a file"})
    assert_refused(within, place, "'a/b' is in it twice")


def test_damaged_and_foreign_files_are_said(tmp_path, place):
    damaged = zip_of(tmp_path / "set.zip", CONTENT, compression=zipfile.ZIP_STORED)
    damaged.write_bytes(damaged.read_bytes().replace(b"oneone", b"onetwo", 1))
    assert_refused(damaged, place, "damaged.*get it again")
    cut = tar_of(tmp_path / "set.tgz", CONTENT)
    cut.write_bytes(cut.read_bytes()[:-30])
    assert_refused(cut, place, "damaged.*get it again")
    other = tmp_path / "set.rar"
    other.write_bytes(b"Rar!")
    assert_refused(other, place, "unpack it yourself, and give the folder")
    page = tmp_path / "page.zip"
    page.write_bytes(b"<html>")
    assert_refused(page, place, "neither a zip nor a tar: it begins with b'<html>'")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_that_ends_after_a_member_is_damaged(tmp_path, place, mode):
    pack = {"w:gz": gzip.compress, "w:bz2": bz2.compress, "w:xz": lzma.compress}.get(mode, bytes)
    whole = tar_of(tmp_path / "whole.tar", {"1.jpg": b"1" * 512, "2.jpg": b"2" * 512}, "w")
    cut = tmp_path / "cut"
    for n_bytes, then in ((1024, b""), (2048, b""), (1024, b"?" * 512)):
        cut.write_bytes(pack(whole.read_bytes()[:n_bytes] + then))
        assert_refused(cut, place, "damaged archive .its end is missing.*get it again")


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_the_check_sum_of_a_compressed_tar_is_read(tmp_path, place, mode):
    path = tar_of(tmp_path / "set", CONTENT, mode)
    content = bytearray(path.read_bytes())
    content[-6] ^= 1
    path.write_bytes(content)
    assert_refused(path, place, "damaged archive .*get it again")


def test_nothing_long_follows_a_tar(tmp_path, place, monkeypatch):
    monkeypatch.setattr(unpacking, "_SMALL", 100_000)
    path = tar_of(tmp_path / "set.tar", CONTENT, "w")
    path.write_bytes(gzip.compress(path.read_bytes() + bytes(4_000_000)))
    assert_refused(path, place, "goes on long after its end")


def test_an_encrypted_zip_is_said(tmp_path, place):
    path = zip_of(tmp_path / "set.zip", {"x": b"secret"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    assert_refused(path, place, "is encrypted: unpack it yourself")
