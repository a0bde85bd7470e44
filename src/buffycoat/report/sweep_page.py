"""One HTML page from a trial table and standings: which setting is best, and by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from buffycoat.report.card import flat
from buffycoat.report.rendering import write_page
from buffycoat.report.sweep_rows import make_scale, placed_rows, setting_rows
from buffycoat.report.sweep_setting import SweepSetting

if TYPE_CHECKING:
    from buffycoat.evaluation.figures import Figure
    from buffycoat.evaluation.standings import Standings
    from buffycoat.tables.trials import TrialTable

__all__ = ["build_sweep_page"]


def build_sweep_page(
    out: Path,
    *,
    name: str,
    trials: TrialTable,
    settings: Sequence[SweepSetting],
    validation: Standings,
    test: Standings | None,
    command: str,
) -> Path:
    """The page, written whole or not at all; the same input gives the same bytes.

    Args:
        out: The HTML file, in the folder of the trial table.
        name: What the sweep is called.
        trials: All trials.
        settings: The trials by setting.
        validation: The settings that finished, ranked by their validation rows.
        test: Test figures of those settings that show them; None where there are no test rows.
        command: What trains the best setting again.

    Raises:
        DiskError: when it cannot be written.
    """
    return write_page(
        out,
        "sweep.html",
        name=name,
        columns=list(settings[0].values),
        rows=setting_rows(settings, validation, test),
        validation=validation,
        test=test,
        n_failed=sum(len(setting.failed) for setting in settings),
        command=command,
        **_plots(validation, test),
        **_background(trials, _by_run(settings, validation), Path(out).parent),
    )


def _plots(validation: Standings, test: Standings | None) -> dict[str, Any]:
    """Both dot plots, on one scale."""
    tested = test.rows if test else ()
    scale = make_scale([*validation.rows, *tested])
    dots = {"dots": placed_rows(validation.rows, scale), "test_dots": placed_rows(tested, scale)}
    return {"scale": scale, **dots}


def _by_run(settings: Sequence[SweepSetting], validation: Standings) -> dict[str, Figure]:
    """The validation accuracy of each run that finished."""
    runs = {setting.name: setting.runs for setting in settings}
    return {
        run: figure
        for row in validation.rows
        for run, figure in zip(runs[row.name], row.replicates, strict=True)
    }


def _background(
    trials: TrialTable, accuracies: Mapping[str, Figure], folder: Path
) -> dict[str, Any]:
    """The single trials, with the place of each run's own report, and what they share."""
    rows = trials.frame.iter_rows(named=True)
    base = flat(trials.facts["settings"])
    return {
        "trials": [
            {**r, "accuracy": accuracies.get(r["run"]), "report": _report(folder, r["run"])}
            for r in rows
        ],
        "base": [row for row in base if row[0] not in trials.varied],
        "data_hash": trials.facts["data_hash"],
        "all_folds": trials.facts["all_folds"],
    }


def _report(folder: Path, run: str) -> str:
    """Where the report of a run lies, as a link; empty where there is none."""
    return f"{quote(run)}/report.html" if (folder / run / "report.html").is_file() else ""
