"""Answers that are not the file: refusals, web pages, ways that lead elsewhere."""

from dataclasses import replace

import pytest
import requests

from buffycoat.errors import FetchError
from buffycoat.sources.record import RemoteFile
from buffycoat.sources.remote.answers import Answer, refuse_answer
from buffycoat.sources.remote.download import download
from buffycoat.sources.remote.resuming import Patience


@pytest.fixture
def file(server):
    return RemoteFile("set.zip", server.url())


def get(file, folder):
    return download(file, folder, patience=Patience(2, 0.3, 3, 0.001))


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, r"404 \(Not Found\)"), (410, "410"), (401, "wants a login"), (403, "wants a login")],
)
def test_a_refusal_is_final(server, file, tmp_path, status, said):
    server.always = server.saying(status)
    with pytest.raises(FetchError, match=said):
        get(file, tmp_path)
    assert len(server.requests) == 1
    assert not list(tmp_path.iterdir())


def test_a_web_page_is_no_file(server, file, tmp_path):
    page = b"<!DOCTYPE html><html>Please log in</html>"
    for headers in ({"Content_Type": "text/html; charset=utf-8"}, {}):
        server.always = server.saying(200, page, **headers)
        with pytest.raises(FetchError, match=r"a web page, not with set\.zip"):
            get(file, tmp_path)
    server.always = server.saying(200, b"Rar!" * 9)
    with pytest.raises(FetchError, match=r"no zip, as set\.zip is: it begins with b'Rar!"):
        get(file, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_login_does_not_follow_to_another_host(server, file, tmp_path):
    file = replace(file, login=lambda: ("ada", "secret"))
    server.plan = [server.saying(302, Location=server.url("elsewhere", host="localhost"))]
    get(file, tmp_path)
    assert [request["path"] for request in server.requests] == ["/set.zip", "/elsewhere"]
    assert server.requests[0]["authorization"] == "Basic YWRhOnNlY3JldA=="
    assert "authorization" not in server.requests[1]
    assert (tmp_path / "set.zip").read_bytes() == server.content


def test_no_way_leads_over_an_open_connection():
    head = {"status": 200, "start": 0, "total": None, "validator": None}
    answer = Answer("http://b.org/x", **head, content_type="", retry_after_s=0.0)
    with pytest.raises(FetchError, match=r"leads to http://b\.org/x, where anyone could change"):
        refuse_answer("https://a.org/x", answer, RemoteFile("x.zip", "https://a.org/x"))
    back = replace(answer, url="https://c.org/x", way=("https://a.org/x", "http://b.org/y"))
    with pytest.raises(FetchError, match=r"leads to http://b\.org/y, where"):
        refuse_answer("https://a.org/x", back, RemoteFile("x.zip", "https://a.org/x"))
    refuse_answer("http://a.org/x", answer, RemoteFile("x.zip", "http://a.org/x"))


def test_the_way_of_an_answer_is_known(server):
    server.plan = [server.saying(302, Location=server.url("elsewhere"))]
    answer = Answer.of(requests.get(server.url(), timeout=2))
    assert (answer.way, answer.url) == ((server.url(),), server.url("elsewhere"))


def test_a_circle_of_redirections_ends(server, file, tmp_path):
    server.always = server.saying(302, Location=server.url())
    with pytest.raises(FetchError, match="round in a circle"):
        get(file, tmp_path)
