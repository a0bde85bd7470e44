"""A network drawn as boxes and lines: one SVG file that needs no other tool."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from torch import nn

from buffycoat.search.export.boxes import Box, make_boxes
from buffycoat.search.export.folding import place_boxes
from buffycoat.search.export.layout import BOX_PX, LINE_PX, Placed
from buffycoat.search.export.tracing import trace
from buffycoat.tables.files import replacing

__all__ = ["draw_network", "write_drawing"]

_MOST_LETTERS = 36
_ARROW = """<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"
markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#67626f"/></marker></defs>"""
_STYLE = """
.network text { font: 12px system-ui, sans-serif; fill: #232029; }
.network .title { font-weight: 600; }
.network .place { fill: #67626f; font-size: 11px; }
.network rect { stroke: #67626f; fill: #ffffff; }
.network .paper { stroke: none; }
.network .conv rect { fill: #e3def5; }
.network .dense rect { fill: #f7e3d8; }
.network .pool rect { fill: #dcecf5; }
.network .join rect { fill: #fff3c4; }
.network .input rect { fill: #eeeae2; }
.network polyline { fill: none; stroke: #67626f; stroke-width: 1.3; marker-end: url(#arrow); }
.network .step { stroke: #b85428; }
.network .link { marker-end: none; }
"""


def draw_network(network: nn.Module, image_px: tuple[int, int], title: str = "network") -> str:
    """The network as the text of an SVG picture.

    A box is a layer with its kernel, channels and the shape it gives, (channels x height x width),
    and the norms and activations that follow it. Lines that pass a row by are skips.

    Args:
        network: Images (N, 3, H, W) to logits; it is left as it is.
        image_px: H and W.
        title: What a screen reader says of the picture.

    Raises:
        SettingError: when the network's way depends on the images.
    """
    boxes = make_boxes(trace(network, image_px))
    layout = place_boxes(boxes)
    width, height = (f"{size:g}" for size in (layout.width, layout.height))
    lines = [
        f'<polyline class="{kind}" points="{_points(corners)}"/>'
        for corners, kind in zip(layout.lines, layout.kinds, strict=True)
    ]
    drawn = (_drawn(box, place) for box, place in zip(boxes, layout.boxes, strict=True))
    frame = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="network" role="img" {frame}>',
            f"<title>{_safe(title)}</title>",
            f"<style>{_STYLE}</style>",
            _ARROW,
            '<rect class="paper" width="100%" height="100%"/>',
            *lines,
            *drawn,
            "</svg>\n",
        ]
    )


def write_drawing(
    network: nn.Module, image_px: tuple[int, int], path: Path, title: str = "network"
) -> Path:
    """Write the picture of `draw_network`.

    Raises:
        SettingError: when the network's way depends on the images.
        DiskError: when it cannot be written.
    """
    drawn = draw_network(network, image_px, title)
    with replacing(Path(path)) as beside:
        beside.write_text(drawn, encoding="utf-8")
    return Path(path)


def _points(corners: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in corners)


def _drawn(box: Box, place: Placed) -> str:
    kind = ["title", *("detail" for _ in box.details), *(["place"] if box.place else [])]
    said = [box.title, *box.details, *([box.place] if box.place else [])]
    texts = [
        f'<text class="{name}" x="{place.x + 10:g}" y="{place.y + 20 + LINE_PX * row:g}">'
        f"{_safe(_short(text, keeps_end=name == 'place'))}</text>"
        for row, (name, text) in enumerate(zip(kind, said, strict=True))
    ]
    whole = _safe(", ".join(filter(None, said)))
    frame = (
        f'<rect x="{place.x:g}" y="{place.y:g}" width="{BOX_PX}" height="{place.height:g}" rx="5"/>'
    )
    return f'<g class="{box.kind}"><title>{whole}</title>{frame}{"".join(texts)}</g>'


def _short(text: str, *, keeps_end: bool) -> str:
    if len(text) <= _MOST_LETTERS:
        return text
    kept = _MOST_LETTERS - 1
    return f"…{text[-kept:]}" if keeps_end else f"{text[:kept]}…"


def _safe(text: str) -> str:
    """Escaped, and without letters that XML does not take."""
    return escape("".join(c if c.isprintable() else "?" for c in text))
