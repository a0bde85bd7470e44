"""What `buffycoat fetch` does with folders that cannot be written or locked."""

import errno
import zipfile

import pytest

from buffycoat.errors import DiskError, FetchError
from buffycoat.pipeline import obtaining
from buffycoat.pipeline.obtaining import obtain
from buffycoat.sources.record import RemoteFile, SourceRecord


@pytest.fixture
def record(tmp_path):
    """A data set whose archive the user has put into `to`."""
    (tmp_path / "to").mkdir()
    with zipfile.ZipFile(tmp_path / "to/set.zip", "w") as archive:
        archive.writestr("a/1.png", b"one")
    return SourceRecord(
        name="ours",
        title="Our cells",
        files=(RemoteFile("set.zip"),),
        licence="CC0",
        citation="Us (2024)",
        homepage="https://example.org",
        classes={},
        how_to_get="ask us",
    )


def test_what_is_there_needs_no_lock_and_a_refused_one_is_said(record, tmp_path, monkeypatch):
    def forbidden(path, *, wait):
        raise PermissionError(errno.EACCES, "forbidden", str(path))

    monkeypatch.setattr(obtaining, "locked", forbidden)
    with pytest.raises(DiskError, match=r"no permission to write .*to"):
        obtain(record, tmp_path / "to", None, keep_archive=False)
    monkeypatch.undo()
    first = obtain(record, tmp_path / "to", None, keep_archive=False)
    monkeypatch.setattr(obtaining, "locked", forbidden)
    assert obtain(record, tmp_path / "to", None, keep_archive=False) == first
    given = tmp_path / "to/set.zip"
    assert obtain(record, tmp_path / "to", given, keep_archive=False).root == first.root


def test_a_disk_without_locks_is_fetched_to(record, tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def failing(error):
        def flock(*_):
            raise error

        monkeypatch.setattr(fcntl, "flock", flock)

    failing(BlockingIOError(errno.EWOULDBLOCK, "another has it"))
    with pytest.raises(FetchError, match="another `buffycoat fetch` is at work"):
        obtain(record, tmp_path / "to", None, keep_archive=False)
    failing(OSError(errno.ENOTSUP, "no locks here"))
    found = obtain(record, tmp_path / "to", None, keep_archive=False)
    assert (found.root / "a/1.png").read_bytes() == b"one"
