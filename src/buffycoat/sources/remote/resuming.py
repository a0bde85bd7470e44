"""A downloader for pooch that goes on where a broken connection stopped it."""

from __future__ import annotations

import shutil
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from buffycoat.errors import BuffycoatWarning, DiskError, FetchError
from buffycoat.sources.record import RemoteFile
from buffycoat.sources.remote.answers import Answer, refuse_answer, refuse_content
from buffycoat.sources.remote.failures import HOPELESS, UnfinishedError, why
from buffycoat.sources.remote.partial_file import PartialFile
from buffycoat.tables.files import explain_disk_errors

__all__ = ["Patience", "ResumingDownloader"]

_CHUNK = 1 << 13
"""Bytes read at a time; of a broken connection, fewer than these are lost."""
_LONGEST_WAIT_S = 60.0
_AGAIN = (429, 500, 502, 503, 504)
"""Answers after which another attempt may help."""


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for."""

    connect_s: float = 15.0
    """Seconds to the first answer."""
    silence_s: float = 60.0
    """Seconds without a byte after which a connection counts as broken."""
    n_attempts: int = 5
    """Attempts in a row that bring nothing new."""
    first_wait_s: float = 1.0
    """Seconds before the second attempt; each further wait is twice as long."""


class ResumingDownloader:
    """Called by pooch with an address and a file to fill; keeps unfinished bytes for the next time.

    The bytes are in `part` until they are all there. They are gone on with only where the server
    says by ETag or date that they are of the same version, or where a published hash will tell.
    """

    def __init__(
        self,
        file: RemoteFile,
        part: Path,
        patience: Patience,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.file = file
        self.part = PartialFile(part)
        self.patience = patience
        self.on_progress = on_progress

    def __call__(self, url: str, output_file: Any, _pooch: Any = None) -> None:
        """Fill the file with what is at the address.

        Raises:
            FetchError: when the server refuses, offers something else, or stays silent.
            DiskError: when the disk is full.
        """
        login = self.file.login() if self.file.login else None
        failures = 0
        while True:
            before = self.part.n_bytes
            try:
                self._attempt(url, login)
            except (requests.RequestException, UnfinishedError) as error:
                failures = 1 if self.part.n_bytes > before else failures + 1
                self._give_up_or_wait(url, failures, error)
            else:
                self.part.finish(Path(output_file))
                return

    def _give_up_or_wait(self, url: str, failures: int, error: Exception) -> None:
        if failures >= self.patience.n_attempts or isinstance(error, HOPELESS):
            n_bytes = self.part.n_bytes
            kept = f"; {n_bytes:,} bytes are kept, and the next fetch goes on there"
            tried = f"{failures} attempts" if failures > 1 else "the attempt"
            said = f"{tried} failed: {why(error)}{kept if n_bytes else ''}"
            raise FetchError(f"{url}: {said}") from error
        told = error.wait_s if isinstance(error, UnfinishedError) else 0.0
        wait_s = max(self.patience.first_wait_s * 2 ** (failures - 1), told)
        wait_s = min(wait_s, _LONGEST_WAIT_S)
        if wait_s >= 1:
            said = f"{url}: {why(error)}; trying again in {wait_s:.0f} s"
            warnings.warn(said, BuffycoatWarning, stacklevel=2)
        time.sleep(wait_s)

    def _attempt(self, url: str, login: tuple[str, str] | None) -> None:
        """Get what is missing, from one connection."""
        headers = {"Accept-Encoding": "identity", **self._resuming(url)}
        timeouts = (self.patience.connect_s, self.patience.silence_s)
        with requests.get(
            url, headers=headers, auth=login, stream=True, timeout=timeouts
        ) as response:
            answer = Answer.of(response)
            if answer.status in _AGAIN:
                raise UnfinishedError(f"the server answers {answer.said}", answer.retry_after_s)
            if answer.status == 416:
                self._after_the_end(answer)
                return
            refuse_answer(url, answer, self.file)
            self._refuse_other_version(url, answer)
            if answer.start != self.part.n_bytes or answer.start == 0:
                self._begin(url, answer)
            self._receive(response, answer)

    def _resuming(self, url: str) -> dict[str, str]:
        n_bytes, validator = self.part.n_bytes, self.part.validator(url)
        if not n_bytes or not (validator or self.file.published_hash):
            return {}
        asked = {"Range": f"bytes={n_bytes}-"}
        return {**asked, "If-Range": validator} if validator else asked

    def _refuse_other_version(self, url: str, answer: Answer) -> None:
        """Begin again where a server goes on with another version, whatever If-Range said."""
        is_other = answer.validator not in (None, self.part.validator(url))
        if answer.status == 206 and is_other and not self.file.published_hash:
            self.part.remove()
            raise UnfinishedError("the file has changed since its first bytes came")

    def _after_the_end(self, answer: Answer) -> None:
        """The server has nothing after what is here: it is all, or of another version."""
        if answer.total != self.part.n_bytes:
            self.part.remove()
            raise UnfinishedError("what was kept does not fit the file any more")

    def _begin(self, url: str, answer: Answer) -> None:
        if answer.start:
            self.part.remove()
            raise UnfinishedError("the server went on at another place than was asked for")
        self.part.begin(url, answer.validator)

    def _receive(self, response: requests.Response, answer: Answer) -> None:
        have = self.part.n_bytes
        self._check_room(have, answer.total)
        with explain_disk_errors(self.part.path), self.part.path.open("ab") as opened:
            for chunk in response.iter_content(_CHUNK):
                if have == 0:
                    self._refuse_content(response.url, chunk)
                opened.write(chunk)
                have += len(chunk)
                if self.file.n_bytes is not None and have > self.file.n_bytes:
                    break
                if self.on_progress:
                    self.on_progress(have, answer.total or self.file.n_bytes or have)
        if answer.total is not None and have < answer.total:
            raise UnfinishedError(f"it ended after {have:,} of {answer.total:,} bytes")

    def _refuse_content(self, url: str, begin: bytes) -> None:
        try:
            refuse_content(url, begin, self.file)
        except FetchError:
            self.part.remove()
            raise

    def _check_room(self, have: int, total: int | None) -> None:
        free = shutil.disk_usage(self.part.path.parent).free
        if total is not None and total - have > free:
            said = f"{(total - have) / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB are free"
            raise DiskError(f"no room for {self.part.path.parent / self.file.name}: {said}")
