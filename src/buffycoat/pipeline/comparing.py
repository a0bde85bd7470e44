"""`buffycoat compare`: two or more runs or prediction tables on the same images."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from buffycoat.errors import SettingError
from buffycoat.evaluation.compare import compare_tables
from buffycoat.evaluation.comparison import Comparison, Costs
from buffycoat.evaluation.pairing import Contender
from buffycoat.pipeline.comparison_summary import say_comparison
from buffycoat.pipeline.console import say
from buffycoat.pipeline.contenders import Given, read_contenders
from buffycoat.pipeline.costs import mean_costs, run_costs
from buffycoat.report.comparison_page import build_comparison
from buffycoat.report.data import write_comparison
from buffycoat.tables.files import check_writable
from buffycoat.tables.samples import SampleTable, read_samples

__all__ = ["compare"]

_KINDS = (".html", ".json", ".csv")
_PAGE, _N_RESAMPLES = Path("comparison.html"), 2000
_LEAST_RESAMPLES = 100  # fewer have no 2.5% at an end


def compare(
    given: tuple[str, ...],
    /,
    *,
    out: Path = _PAGE,
    split: Literal["train", "validation", "test"] = "test",
    samples: Path | None = None,
    n_resamples: int = _N_RESAMPLES,
    anonymise: bool = False,
) -> Comparison:
    """Compare runs, or the predictions of any programs, on the images that all have answered.

    Replicates of one method, such as seeds, are joined by a comma and averaged: a,b against c,d.
    NAME=a,b gives them a name.

    Args:
        given: Run folders or tables with `label` and `predicted` or `p_<class>` columns.
        out: The page (.html), or the same numbers as data (.json, .csv).
        split: The rows to compare.
        samples: The sample table that predictions belong to, for labels, origins and pictures.
        n_resamples: Resamples of each interval.
        anonymise: Leave paths and the names of runs and images out.

    Raises:
        SettingError: when the file is of no known kind or one of those given, or resamples are
            too few.
        InputError: when there are fewer than two, or one is given twice.
        TableError: when they cannot be compared; says why.
    """
    if n_resamples < _LEAST_RESAMPLES:
        raise SettingError(f"--n-resamples must be {_LEAST_RESAMPLES} or more, not {n_resamples}")
    out = Path(out)
    if out.suffix not in _KINDS:
        raise SettingError(f"--out {out} must end in one of {', '.join(_KINDS)}")
    check_writable(out)
    methods = read_contenders(given, samples)
    _check_not_given(out, methods, samples)
    if anonymise:
        methods = [_anonymous(method, i) for i, method in enumerate(methods, start=1)]
    found = compare_tables(
        [Contender(m.name, tuple(r.predictions for r in m.materials)) for m in methods],
        split=split,
        costs={method.name: _costs(method) for method in methods},
        n_resamples=n_resamples,
    )
    say_comparison(found)
    if out.suffix == ".html":
        command = _command(given, out, split, samples, n_resamples)
        tables = _tables(methods, samples)
        build_comparison(out, found, tables, command=command, anonymise=anonymise)
    else:
        as_csv = out.suffix == ".csv"
        write_comparison(found, out, "csv" if as_csv else "json", anonymise=anonymise)
    say(f"comparison: {out}")
    return found


def _check_not_given(out: Path, methods: Sequence[Given], samples: Path | None) -> None:
    """Refuse to write over what is read."""
    read = [*(path for method in methods for path in method.paths), *filter(None, [samples])]
    if out.resolve() in {Path(path).resolve() for path in read}:
        raise SettingError(f"--out {out} is one of the tables compared: choose another name")


def _command(
    given: Sequence[str], out: Path, split: str, samples: Path | None, n_resamples: int
) -> str:
    """What to type, in the same folder, to make the page again."""
    words = ["buffycoat", "compare", *map(str, given)]
    words += ["--split", split] * (split != "test")
    words += ["--samples", str(samples)] * (samples is not None)
    words += ["--n-resamples", str(n_resamples)] * (n_resamples != _N_RESAMPLES)
    words += ["--out", str(out)] * (out != _PAGE)
    return shlex.join(words)


def _anonymous(method: Given, i: int) -> Given:
    """A method named by its number, unless the user gave it a name for all to see."""
    name = method.name if method.is_named else f"method {i}"
    return Given(name, True, method.paths, method.materials)


def _costs(method: Given) -> Costs:
    runs = [material.run for material in method.materials]
    return mean_costs([run_costs(run) if run else Costs() for run in runs])


def _tables(methods: list[Given], samples: Path | None) -> list[SampleTable]:
    """Where images may be looked for, the table that was given first."""
    given = [read_samples(samples)] if samples else []
    return given or [r.samples for m in methods for r in m.materials if r.samples]
