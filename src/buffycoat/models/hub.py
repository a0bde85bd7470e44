"""One weights file from a hub: from its cache, or asked for once and without waiting long."""

from __future__ import annotations

import functools
import os
import threading
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import huggingface_hub
import torch
from huggingface_hub.errors import EntryNotFoundError

from buffycoat.errors import WeightsError

__all__ = ["TIMEOUT_S", "hub_file", "url_file"]

TIMEOUT_S = 5.0
_FILES = ("model.safetensors", "pytorch_model.bin")


def hub_file(repository: str, file: str | None = None) -> Path:
    """The weights file of a repository on the Hugging Face hub.

    Raises:
        WeightsError: when the hub does not answer in five seconds, or has no such file.
    """
    repository, _, revision = repository.partition("@")
    files = (file,) if file else _FILES
    for name in files:
        cached = huggingface_hub.try_to_load_from_cache(repository, name, revision=revision or None)
        if isinstance(cached, str):
            return Path(cached)
    _ask(huggingface_hub.hf_hub_url(repository, files[0]), repository)
    for name in files:
        try:
            return Path(
                huggingface_hub.hf_hub_download(repository, name, revision=revision or None)
            )
        except EntryNotFoundError:
            continue
        except Exception as error:
            raise WeightsError(f"the hub's weights {repository} cannot be had: {error}") from error
    raise WeightsError(f"the hub has no weights in {repository}")


def url_file(url: str) -> Path:
    """The weights file at an address, kept where torch keeps them, its hash checked.

    Raises:
        WeightsError: when the address does not answer in five seconds, or the download fails.
    """
    name = Path(urlsplit(url).path).name
    path = Path(torch.hub.get_dir()) / "checkpoints" / name
    if path.is_file():
        return path
    _ask(url, name)
    sha256 = torch.hub.HASH_REGEX.search(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(path), sha256.group(1) if sha256 else None)
    except Exception as error:
        raise WeightsError(f"the weights {name} cannot be had: {error}") from error
    return path


def _ask(url: str, what: str) -> None:
    """Find out whether the hub is there, since its own library would try for half a minute."""
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on"):
        raise WeightsError(f"the weights {what} are not in the cache, and HF_HUB_OFFLINE is set")
    if not _answers("{0.scheme}://{0.netloc}".format(urlsplit(url))):
        said = f"the hub did not answer within {TIMEOUT_S:.0f} s"
        raise WeightsError(f"{said}: {what} was not fetched; give a file with --weights")


@functools.cache
def _answers(address: str) -> bool:
    """Whether anything answers there, asked once in the life of the process."""
    # A thread, because looking up a name knows no time limit of its own.
    answered = threading.Event()
    knocking = threading.Thread(target=_knock, args=(address, answered), daemon=True)
    knocking.start()
    knocking.join(TIMEOUT_S)  # a refused connection fails at once
    return answered.is_set()


def _knock(address: str, answered: threading.Event) -> None:
    request = urllib.request.Request(address, method="HEAD")  # noqa: S310
    try:
        urllib.request.urlopen(request, timeout=TIMEOUT_S).close()  # noqa: S310
    except urllib.error.HTTPError:
        pass  # a refusal is an answer
    except Exception:
        return
    answered.set()
