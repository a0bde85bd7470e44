"""Why a connection failed, and whether another attempt may mend it."""

from __future__ import annotations

import requests

__all__ = ["HOPELESS", "UnfinishedError", "why"]


class UnfinishedError(Exception):
    """What another attempt may mend."""

    def __init__(self, said: str, wait_s: float = 0.0) -> None:
        super().__init__(said)
        self.wait_s = wait_s


HOPELESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.SSLError,
    requests.exceptions.TooManyRedirects,
)
"""What no further attempt mends."""


def why(error: Exception) -> str:
    """What went wrong, in words for the user."""
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return "the server stayed silent"
    if isinstance(error, UnfinishedError):
        return str(error)
    kinds = {
        requests.exceptions.SSLError: "its certificate cannot be trusted",
        requests.exceptions.ProxyError: "the proxy cannot be reached",
        requests.exceptions.TooManyRedirects: "it leads round in a circle",
        requests.exceptions.ChunkedEncodingError: "the connection broke off",
        requests.exceptions.ConnectionError: "the connection cannot be made, or broke off",
    }
    said = next((said for kind, said in kinds.items() if isinstance(error, kind)), None)
    return said or f"{type(error).__name__}: {str(error)[:200]}"
