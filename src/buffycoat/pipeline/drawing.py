"""`buffycoat demo`: the whole job on cells that Buffycoat draws itself."""

from __future__ import annotations

from pathlib import Path

from buffycoat.pipeline.budget import parse_seconds
from buffycoat.pipeline.console import progress, say
from buffycoat.pipeline.running import run
from buffycoat.runs import Run
from buffycoat.sources.detect import SourceSettings
from buffycoat.sources.drawn.cells import draw_samples

__all__ = ["demo"]


def demo(
    *,
    out: Path = Path("demo"),
    n_images: int = 1600,
    n_slides: int = 24,
    budget: str = "3m",
    seed: int = 0,
) -> Run:
    """Draw stained cells of eight types, and do the whole job on them.

    Args:
        out: The folder for cells and run; an earlier demo there is replaced.
        n_images: Cells to draw.
        n_slides: Slides to spread them over; a slide's cells share stain and light.
        budget: Time for training and evaluation.
        seed: What every draw depends on.

    Raises:
        SettingError: when the budget is no time, or too few cells are asked for.
        DiskError: when the folder cannot be written.
    """
    out = Path(out)
    parse_seconds(budget)  # refused before anything is drawn
    cells = out / f"cells-{n_images}-{n_slides}-{seed}"
    if not cells.is_dir():
        say(f"drawing {n_images} cells of 8 types on {n_slides} slides")
        with progress("drawing", n_images) as moved:
            draw_samples(cells, n_images=n_images, n_slides=n_slides, seed=seed, on_progress=moved)
    made = run(
        (cells,),
        out=out / "run",
        budget=budget,
        weights="none",
        seed=seed,
        overwrite=True,
        settings=SourceSettings(slide_from=r"slide(\d+)"),
    )
    say(f"open {(out / 'run' / 'report.html')} in a browser")
    return made
