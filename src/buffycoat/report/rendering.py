"""Templates to text: everything that a user named is escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2

from buffycoat.report.numbers import counted, decimal, interval, percent, shortened

__all__ = ["render"]


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


def render(template: str, **values: Any) -> str:
    """The text of a template of `templates/`, filled with values; the same for the same values."""
    return _environment().get_template(template).render(**values)
