"""`buffycoat run`: the whole job, with choices made from the data."""

from __future__ import annotations

import shlex
from pathlib import Path

import polars as pl

from buffycoat.curation.splits.split import SplitSettings
from buffycoat.errors import RunError
from buffycoat.images.fit import ImageSettings
from buffycoat.pipeline.audit.examining import write_page
from buffycoat.pipeline.audit.first import audit_first
from buffycoat.pipeline.budget import Budget, parse_seconds
from buffycoat.pipeline.choices import AUTO, choose_network
from buffycoat.pipeline.console import say
from buffycoat.pipeline.evaluating import evaluate
from buffycoat.pipeline.fitting import fit_run
from buffycoat.pipeline.given import beside
from buffycoat.pipeline.importing import import_samples
from buffycoat.pipeline.plan import plan_training
from buffycoat.pipeline.plugging import borrowed_plugins
from buffycoat.pipeline.refusing import check_training
from buffycoat.pipeline.splitting import split_samples
from buffycoat.pipeline.starting import refuse_finished, start_run
from buffycoat.pipeline.summary import say_frame
from buffycoat.registry import Choice
from buffycoat.report.numbers import counted
from buffycoat.runs import Run, check_free, open_run
from buffycoat.sources.detect import SourceSettings
from buffycoat.tables.samples import SampleTable, read_samples
from buffycoat.training.recipe import from_dict
from buffycoat.training.settings import TrainSettings

__all__ = ["run"]


def run(  # noqa: PLR0913  (flags that belong to the command alone)
    sources: tuple[Path, ...],
    /,
    *,
    out: Path = Path("runs/run"),
    budget: str = "20m",
    weights: str = "auto",
    model: Choice = AUTO,
    around_cell: float = 0.0,
    seed: int = 0,
    resume: bool = False,
    overwrite: bool = False,
    settings: SourceSettings | None = None,
) -> Run:
    """Do the whole job: import, audit, split, train, evaluate, report, choosing by the data.

    The audit's page lies in the run folder; copies stay in one group, and foreign pictures that
    stand in the set several times are left out with a reason.

    Args:
        sources: A folder, a CSV list, an .npz file or a Pascal VOC folder; several are merged.
        out: The run folder.
        budget: Time for the whole command, report included, such as 20m.
        weights: Pretrained weights: a file, `auto` (the hub is asked once), `hub` or `none`.
        model: The network; `auto` chooses it.
        around_cell: For fields with one white cell: side of the square around it that the network
            sees, as a share of the image's shorter side; 0 takes the whole image.
        seed: What every draw depends on.
        resume: Go on with an interrupted run in `out`, with this budget.
        overwrite: Replace a run that is in `out`.
        settings: What is known of labels and origins.

    Raises:
        InputError: when the images cannot be used.
        SplitError: when there are too few groups to split.
        RunError: when `out` holds a run already.
        SettingError: for a budget, a seed or a share of the image that cannot be.
        UnknownNameError: for a network that there is not.
        WeightsError: when a weights file does not fit the network.
    """
    out, time = Path(out), Budget(parse_seconds(budget))
    if resume:
        made = _resumed(out, time)
    else:
        check_free(out, overwrite=overwrite)
        # What cannot be is refused before the images are looked at.
        TrainSettings(images=ImageSettings(around_cell=around_cell), seed=seed)
        network = choose_network(weights, model)
        audited = audit_first(import_samples(sources, settings=settings), time, seed)
        samples = _split(audited.samples, seed)
        plan = plan_training(samples, time, network, around_cell=around_cell, seed=seed)
        say_frame(pl.DataFrame(plan.as_facts()), "plan")
        check_training(samples, plan.settings)
        begun = start_run(samples, plan.settings, out, overwrite=overwrite, plan=plan.as_facts())
        write_page(audited, begun.path / "audit.html")
        made = fit_run(begun, samples, plan.settings, budget=time)
    evaluate(made.path)
    say(f"run folder: {made.path} ({time.total_s - time.left_s:.0f} s of {time.total_s:.0f} s)")
    say(f"repeat it: {_repeated(out)}")
    return made


def _repeated(out: Path) -> str:
    table, again = str(out / "samples.parquet"), str(beside(out, "again"))
    return shlex.join(["buffycoat", "train", table, "--like", str(out), "--out", again])


def _resumed(out: Path, time: Budget) -> Run:
    begun = open_run(out, finished=False)
    refuse_finished(begun)
    if not begun.part("samples.parquet").is_file():
        said = "give the same command with --overwrite in place of --resume"
        raise RunError(f"{out} had not begun to train: {said}")
    if not begun.part("audit.html").is_file():
        again = f"`buffycoat audit {out / 'samples.parquet'} --report PAGE` makes it"
        say(f"the audit's page was not written before the interruption; {again}", "yellow")
    settings = from_dict(TrainSettings(), begun.facts["asked"]["settings"], str(out))
    with borrowed_plugins(out, finished=False):
        return fit_run(begun, read_samples(begun.part("samples.parquet")), settings, budget=time)


def _split(samples: SampleTable, seed: int) -> SampleTable:
    """The table split, without the classes that are too small for three parts."""
    groups = samples.usable.group_by("label").agg(pl.col("group").n_unique()).sort("label")
    small = dict(groups.filter(pl.col("group") < 3).iter_rows())
    for name, n in small.items():
        said = counted(n, "group")
        say(f"class {name!r} is left out: {said}, and three parts need 3", "yellow")
    return split_samples(samples, settings=SplitSettings(seed=seed, leave_out=tuple(small)))
