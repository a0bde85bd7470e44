"""`buffycoat search settings`: Optuna chooses, trials are trained as runs, the best is kept."""

from __future__ import annotations

from pathlib import Path

from buffycoat.pipeline.folder_of_trials import searching_alone
from buffycoat.pipeline.settings_search.asked import check_ranges
from buffycoat.pipeline.settings_search.outcome import show_search
from buffycoat.pipeline.settings_search.place import check_place, remove_search
from buffycoat.pipeline.settings_search.request import Request
from buffycoat.pipeline.settings_search.running import begin_study, make_trials
from buffycoat.pipeline.trials.trial import TrialTask
from buffycoat.search.engine.choosing import running_engine
from buffycoat.search.engine.settings import EngineSettings
from buffycoat.search.settings.ranges import parse_ranges
from buffycoat.search.settings.search_settings import SearchSettings
from buffycoat.tables.samples import SampleTable, read_samples
from buffycoat.tables.trials import TrialTable
from buffycoat.training.settings import TrainSettings

__all__ = ["search_settings"]


def search_settings(  # noqa: PLR0913  (flags that belong to the command alone)
    table: Path | SampleTable,
    /,
    *,
    out: Path,
    vary: tuple[str, ...] = (),
    settings: TrainSettings | None = None,
    search: SearchSettings | None = None,
    engine: EngineSettings | None = None,
    all_folds: bool = False,
    storage: str | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> TrialTable:
    """Search the settings that train best: Optuna chooses, each trial is trained as a run.

    Settings are chosen by their validation rows. A trial that fails keeps its reason, and the
    search goes on. The same command gives the same trials again where they are made one at a time.

    Args:
        table: A split table.
        out: The folder of the search, with a run folder for each trial.
        vary: A setting and its range: learning_rate=log(1e-4,1e-2), batch_size=int(16,128,log),
            augmentation.brightness=uniform(0,.2) or model=a,b; may be repeated.
        settings: How to train where nothing is varied.
        search: Who chooses, who gives up, by what, and for how long.
        engine: Where trials run.
        all_folds: Train each trial once for each fold.
        storage: URL of a database that several machines share, such as postgresql://HOST/NAME; the
            study in it is called as the folder. Without it, a file in `out`.
        resume: Go on with a search in `out`; finished trials are kept.
        overwrite: Replace a search that is in `out`.

    Raises:
        RunError: when `out` or the storage holds something else, or no trial finished.
        SettingError: for a setting, a range or a choice that cannot be.
        SplitError: when the table is not split.
    """
    out, base = Path(out), settings or TrainSettings()
    check_place(out, resume=resume, overwrite=overwrite, is_shared=storage is not None)
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    task = TrialTask(samples, None, all_folds, writes_page=False)
    request = Request(
        out,
        task,
        base,
        parse_ranges(vary, base),
        search=search or SearchSettings(),
        engine=engine or EngineSettings(),
        storage=storage,
    )
    request.check()
    check_ranges(task, base, request.ranges)
    with searching_alone(out):
        with running_engine(request.engine) as running:  # what it lacks is said before all else
            if overwrite:
                remove_search(out)
            study = begin_study(request)
            trials = make_trials(request, study, running)
        show_search(request, study, trials)
    return trials
