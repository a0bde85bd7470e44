"""From one laboratory's scale, white and stain to another's, as settings of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from buffycoat.errors import InputError
from buffycoat.images.fit import ImageSettings
from buffycoat.images.standards.columns import estimate_columns, row_smears
from buffycoat.images.standards.pooling import Estimate
from buffycoat.images.standards.smear import Smear, Standard, StandardSettings
from buffycoat.pipeline.console import say
from buffycoat.pipeline.standardising import estimate_set
from buffycoat.tables.samples import SampleTable

__all__ = ["standards_between"]


def standards_between(
    own: SampleTable,
    there: SampleTable,
    settings: ImageSettings,
    wanted: Sequence[Standard],
    strength: float | None,
) -> tuple[ImageSettings, dict[str, object]]:
    """Settings that bring the images of `there` to what a run was trained on, and the estimates.

    A run that was trained to standards keeps them as what to go to.

    Args:
        own: What the run was trained on.
        there: The images of the other laboratory.
        settings: The run's.
        wanted: Of scale, white and stain.
        strength: Share of the way to the stain; None is the run's own.

    Raises:
        InputError: when no image of one of both can be read.
    """
    to = settings.standards
    facts: dict[str, object] = {}
    if not to.standards:
        learned = own.usable.filter(pl.col("split") == "train")
        try:
            home = estimate_set(own, learned)
        except InputError as error:
            said = "what the run was trained on is not there any more"
            raise InputError(
                f"{said}; leave out the steps scale, white, stain ({error})"
            ) from error
        to, facts["from_run"] = _going_to(home, learned, to), vars(home.smear)
    found = estimate_set(there, there.frame)
    sure = _sure(found)
    facts["from_images"] = vars(found.smear)
    for name in ("um_per_px", "white", "nucleus", "red_cell"):
        facts[f"{name}_doubt"] = getattr(found, f"{name}_doubt")
        if not getattr(sure, name):
            say(f"note: the images do not tell their {name} surely; it is left alone", "yellow")
    standards = replace(
        to,
        standards=tuple(dict.fromkeys((*to.standards, *wanted))),
        stain_strength=to.stain_strength if strength is None else strength,
        from_um_per_px=sure.um_per_px,
        from_white=sure.white,
        from_nucleus=sure.nucleus,
        from_red_cell=sure.red_cell,
    )
    return replace(settings, standards=standards), facts


def _sure(found: Estimate) -> Smear:
    """The estimate without what is too doubtful, by the rule that tables are read with."""
    row = pl.DataFrame({"path": [""]}).with_columns(estimate_columns([found]).values())
    return row_smears(row, StandardSettings(("white",)))[0]


def _going_to(home: Estimate, learned: pl.DataFrame, to: StandardSettings) -> StandardSettings:
    """The standards of what a run was trained on, the default where it does not tell."""
    smear = _sure(home)
    sides = learned.select(pl.min_horizontal("width_px", "height_px")).to_series().drop_nulls()
    side_px = sides.median()
    has_view = smear.um_per_px and isinstance(side_px, float)
    return replace(
        to,
        view_um=round(float(str(side_px)) * smear.um_per_px, 3) if has_view else to.view_um,
        to_white=smear.white or to.to_white,
        to_nucleus=smear.nucleus or to.to_nucleus,
        to_red_cell=smear.red_cell or to.to_red_cell,
    )
