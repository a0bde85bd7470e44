"""A network as one file that answers without Buffycoat: ONNX, or TorchScript.

TorchScript and not `torch.export`: the .pt2 that the latter writes falls back to unpickling when
it is loaded, and only a torch like the one that wrote it reads it; TorchScript is read by every
torch since 1.x, by a reader of its own that runs no pickled code.

The file answers a fixed number of images at a time. What a network or a view computes from that
number in Python cannot then become wrong, and an answer does not depend on what else is asked.
"""

from __future__ import annotations

import copy
import io
import logging
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from buffycoat.errors import BundleError, first_line
from buffycoat.models.folding import folded
from buffycoat.models.network import Network
from buffycoat.prediction.views import VIEWS, ViewName

__all__ = ["NETWORK_FILES", "Backend", "batch_of", "write_network"]

Backend = Literal["onnx", "torch"]
"""What the bundle's network runs with: onnxruntime, or torch."""

NETWORK_FILES: dict[Backend, str] = {"onnx": "network.onnx", "torch": "network.pt"}
"""What the file is called."""

_OPSET = 18  # the lowest that torch's exporter writes; onnxruntime 1.14 and newer read it
_IMAGES = 32  # at a time: more is not quicker on a processor, and takes memory


def batch_of(views: ViewName) -> int:
    """How many images the file takes at a time; with all their views they are about 32."""
    return max(1, _IMAGES // len(VIEWS[views]))


class _Answering(nn.Module):
    """Probabilities (n, C) from images uint8 (n, h, w, 3): preprocessing and views included."""

    def __init__(self, network: Network, views: ViewName) -> None:
        super().__init__()
        self.network, self.views = network, VIEWS[views]
        weights = torch.tensor([weight for _, weight in self.views])
        self.register_buffer("weights", (weights / weights.sum()).view(-1, 1, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        upright = images.permute(0, 3, 1, 2)
        seen = torch.cat([view(upright) for view, _ in self.views])
        p = self.network(seen).float().softmax(1)
        mean: torch.Tensor = (p.view(len(self.views), -1, p.shape[1]) * self.weights).sum(0)
        return mean


def write_network(
    network: Network,
    image_px: tuple[int, int],
    views: ViewName,
    backend: Backend,
    path: Path,
) -> Path:
    """Write a network that takes uint8 (`batch_of(views)`, h, w, 3) and gives probabilities.

    Args:
        network: Anywhere, in any mode; it stays as it is.
        image_px: Height and width of its images.
        views: The views whose probabilities are averaged.
        backend: What reads it.
        path: The file.

    Raises:
        BundleError: when the network does what that format cannot say.
    """
    # In the plain order of memory: no format keeps the one that is quick here.
    still = copy.deepcopy(network).cpu().eval().to(memory_format=torch.contiguous_format)
    answering = _Answering(folded(still, image_px), views).eval()
    for parameter in answering.parameters():
        parameter.requires_grad_(False)
    images = torch.zeros((batch_of(views), *image_px, 3), dtype=torch.uint8)
    write = {"onnx": _write_onnx, "torch": _write_torch}[backend]
    try:
        with _quiet(), torch.no_grad():
            write(answering, images, path)
    except Exception as error:
        raise BundleError(_refusal(backend, error)) from error
    return path


def _refusal(backend: Backend, error: Exception) -> str:
    other = next(name for name in NETWORK_FILES if name != backend)
    said = f"the network cannot be written for {backend} ({first_line(error)})"
    return f"{said}: try --backend {other}"


def _write_onnx(answering: nn.Module, images: torch.Tensor, path: Path) -> None:
    program = torch.onnx.export(
        answering,
        (images,),
        input_names=["images"],
        output_names=["probabilities"],
        opset_version=_OPSET,
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise RuntimeError("torch.onnx gave no program")
    for node in program.model.graph:  # where each came from: files of this machine, by their path
        node.metadata_props.clear()
    program.save(path, external_data=False)


def _write_torch(answering: nn.Module, images: torch.Tensor, path: Path) -> None:
    traced = torch.jit.trace(answering, (images,))  # type: ignore[no-untyped-call]
    whole = io.BytesIO()
    torch.jit.save(traced, whole)
    with zipfile.ZipFile(whole) as given, zipfile.ZipFile(path, "w") as kept:
        for info in given.infolist():
            if not info.filename.endswith(".debug_pkl"):  # again files of this machine
                kept.writestr(zipfile.ZipInfo(info.filename), given.read(info))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back the exporters' remarks: whether the file is right is checked by its answers."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
