"""Downloads from a server that breaks off, stays silent, and lies."""

import gzip
import hashlib
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from buffycoat.errors import BuffycoatWarning, DiskError, FetchError
from buffycoat.sources.record import RemoteFile
from buffycoat.sources.remote import resuming
from buffycoat.sources.remote.download import download
from buffycoat.sources.remote.resuming import Patience

QUICK = Patience(connect_s=2, silence_s=0.3, n_attempts=3, first_wait_s=0.001)


def file_of(server, **published):
    return RemoteFile("set.zip", server.url(), **published)


def md5_of(content):
    return hashlib.md5(content).hexdigest()


def get(file, folder):
    return download(file, folder, patience=QUICK)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_got_with_its_receipt(server, tmp_path):
    moved = []
    receipt = download(
        file_of(server, md5=md5_of(server.content)),
        tmp_path,
        patience=QUICK,
        on_progress=lambda done, total: moved.append((done, total)),
    )
    assert (tmp_path / "set.zip").read_bytes() == server.content
    assert receipt.sha256 == hashlib.sha256(server.content).hexdigest()
    assert receipt.verified == "published md5"
    assert json.loads((tmp_path / "set.zip.receipt.json").read_text())["origin"] == server.url()
    assert moved[-1] == (len(server.content), len(server.content))
    assert names_in(tmp_path) == ["set.zip", "set.zip.receipt.json"]


def test_it_goes_on_where_the_connection_broke(server, tmp_path):
    server.plan = [server.breaking(40_960), server.breaking(73_728)]
    get(file_of(server), tmp_path)
    assert (tmp_path / "set.zip").read_bytes() == server.content
    assert server.ranges == [None, "bytes=40960-", "bytes=73728-"]
    assert [r.get("if-range") for r in server.requests] == [None, '"one"', '"one"']


def test_a_later_fetch_goes_on_too(server, tmp_path):
    server.plan = [server.breaking(40_960)]
    server.always = server.saying(503)
    with pytest.raises(FetchError, match=r"3 attempts failed: .*503 .*40,960 bytes are kept"):
        get(file_of(server), tmp_path)
    assert "set.zip" not in names_in(tmp_path)
    server.always = server.whole
    get(file_of(server), tmp_path)
    assert server.ranges[-1] == "bytes=40960-"
    assert (tmp_path / "set.zip").read_bytes() == server.content


def test_a_server_that_ignores_range_is_read_from_the_start(server, tmp_path):
    server.plan, server.always = [server.breaking(40_960)], server.ignoring_range
    get(file_of(server), tmp_path)
    assert server.ranges == [None, "bytes=40960-"]
    assert (tmp_path / "set.zip").read_bytes() == server.content


def test_another_version_is_never_joined_to_the_first(server, tmp_path):
    server.plan = [server.breaking(40_960)]
    server.always = lambda h, content: server.whole(h, b"PK" + b"new" * 30_000, etag='"two"')
    get(file_of(server), tmp_path)
    assert (tmp_path / "set.zip").read_bytes() == b"PK" + b"new" * 30_000


def test_a_server_that_takes_no_notice_of_if_range_mixes_no_versions(server, tmp_path):
    newer = b"PK" + b"new" * 40_000

    def going_on(handler, content):
        del handler.headers["If-Range"]
        server.whole(handler, newer, etag='"two"')

    server.plan, server.always = [server.breaking(40_960)], going_on
    get(file_of(server), tmp_path)
    assert server.ranges == [None, "bytes=40960-", None]
    assert (tmp_path / "set.zip").read_bytes() == newer


def test_without_version_or_hash_it_begins_again(server, tmp_path):
    server.plan = [server.breaking(40_960, etag="")]
    get(file_of(server), tmp_path)
    assert server.ranges == [None, None]
    server.plan = [server.breaking(40_960, etag="")]
    get(file_of(server, md5=md5_of(server.content)), tmp_path / "hash")
    assert server.ranges[2:] == [None, "bytes=40960-"]
    assert (tmp_path / "hash" / "set.zip").read_bytes() == server.content


def test_bytes_that_were_all_got_before_a_kill_are_taken(server, tmp_path):
    (tmp_path / "set.zip.part").write_bytes(server.content)
    get(file_of(server, md5=md5_of(server.content)), tmp_path)
    assert server.ranges == [f"bytes={len(server.content)}-"]
    assert names_in(tmp_path) == ["set.zip", "set.zip.receipt.json"]


def test_what_a_killed_process_left_is_cleared_away(server, tmp_path):
    left = tmp_path / ".set.zip.download" / "tmp1"
    left.parent.mkdir()
    left.write_bytes(b"half")
    get(file_of(server), tmp_path)
    assert names_in(tmp_path) == ["set.zip", "set.zip.receipt.json"]


def test_too_many_kept_bytes_are_thrown_away(server, tmp_path):
    (tmp_path / "set.zip.part").write_bytes(server.content + b"more")
    get(file_of(server, md5=md5_of(server.content)), tmp_path)
    assert server.ranges == [f"bytes={len(server.content) + 4}-", None]
    assert (tmp_path / "set.zip").read_bytes() == server.content


def test_a_silent_server_is_left_and_asked_again(server, tmp_path):
    server.plan = [server.stalling(40_960, seconds=0.8)]
    get(file_of(server), tmp_path)
    assert server.ranges == [None, "bytes=40960-"]
    server.always = server.stalling(40_960, seconds=0.8)
    with pytest.raises(FetchError, match="stayed silent; 40,960 bytes are kept"):
        get(file_of(server), tmp_path / "silent")


def test_a_slow_server_is_waited_for(server, tmp_path):
    server.always = lambda h, content: server.whole(h, content, seconds_between=0.02)
    get(file_of(server), tmp_path)
    assert server.ranges == [None]


def test_a_busy_server_is_asked_again_when_it_says(server, tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(resuming, "time", SimpleNamespace(sleep=waits.append))
    server.plan = [server.saying(429, Retry_After="7"), server.saying(500)]
    with pytest.warns(BuffycoatWarning, match=r"429 \(Too Many Requests\); trying again in 7 s"):
        get(file_of(server), tmp_path)
    assert waits == [7.0, 0.002]
    assert (tmp_path / "set.zip").read_bytes() == server.content


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_a_lie_about_the_hash_names_both_and_keeps_nothing(server, tmp_path, algorithm):
    published = hashlib.new(algorithm, b"the true file").hexdigest()
    came = hashlib.new(algorithm, server.content).hexdigest()
    with pytest.raises(FetchError, match=rf"{published}.*{came}.*nothing was kept"):
        get(file_of(server, **{algorithm: published}), tmp_path)
    assert names_in(tmp_path) == []


def test_another_length_than_the_published_is_refused_before_it_is_read(server, tmp_path):
    with pytest.raises(FetchError, match="102,402 bytes, and the published file has 102,400"):
        get(file_of(server, n_bytes=102_400), tmp_path)
    assert names_in(tmp_path) == []


def chunked(pieces, *, ends=True):
    """An answer without a length, as GitHub makes archives."""

    def act(handler, _):
        handler.answer(200, {"Transfer-Encoding": "chunked"})
        for piece in pieces:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n" if ends else b"")

    return act


def test_a_file_of_unknown_length_is_whole_or_nothing(server, tmp_path):
    pieces = [b"PK" + b"1" * 50_000, b"2" * 50_000]
    server.plan = [chunked(pieces, ends=False)]
    server.always = chunked(pieces)
    get(file_of(server), tmp_path)
    assert (tmp_path / "set.zip").read_bytes() == b"".join(pieces)
    assert len(server.requests) == 2
    server.always = chunked(pieces, ends=False)
    with pytest.raises(FetchError, match="the connection broke off"):
        get(file_of(server), tmp_path / "cut")
    assert not (tmp_path / "cut" / "set.zip").exists()


def test_a_server_that_compresses_all_the_same_is_understood(server, tmp_path):
    packed = gzip.compress(server.content)
    server.always = server.saying(200, packed, Content_Encoding="gzip")
    get(file_of(server, md5=md5_of(server.content)), tmp_path)
    assert (tmp_path / "set.zip").read_bytes() == server.content
    assert server.requests[0]["accept-encoding"] == "identity"


def test_more_than_the_promised_bytes_are_not_read(server, tmp_path):
    def endless(handler, content):
        handler.answer(200, {})
        for _ in range(1000):
            handler.wfile.write(content)

    server.always = endless
    with pytest.raises(FetchError, match=r"the published file has 1,000; nothing was kept"):
        get(file_of(server, n_bytes=1000), tmp_path)
    assert names_in(tmp_path) == []


def test_fewer_bytes_than_the_server_promises_are_no_file(server, tmp_path):
    server.always = lambda h, content: h.answer(200, {"Content-Length": "200000"}, content)
    with pytest.raises(FetchError, match="broke off"):
        get(file_of(server), tmp_path)
    assert "set.zip" not in names_in(tmp_path)


def test_no_server_at_all(server, tmp_path):
    file = replace(file_of(server), url="http://127.0.0.1:1/set.zip")
    with pytest.raises(FetchError, match=r"3 attempts failed: the connection cannot be made"):
        get(file, tmp_path)


def test_what_is_there_is_not_got_again_but_held_against_the_record(server, tmp_path):
    first = get(file_of(server), tmp_path)
    assert first.verified == "recorded"
    assert get(file_of(server), tmp_path) == first
    assert len(server.requests) == 1
    (tmp_path / "set.zip").write_bytes(server.content[:-1] + b"?")
    with pytest.raises(FetchError, match=f"was altered since .*{first.sha256}.*remove it"):
        get(file_of(server), tmp_path)
    with pytest.raises(FetchError, match="is not the published file"):
        get(file_of(server, md5=md5_of(b"another")), tmp_path)


def test_a_second_download_is_held_against_the_first(server, tmp_path):
    first = get(file_of(server), tmp_path)
    (tmp_path / "set.zip").unlink()
    server.content = server.content[:-1] + b"?"
    said = rf"has changed since .*{first.sha256}.*remove .*receipt.json to accept"
    with pytest.raises(FetchError, match=said):
        get(file_of(server), tmp_path)
    assert names_in(tmp_path) == ["set.zip.receipt.json"]


def test_a_full_disk_is_said_before(server, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(resuming.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskError, match=r"no room for .*set.zip"):
        get(file_of(server), tmp_path)


def test_a_damaged_receipt_is_said(server, tmp_path):
    (tmp_path / "set.zip.receipt.json").write_text("{")
    with pytest.raises(FetchError, match=r"receipt.json is damaged: remove it"):
        get(file_of(server), tmp_path)
