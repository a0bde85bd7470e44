"""A server on this machine that does to each request what the test has planned."""

import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        faulty = self.server.faulty
        faulty.requests.append(
            {"path": self.path, **{k.lower(): v for k, v in self.headers.items()}}
        )
        act = faulty.plan.pop(0) if faulty.plan else faulty.always
        self.close_connection = True
        with contextlib.suppress(OSError):  # the other side left
            act(self, faulty.content)

    def log_message(self, *args):
        pass

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in {"Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def whole(handler, content, *, etag='"one"', upto=None, seconds_between=0.0):
    """The file, from where it was asked for; `upto` breaks off there."""
    asked = handler.headers.get("Range")
    fits = handler.headers.get("If-Range") in (None, etag)
    start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and fits else 0
    if start >= len(content):
        handler.answer(416, {"Content-Range": f"bytes */{len(content)}"})
        return
    headers = {"Content-Length": str(len(content) - start)}
    headers |= {"ETag": etag} if etag else {}
    if start:
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
    handler.answer(206 if start else 200, headers)
    for piece in range(start, upto or len(content), 4096):
        handler.wfile.write(content[piece : min(piece + 4096, upto or len(content))])
        handler.wfile.flush()
        time.sleep(seconds_between)


def breaking(upto, **options):
    return lambda handler, content: whole(handler, content, upto=upto, **options)


def ignoring_range(handler, content, upto=None):
    handler.answer(200, {"Content-Length": str(len(content))}, content[:upto])


def saying(status, body=b"", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    length = {"Content-Length": str(len(body))}
    return lambda handler, content: handler.answer(status, {**length, **headers}, body)


def stalling(upto, seconds):
    def act(handler, content):
        whole(handler, content, upto=upto)
        time.sleep(seconds)

    return act


class Faulty:
    whole, breaking, saying = staticmethod(whole), staticmethod(breaking), staticmethod(saying)
    ignoring_range, stalling = staticmethod(ignoring_range), staticmethod(stalling)

    def __init__(self, httpd):
        self.port = httpd.server_address[1]
        self.content = b"PK" + bytes(range(256)) * 400
        self.plan, self.always, self.requests = [], whole, []

    def url(self, path="set.zip", host="127.0.0.1"):
        return f"http://{host}:{self.port}/{path}"

    @property
    def ranges(self):
        return [request.get("range") for request in self.requests]


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.faulty = Faulty(httpd)
    threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True).start()
    yield httpd.faulty
    httpd.shutdown()
    httpd.server_close()
