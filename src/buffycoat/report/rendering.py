"""Templates to pages: everything that a user named is escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from buffycoat.report.numbers import counted, decimal, interval, percent, shortened
from buffycoat.tables.files import replacing

__all__ = ["write_page"]


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("buffycoat.report"),
        autoescape=True,  # for every template, whatever it is called: labels and paths are foreign
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (counted, decimal, interval, percent, shortened)
    environment.filters.update({filter_.__name__: filter_ for filter_ in filters})
    return environment


def write_page(out: Path, template: str, **values: Any) -> Path:
    """Write a template of `templates/`, filled with values, whole or not at all.

    The same values give the same bytes.

    Raises:
        DiskError: when it cannot be written.
    """
    page = _environment().get_template(template).render(**values)
    with replacing(Path(out)) as beside:
        # A file name that is not UTF-8 holds lone surrogates, which cannot be written as they are.
        beside.write_bytes(page.encode("utf-8", "backslashreplace"))
    return Path(out)
