"""What a server answers to the wish for a file, and when that is not the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

import requests

from buffycoat.errors import FetchError
from buffycoat.sources.record import RemoteFile

__all__ = ["Answer", "refuse_answer", "refuse_content"]


@dataclass(frozen=True)
class Answer:
    """The head of an answer."""

    url: str
    """The address that answered, after redirections."""
    status: int
    """200, 206, 404, ..."""
    start: int
    """The byte of the file that the content begins with."""
    total: int | None
    """The size of the whole file, where the server says it."""
    validator: str | None
    """What tells this version of the file from others: its ETag, or the date of its change."""
    content_type: str
    """What the server says that it is."""
    retry_after_s: float
    """How long the server asks to be left alone."""
    way: tuple[str, ...] = ()
    """The addresses that led to `url`, the asked one first."""

    @classmethod
    def of(cls, response: requests.Response) -> Answer:
        """The head of a response."""
        headers = response.headers
        found = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", headers.get("Content-Range", ""))
        start, total = (found[1], found[2]) if found else (None, headers.get("Content-Length", ""))
        if not found and "Content-Encoding" in headers:
            total = ""  # the length is of the compressed bytes, which requests unpacks
        etag = headers.get("ETag", "")
        strong = None if etag.startswith("W/") else etag
        wait = headers.get("Retry-After", "")
        return cls(
            response.url,
            response.status_code,
            int(start or 0),
            int(total) if total.isdecimal() else None,
            strong or headers.get("Last-Modified"),
            headers.get("Content-Type", "").partition(";")[0].strip().lower(),
            float(wait) if wait.isdecimal() else 0.0,
            tuple(before.url for before in response.history),
        )

    @property
    def said(self) -> str:
        """The status in words."""
        known = {status.value: status.phrase for status in HTTPStatus}
        return f"{self.status} ({known.get(self.status, 'unknown')})"


def refuse_answer(url: str, answer: Answer, file: RemoteFile) -> None:
    """Let pass an answer that can be the file.

    Raises:
        FetchError: for a refusal, a web page, a way over an open connection, or another size.
    """
    open_ones = [one for one in (*answer.way, answer.url) if not one.startswith("https:")]
    if answer.status in (401, 403):
        reason = "the server wants a login, or does not accept it"
    elif answer.status not in (200, 206):
        reason = "the server has no such file there"
    elif url.startswith("https:") and open_ones:
        raise FetchError(f"{url} leads to {open_ones[0]}, where anyone could change the file")
    elif answer.content_type in ("text/html", "application/xhtml+xml"):
        raise FetchError(f"{answer.url} answers with a web page, not with {file.name}")
    elif None not in (file.n_bytes, answer.total) and answer.total != file.n_bytes:
        said = f"{answer.total:,} bytes, and the published file has {file.n_bytes:,}"
        raise FetchError(f"{answer.url} offers {said}: it is another file, and was not downloaded")
    else:
        return
    raise FetchError(f"{url} answers {answer.said}: {reason}")


def refuse_content(url: str, begin: bytes, file: RemoteFile) -> None:
    """Let pass first bytes that can be the file's.

    Raises:
        FetchError: for a web page, or no zip where the name says one.
    """
    text = begin[:512].lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        raise FetchError(f"{url} answers with a web page, not with {file.name}")
    if file.name.endswith((".zip", ".npz")) and not begin.startswith(b"PK"):
        said = f"no zip, as {file.name} is: it begins with {begin[:16]!r}"
        raise FetchError(f"{url} answers with {said}")
