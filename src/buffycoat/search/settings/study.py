"""The study that remembers every trial: a file in the search's folder, or a database."""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import optuna
from optuna.storages import RDBStorage
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from buffycoat.errors import BuffycoatError, RunError, SettingError, first_line

__all__ = ["STUDY_FILE", "VERSION", "file_url", "open_study", "shown_url"]

STUDY_FILE = "study.db"
"""What the file is called in the search's folder."""

VERSION = 1
"""Of what a study holds; one of another is refused."""

_FACTS = "buffycoat"
_CONNECTING: dict[str, dict[str, Any]] = {
    "sqlite": {"connect_args": {"timeout": 60}},  # other workers of a shared file are waited for
    "": {"pool_pre_ping": True},  # a connection that was cut is made anew
}

Kind = Literal["search settings", "search architecture"]


def file_url(path: Path) -> str:
    """The URL of a study file.

    Raises:
        SettingError: for a name that no URL can hold.
    """
    name = str(path.resolve())
    for told in (name, quote(name)):
        if make_url(f"sqlite:///{told}").database == name:
            return f"sqlite:///{told}"
    raise SettingError(f"{path}: a study's folder cannot have a ? or a % in its name")


def shown_url(url: str) -> str:
    """The URL without its passwords.

    >>> shown_url("postgresql://me:secret@host/db?sslpassword=too")
    'postgresql://me:***@host/db?sslpassword=***'
    """
    bare = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"(?i)([?&][^=&]*(?:password|passwd|secret|token)[^=&]*=)[^&]*", r"\1***", bare)


def _secrets(url: str) -> list[str]:
    """What must not be shown, also where it was taken for a part of the host."""
    found = re.search(r"://[^:/@]*:(.*)@", url)
    return [part for part in (found[1].split("@") if found else ()) if part]


def open_study(
    url: str,
    name: str,
    facts: Mapping[str, Any],
    *,
    direction: Literal["minimize", "maximize"],
    said: Mapping[str, str],
) -> optuna.Study:
    """The study of that name, begun where there is none.

    Args:
        url: The storage.
        name: What the study is called in it.
        facts: What was asked for, with its `kind`; must be the same when a study goes on.
        direction: Whether a high figure is good.
        said: What each fact that must be the same is called.

    Raises:
        RunError: when it cannot be opened, or is of another command, version or request.
    """
    optuna.logging.set_verbosity(logging.ERROR)
    storage = _storage(url)
    wanted = {"version": VERSION, **json.loads(json.dumps(dict(facts)))}
    where = f"study {name!r} in {shown_url(url)}"
    try:
        study = optuna.create_study(
            storage=storage, study_name=name, direction=direction, load_if_exists=True
        )
        # One that is empty was begun this moment by another machine, or by a process that died.
        is_empty = not study.user_attrs and not study.get_trials(deepcopy=False)
        if is_empty and study.direction.name.lower() == direction:
            study.set_user_attr(_FACTS, wanted)
    except Exception as error:
        raise _unreadable(url, error) from error
    _check(study, wanted, said, where)
    return study


def _storage(url: str) -> RDBStorage:
    try:
        try:
            return _opened(url)
        except SQLAlchemyError as error:
            if "already exists" not in str(error):
                raise
            return _opened(url)  # another machine made the tables at the same time
    except ImportError as error:
        said = f"--storage {shown_url(url)} needs a driver that is not installed"
        way = "for PostgreSQL, pip install 'buffycoat[postgresql]'"
        raise SettingError(f"{said} ({error.__cause__}): {way}") from error
    except Exception as error:
        raise _unreadable(url, error) from error


def _opened(url: str) -> RDBStorage:
    kind = "sqlite" if url.startswith("sqlite") else ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RDBStorage(url, engine_kwargs=dict(_CONNECTING[kind]))


def _unreadable(url: str, error: Exception) -> BuffycoatError:
    if isinstance(error, BuffycoatError):
        return error
    first = first_line(getattr(error, "orig", None) or error)
    for secret in _secrets(url):
        first = first.replace(secret, "***")
    if isinstance(error, RuntimeError) and "version" in first:
        said = f"{shown_url(url)} was written by another version of Optuna"
        return RunError(f"{said}: choose another place, or install that version ({first})")
    said = f"{shown_url(url)} cannot be read as a study"
    return RunError(f"{said} ({type(error).__name__}: {first}): choose another place or --storage")


def _check(
    study: optuna.Study, wanted: Mapping[str, Any], said: Mapping[str, str], where: str
) -> None:
    kept = study.user_attrs.get(_FACTS)
    if not isinstance(kept, Mapping):
        raise RunError(f"{where} was not made by Buffycoat: choose another place or --storage")
    if kept.get("kind") != wanted["kind"]:
        other = kept.get("kind")
        raise RunError(f"{where} is of `buffycoat {other}`: choose another place, or go on with it")
    if kept.get("version") != VERSION:
        of = "an older" if int(kept.get("version") or 0) < VERSION else "a newer"
        ways = "begin anew in another place, or use that version"
        raise RunError(f"{where} was made by {of} version of Buffycoat: {ways}")
    differing = [name for key, name in said.items() if kept.get(key) != wanted.get(key)]
    if differing:
        other = " and other ".join(differing)
        ways = "give the command that it was started with, or choose another place"
        raise RunError(f"{where} was started with other {other}: {ways}")
