"""A fixed network as a Python file that needs torch alone and gives the same answers."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from buffycoat.errors import SettingError
from buffycoat.search.export.file_text import write_docstring, write_function
from buffycoat.search.export.sizes import Build, for_any_classes, is_for_any_size
from buffycoat.search.export.tracing import trace
from buffycoat.search.export.writing import attribute_names, follows_classes, write_class
from buffycoat.search.space.space import Space
from buffycoat.tables.files import replacing

__all__ = ["NetworkCode", "move_state", "network_code", "space_code", "write_network_code"]


@dataclass(frozen=True)
class NetworkCode:
    """The code of a network."""

    text: str
    """The file."""
    function: str
    """The function in it that gives the network: `FILE.py:<function>`."""
    names: Mapping[str, str]
    """What each layer is called in the class, by its path in the network that was written."""


def network_code(
    build: Build,
    *,
    n_classes: int,
    image_px: tuple[int, int],
    said: Mapping[str, Any] | None = None,
    function: str = "network",
) -> NetworkCode:
    """The code, after it was run and gave the same answers with the same weights.

    The function in it takes any number of classes, and images of any size, where the layers show
    how they follow from them; else it refuses others than these.

    Args:
        build: Number of classes and image size (height, width) to the network as it is before
            training, always the same one.
        n_classes: C.
        image_px: Height and width of the images that it was found with.
        said: What the file says of the network and how it was found: names and plain values.
        function: What the function is to be called.

    Raises:
        SettingError: when the network cannot be written as code of torch alone.
    """
    with torch.random.fork_rng(devices=[]):  # each build draws weights
        return _checked_code(build, n_classes, image_px, said or {}, function)


def space_code(
    space: Space,
    architecture: Mapping[str, Any],
    *,
    found: Mapping[str, Any] | None = None,
    function: str = "network",
) -> NetworkCode:
    """The code of one network of a space, with what it says of both.

    Args:
        space: The space.
        architecture: Its choices.
        found: How it was found, such as strategy, score and seed: names and plain values.
        function: What the function in the file is to be called.

    Raises:
        SpaceError: when the architecture is not of this space.
        SettingError: when the network cannot be written as code of torch alone.
    """
    active = space.active(architecture)

    def build(n_classes: int, image_px: tuple[int, int]) -> nn.Module:
        other = copy.copy(space)
        other.n_classes, other.image_px = n_classes, image_px
        return other.fixed(active)

    said = {
        "space": f"{space.name}, digest {space.digest[:16]}",
        "classes": str(space.n_classes),
        "architecture": active,
        **({"found": found} if found else {}),
    }
    return network_code(
        build, n_classes=space.n_classes, image_px=space.image_px, said=said, function=function
    )


def write_network_code(code: NetworkCode, path: Path) -> Path:
    """Write the file.

    Raises:
        SettingError: when its name does not end in .py.
        DiskError: when it cannot be written.
    """
    path = Path(path)
    if path.suffix != ".py":
        raise SettingError(f"{path} is no name for code: it must end in .py")
    with replacing(path) as beside:
        beside.write_text(code.text, encoding="utf-8")
    return path


def move_state(state: Mapping[str, torch.Tensor], code: NetworkCode) -> dict[str, torch.Tensor]:
    """The weights of the network that was written, under the names they have in the code.

    What the code left out, since nothing comes of it, is left out here.
    """
    found = {}
    for key, tensor in state.items():
        paths = [p for p in code.names if key == p or key.startswith(f"{p}.")]
        if paths:
            path = max(paths, key=len)
            found[code.names[path] + key.removeprefix(path)] = tensor
    return found


def _checked_code(
    build: Build,
    n_classes: int,
    image_px: tuple[int, int],
    said: Mapping[str, Any],
    function: str,
) -> NetworkCode:
    height, width = image_px
    here = trace(build(n_classes, image_px))
    program = for_any_classes(here, build, n_classes, image_px)
    only_px = None if is_for_any_size(here, build, n_classes, image_px) else image_px
    is_open = follows_classes(program)
    text = "\n".join(
        [
            write_docstring({"images": f"{height} x {width} px", **said}),
            "\nfrom __future__ import annotations\n\nimport torch\nfrom torch import nn\n\n",
            f"{write_class(program, 'Network')}\n\n",
            write_function(function, n_classes, only_px, is_open=is_open),
        ]
    )
    code = NetworkCode(text, function, attribute_names(program))
    counts = {n_classes, n_classes + 1} if is_open else {n_classes}
    for count in sorted(counts):
        _check(code, build(count, image_px), count, image_px)
    return code


def _check(
    code: NetworkCode, network: nn.Module, n_classes: int, image_px: tuple[int, int]
) -> None:
    """Hold the code against the network: the same weights must give the same answers."""
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(code.text, "<exported>", "exec", dont_inherit=True), space)  # noqa: S102
    written = space[code.function](n_classes=n_classes)
    written.load_state_dict(move_state(network.state_dict(), code))
    images = torch.randn(4, 3, *image_px, generator=torch.Generator().manual_seed(0))
    for mode in (False, True):
        answers = []
        for one in (network, written):
            with torch.random.fork_rng(devices=[]), torch.no_grad():
                torch.manual_seed(0)
                answers.append(one.train(mode)(images))
        if not torch.allclose(answers[0], answers[1], rtol=1e-5, atol=1e-6, equal_nan=True):
            said = "the code that was written gives other answers than the network"
            raise SettingError(f"{said}: its space does what torch.fx cannot follow")
