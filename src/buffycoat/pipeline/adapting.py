"""`buffycoat adapt`: a run made fit for another laboratory's images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from buffycoat.images.fit import ImageSettings
from buffycoat.models.network import Network
from buffycoat.pipeline.adaptation.ladder import Ladder
from buffycoat.pipeline.adaptation.learned import learned_rows, met_shares, trained_on
from buffycoat.pipeline.adaptation.material import (
    Images,
    check_classes,
    fitted_pixels,
    read_images,
)
from buffycoat.pipeline.adaptation.refusing import check_expected, check_head, check_place
from buffycoat.pipeline.adaptation.settings import AdaptSettings
from buffycoat.pipeline.adaptation.smears import standards_between
from buffycoat.pipeline.adaptation.steps import Given, apply_step, plan_steps
from buffycoat.pipeline.adaptation.writing import write_adapted
from buffycoat.pipeline.console import say
from buffycoat.pipeline.given import several
from buffycoat.pipeline.loading import load_run, train_settings
from buffycoat.registry import Choice
from buffycoat.runs import Run, check_free
from buffycoat.tables.samples import SampleTable
from buffycoat.training.settings import TrainSettings

__all__ = ["adapt"]


def adapt(
    run: Path,
    images: tuple[str, ...],
    /,
    *,
    out: Path,
    overwrite: bool = False,
    settings: AdaptSettings | None = None,
) -> Run:
    """Make a run fit for another laboratory's images, without their labels or with a few.

    What comes out is a whole run folder for the images of that laboratory: it predicts, is
    evaluated and compared like any other. Where the images have labels, those that were not
    learned from show what each step gains; who chooses steps by that has chosen with labels.

    Args:
        run: A run folder.
        images: Images of the other laboratory: folders, patterns, lists, or one sample table.
        out: The new run folder.
        overwrite: Replace a run that is in `out`.
        settings: Which steps to make, and with what.

    Raises:
        InputError: when images cannot be read, or labelled ones are too few.
        RunError: when the run is incomplete or altered, or `out` is taken.
        SettingError: for steps that cannot be made with what is given.
        UnknownNameError: for a class that the run does not answer, or a step that there is not.
    """
    check_place(Path(run), Path(out))
    check_free(out, overwrite=overwrite)
    chosen = settings or AdaptSettings()
    standards, on_network = plan_steps(chosen)
    opened, network = load_run(Path(run))
    check_head(network, on_network)
    check_expected(opened, on_network)
    known = tuple(opened.facts["classes"])
    kept = check_classes(chosen.classes, known)
    before = learned_rows(opened)
    found = read_images(several(images), kept, chosen.labelled, chosen.seed, before)
    own = trained_on(opened)
    trained = train_settings(opened)
    ladder = Ladder(found, trained.views, opened.facts["precision"], opened.run_id)
    ladder.measure("nothing", network, trained.images, known)
    told: dict[str, Any] = {}
    if standards:
        between = (own, found.samples, trained.images, standards, chosen.stain_strength)
        fit, told["smears"] = standards_between(*between)
        trained = replace(trained, images=fit)
        ladder.measure(", ".join(standards), network, fit, known)
    answered = kept if "classes" in on_network else known
    given = _given(found, own, trained, known, answered, chosen)
    told |= _made(on_network, network, given, ladder, trained.images, known, answered)
    ladder.say()
    trained = _with_head(trained, on_network, len(given.labels))
    told |= {"steps": [*standards, *on_network], "gains": ladder.facts(), "seed": chosen.seed}
    made = write_adapted(Path(out), opened, network, trained, found, answered, told, overwrite)
    say(f"run folder: {made.path}")
    return made


def _made(
    steps: Sequence[str],
    network: Network,
    given: Given,
    ladder: Ladder,
    fit: ImageSettings,
    known: tuple[str, ...],
    answered: tuple[str, ...],
) -> dict[str, Any]:
    """What each step on the network found, after all were made on it."""
    told = {}
    for name in steps:
        told[name] = apply_step(name, network, given)
        known = answered if name == "classes" else known
        ladder.measure(name, network, fit, known)
    return told


def _given(
    found: Images,
    own: SampleTable,
    trained: TrainSettings,
    known: Sequence[str],
    answered: Sequence[str],
    chosen: AdaptSettings,
) -> Given:
    """What the steps on the network are made with."""
    fit = trained.images
    pixels, _ = fitted_pixels(found.samples, found.samples.frame, fit)
    labelled, labels = pixels[:0], np.zeros(0, np.int64)
    if len(found.learned):
        labelled, rows = fitted_pixels(found.samples, found.learned, fit)
        labels = np.array([list(answered).index(name) for name in rows["label"]], np.int64)
    ids = [list(known).index(name) for name in answered]
    met = met_shares(own, trained.learning, known)
    return Given(pixels, labelled, labels, ids, met[ids], chosen)


def _with_head(settings: TrainSettings, steps: Sequence[str], n_labelled: int) -> TrainSettings:
    """The settings that build this network again: neighbours are another head."""
    if "neighbours" not in steps:
        return settings
    head = Choice("neighbours", {"n_cells": n_labelled})
    return replace(settings, network=replace(settings.network, head=head))
