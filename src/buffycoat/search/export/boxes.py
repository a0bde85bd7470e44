"""A network's steps as boxes for a drawing: a layer together with what follows it alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from buffycoat.search.export.program import Layer, Program, Step

__all__ = ["Box", "make_boxes"]

_MAIN = ("Conv", "Linear", "Pool", "Attention", "Embedding", "Bilinear", "Upsample", "Fold")
_JOINS = {
    "operator.add": "sum",
    "torch.add": "sum",
    "operator.mul": "product",
    "torch.mul": "product",
    "operator.sub": "difference",
    "operator.matmul": "matrix product",
    "torch.cat": "concatenation",
    "torch.concat": "concatenation",
}


@dataclass(frozen=True)
class Box:
    """One box."""

    title: str
    """The layer, with kernel and stride."""
    details: tuple[str, ...] = ()
    """Further lines: channels and shape, then what follows it."""
    place: str = ""
    """The layer's path in the network."""
    kind: str = "other"
    """Colour: input, conv, dense, pool, join or other."""
    sources: tuple[int, ...] = ()
    """The boxes that it takes the results of, by their place in the list."""


def make_boxes(program: Program) -> list[Box]:
    """The boxes in the order of computation; a program that was traced with an image size.

    A norm, activation, dropout or the like belongs to the box before it when nothing else takes
    that box's result.
    """
    n_uses = _uses(program)
    boxes: list[Box] = []
    box_of: dict[int, tuple[int, ...]] = {}
    followers: dict[int, list[str]] = {}
    for number, step in enumerate(program.steps):
        sources = tuple(sorted({b for s in step.sources() for b in box_of.get(s, ())}))
        if step.kind in ("weight", "output") or (step.shape is None and step.kind != "input"):
            box_of[number] = sources if step.kind != "weight" else ()
            continue
        tensors = [s for s in step.sources() if program.steps[s].shape is not None]
        is_alone = len(sources) == 1 and len(tensors) == 1 and n_uses[tensors[0]] == 1
        if is_alone and step.kind != "input" and not _is_main(step, program):
            box_of[number] = sources
            followers.setdefault(sources[0], []).append(_word(step, program))
            continue
        box_of[number] = (len(boxes),)
        boxes.append(replace(_box(step, program), sources=sources))
    return [
        replace(box, details=(*box.details, ", ".join(followers[n]))) if n in followers else box
        for n, box in enumerate(boxes)
    ]


def _uses(program: Program) -> dict[int, int]:
    """How many steps take each result, sizes asked of it not counted."""
    uses = dict.fromkeys(range(len(program.steps)), 0)
    for step in program.steps:
        is_counted = step.shape is not None or step.kind == "output"
        for source in step.sources() if is_counted else ():
            uses[source] += 1
    return uses


def _is_main(step: Step, program: Program) -> bool:
    if step.kind == "layer":
        name = program.layers[step.target].type
        return any(part in name for part in _MAIN) and "Dropout" not in name
    return "pool" in step.target or "conv" in step.target or "interpolate" in step.target


def _word(step: Step, program: Program) -> str:
    if step.kind == "layer":
        return program.layers[step.target].type
    return step.target.rpartition(".")[2]


def _box(step: Step, program: Program) -> Box:
    size = " x ".join(map(str, step.shape or ()))
    if step.kind == "input":
        return Box("images", (size,), kind="input")
    if step.kind != "layer":
        title = _JOINS.get(step.target, _word(step, program))
        kind = "pool" if "pool" in title else "join" if step.target in _JOINS else "other"
        return Box(title, (size,), kind=kind)
    layer = program.layers[step.target]
    return Box(_title(layer), (_sizes(layer, size),), step.target, _kind(layer))


def _title(layer: Layer) -> str:
    given = dict(layer.arguments)
    kernel = given.get("kernel_size")
    said = [layer.type]
    if kernel is not None:
        said[0] += f" {_times(kernel)}"
    if given.get("stride", 1) not in (1, kernel):
        said.append(f"stride {given['stride']}")
    groups = given.get("groups", 1)
    if groups != 1:
        is_depthwise = groups == given.get("in_channels") == given.get("out_channels")
        said.append("depthwise" if is_depthwise else f"{groups} groups")
    if given.get("dilation", 1) != 1:
        said.append(f"dilation {given['dilation']}")
    return ", ".join(said)


def _times(size: object) -> str:
    return " x ".join(map(str, size if isinstance(size, tuple) else (size, size)))


def _sizes(layer: Layer, size: str) -> str:
    given = dict(layer.arguments)
    before = given.get("in_channels", given.get("in_features"))
    after = given.get("out_channels", given.get("out_features"))
    if before is None or after is None:
        return size
    return f"{before} → {after}" + (f", gives {size}" if " x " in size else "")


def _kind(layer: Layer) -> str:
    named = {"Conv": "conv", "Linear": "dense", "Pool": "pool"}
    return next((kind for part, kind in named.items() if part in layer.type), "other")
