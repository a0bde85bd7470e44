"""How each type of nucleated blood cell looks: sizes in µm, dyes, nucleus, granules, vacuoles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from buffycoat.sources.drawn.nuclei import (
    Nucleus,
    bilobed,
    clover,
    indented,
    kidney,
    round_nucleus,
    segmented,
)

__all__ = ["NUCLEATED", "CellType", "Granules", "Range"]

Range: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Granules:
    """One kind of granule."""

    per_um2: Range
    """How many in a square micrometre."""
    radius_um: Range
    """How large."""
    dyes: tuple[float, float, float, float]
    """What they took up, in the order of `DYES`."""
    cover: Range
    """How opaque they are, 0 to 1."""
    over_nucleus: bool = False
    """Whether they lie on the nucleus too."""


@dataclass(frozen=True)
class CellType:
    """The ranges from which one cell of a type is drawn."""

    diameter_um: Range
    """Of the whole cell."""
    nuclei: tuple[Nucleus, ...]
    """Shapes of the nucleus, one of which is taken."""
    chromatin: Range
    """How dark the nucleus is; 1 is nearly black."""
    clumps: Range
    """Contrast of the chromatin: low is fine and even, high is coarse."""
    clump_um: Range
    """Grain of the chromatin."""
    basophilia: Range
    """Blue of the cytoplasm."""
    eosin: Range
    """Pink of the cytoplasm."""
    haemoglobin: Range = (0, 0)
    """Red cell pigment of the cytoplasm."""
    ruffle_um: Range = (0.1, 0.3)
    """How far the outline strays from an ellipse."""
    ruffle_grain_um: Range = (0.8, 2.0)
    """How long the waves of the outline are."""
    granules: tuple[Granules, ...] = ()
    """Kinds of granules, drawn one after the other."""
    n_vacuoles: tuple[int, int] = (0, 0)
    """Fewest and most vacuoles."""
    n_nucleoli: tuple[int, int] = (0, 0)
    """Fewest and most nucleoli."""


_FINE = Granules((1, 6), (0.12, 0.2), (0.25, 0.0, 0.3, 0), (0.2, 0.6))
_DUST = Granules((2, 6), (0.1, 0.16), (0.3, 0.2, 0.1, 0), (0.1, 0.35))
_AZUROPHILIC = Granules((0.3, 4), (0.18, 0.3), (0.7, 0.1, 0.15, 0), (0.4, 0.9))
_ORANGE = Granules((2, 4.5), (0.3, 0.42), (0.05, 0.0, 0.7, 0), (0.6, 0.95))
_INKY = Granules((0.9, 2.6), (0.32, 0.5), (0.95, 0.2, 0.05, 0), (0.7, 0.95), over_nucleus=True)

NUCLEATED: dict[str, CellType] = {
    "basophil": CellType(
        diameter_um=(9.5, 13),
        nuclei=(clover,),
        chromatin=(0.45, 0.8),
        clumps=(0.1, 0.25),
        clump_um=(0.3, 0.6),
        basophilia=(0.05, 0.3),
        eosin=(0.02, 0.15),
        granules=(_INKY,),
    ),
    "eosinophil": CellType(
        diameter_um=(11, 14.5),
        nuclei=(bilobed,),
        chromatin=(0.65, 0.95),
        clumps=(0.2, 0.42),
        clump_um=(0.3, 0.55),
        basophilia=(0.05, 0.3),
        eosin=(0.1, 0.3),
        granules=(_ORANGE,),
    ),
    "erythroblast": CellType(
        diameter_um=(7, 11),
        nuclei=(round_nucleus(0.46, 0.7, off=0.3),),
        chromatin=(0.9, 1.15),
        clumps=(0.1, 0.35),
        clump_um=(0.3, 0.5),
        basophilia=(0.1, 0.65),
        eosin=(0.02, 0.12),
        haemoglobin=(0.2, 0.9),
    ),
    "immature granulocyte": CellType(
        diameter_um=(11.5, 17),
        nuclei=(round_nucleus(0.55, 0.76, off=0.3), indented),
        chromatin=(0.5, 0.85),
        clumps=(0.2, 0.35),
        clump_um=(0.28, 0.45),
        basophilia=(0.15, 0.5),
        eosin=(0.05, 0.25),
        granules=(_DUST, _AZUROPHILIC),
        n_nucleoli=(0, 3),
    ),
    "lymphocyte": CellType(
        diameter_um=(7, 12),
        nuclei=(round_nucleus(0.74, 0.92, off=0.14),),
        chromatin=(0.7, 1.0),
        clumps=(0.15, 0.3),
        clump_um=(0.4, 0.8),
        basophilia=(0.25, 0.85),
        eosin=(0.0, 0.08),
        ruffle_um=(0.08, 0.35),
        ruffle_grain_um=(0.5, 1.6),
    ),
    "monocyte": CellType(
        diameter_um=(12, 17),
        nuclei=(kidney,),
        chromatin=(0.5, 0.8),
        clumps=(0.18, 0.32),
        clump_um=(0.25, 0.4),
        basophilia=(0.25, 0.55),
        eosin=(0.03, 0.15),
        ruffle_um=(0.2, 0.7),
        ruffle_grain_um=(1.2, 2.6),
        granules=(_DUST,),
        n_vacuoles=(0, 16),
    ),
    "neutrophil": CellType(
        diameter_um=(10.5, 14.5),
        nuclei=(segmented,),
        chromatin=(0.65, 0.98),
        clumps=(0.2, 0.42),
        clump_um=(0.3, 0.55),
        basophilia=(0.03, 0.2),
        eosin=(0.08, 0.35),
        granules=(_FINE,),
    ),
}
