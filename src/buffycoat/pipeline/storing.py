"""Open the store of a table's images, saying what it will take."""

from __future__ import annotations

import warnings

from buffycoat.batches.store import Store, open_store, store_bytes
from buffycoat.errors import BuffycoatWarning
from buffycoat.images.fit import ImageSettings, changes_aspect
from buffycoat.images.standards.columns import row_smears
from buffycoat.pipeline.console import progress, say
from buffycoat.tables.samples import SampleTable

__all__ = ["store_images", "warn_of_unknown"]


def store_images(samples: SampleTable, settings: ImageSettings) -> Store:
    """The store of all images of a table, decoded now where they were not before.

    Raises:
        DiskError: when there is no room for it.
    """
    _warn_of_squashing(samples, settings)
    warn_of_unknown(samples, settings)
    height, width = settings.image_px
    need = store_bytes(samples, settings) / 1e6
    say(f"store: {need:,.0f} MB at {height} x {width} px ({settings.fit})")
    with progress("decoding images") as moved:
        return open_store(samples, settings, on_progress=moved)


def _warn_of_squashing(samples: SampleTable, settings: ImageSettings) -> None:
    if settings.fit != "squash":
        return
    sizes = samples.usable.select("width_px", "height_px").drop_nulls().unique().iter_rows()
    if any(changes_aspect(width, height, settings) for width, height in sizes):
        said = "fit = squash changes the shape of the cells; `pad` or `crop` keep it"
        warnings.warn(said, BuffycoatWarning, stacklevel=3)


def warn_of_unknown(samples: SampleTable, settings: ImageSettings) -> None:
    """Warn where images are to be brought to standards but some tell nothing of their own."""
    wanted = settings.standards.standards
    smears = row_smears(samples.frame, settings.standards)
    asked = {"scale": "um_per_px", "white": "white", "stain": "nucleus"}
    for standard in wanted:
        n = sum(not getattr(smear, asked[standard]) for smear in smears)
        if n:
            said = f"{n} of {len(smears)} images do not tell their {standard} and are left as they"
            way = "`buffycoat standardise` estimates it"
            warnings.warn(f"{said} are: {way}", BuffycoatWarning, stacklevel=3)
