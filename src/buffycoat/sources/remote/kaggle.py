"""The user's name and key at Kaggle, as Kaggle's own tools keep them."""

from __future__ import annotations

import json
import os
from pathlib import Path

from buffycoat.errors import FetchError

__all__ = ["kaggle_login"]

_HOW = (
    "make one at https://www.kaggle.com/settings (API, Create New Token) and put the file at "
    "~/.kaggle/kaggle.json, or set KAGGLE_USERNAME and KAGGLE_KEY; or download the archive in a "
    "browser and give it with --from FILE"
)


def kaggle_login() -> tuple[str, str]:
    """Name and key, from KAGGLE_USERNAME and KAGGLE_KEY or from kaggle.json.

    Raises:
        FetchError: when there is none, or the file is damaged; says how to get one.
    """
    name, key = os.environ.get("KAGGLE_USERNAME"), os.environ.get("KAGGLE_KEY")
    if name and key:
        return name, key
    for path in _places():
        if path.is_file():
            return _read(path)
    raise FetchError(f"Kaggle gives this data set to users with a token alone: {_HOW}")


def _places() -> list[Path]:
    home = Path.home()
    own = os.environ.get("KAGGLE_CONFIG_DIR")
    folders = [Path(own)] if own else [home / ".kaggle", home / ".config" / "kaggle"]
    return [folder / "kaggle.json" for folder in folders]


def _read(path: Path) -> tuple[str, str]:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        name, key = facts["username"], facts["key"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FetchError(f"{path} holds no username and key: {_HOW}") from error
    if not (isinstance(name, str) and isinstance(key, str) and name and key):
        raise FetchError(f"{path} holds no username and key: {_HOW}")
    return name, key
