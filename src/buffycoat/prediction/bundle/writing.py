"""Write a bundle: a flat zip of model.py, its networks, and what model.py must know of them."""

from __future__ import annotations

import copy
import importlib.util
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from buffycoat import __version__
from buffycoat.errors import BundleError, SettingError
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.models.network import Network
from buffycoat.prediction.bundle.network_file import (
    NETWORK_FILES,
    Backend,
    batch_of,
    write_network,
)
from buffycoat.prediction.predict import predict_chunks
from buffycoat.prediction.views import ViewName
from buffycoat.tables.files import replacing

__all__ = ["GIVEN_PX", "Bundle", "Member", "write_bundle"]

GIVEN_PX = (96, 96)
"""Height and width of the images that a competition gives."""

_OFF = 1e-3  # of a probability; what is wrong is off by much more
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of zip: the same bundle is the same bytes
_MODEL = Path(__file__).with_name("submitted.py")


@dataclass(frozen=True)
class Member:
    """One run of those whose mean a bundle answers."""

    network: Network
    """The trained network."""
    images: ImageSettings
    """How its images were brought to their size."""
    views: ViewName
    """The views whose probabilities are averaged."""
    run_id: str
    """What the run is called."""


@dataclass(frozen=True)
class Bundle:
    """What a bundle is made from."""

    members: Sequence[Member]
    """The runs, which count alike; one or more."""
    class_ids: Mapping[str, int]
    """Class → the number to answer, in the order of every network's outputs."""


def write_bundle(bundle: Bundle, backend: Backend, path: Path) -> Path:
    """Write a bundle whose answers were held against the networks' own.

    Args:
        bundle: What it is made from.
        backend: What it will need beside NumPy.
        path: The zip.

    Raises:
        SettingError: when model.py cannot prepare images of 96 px as a run does.
        BundleError: when a network cannot be written so, or answers otherwise afterwards.
        DiskError: when it cannot be written.
    """
    for member in bundle.members:
        _check_images(member.images)
    with tempfile.TemporaryDirectory(prefix="buffycoat-") as made:
        folder = Path(made)
        files = _files(backend, len(bundle.members))
        for member, name in zip(bundle.members, files, strict=True):
            px, place = member.images.image_px, folder / name
            write_network(member.network, px, member.views, backend, place)
        (folder / "model.py").write_bytes(_MODEL.read_bytes())
        _write_json(folder / "bundle.json", _facts(bundle, backend, files))
        _write_json(folder / "classes.json", dict(bundle.class_ids))
        _check_answers(bundle, folder)
        with replacing(path) as beside:
            _write_zip(folder, beside)
    return path


def _check_images(images: ImageSettings) -> None:
    if images.standards.standards:
        asked = ", ".join(images.standards.standards)
        said = f"the run brings its images to standards ({asked}), and nothing tells model.py"
        raise SettingError(f"{said} what its images have of them: bundle a run without standards")
    if images.around_cell:
        said = "the run takes the part around each cell, which model.py cannot find"
        raise SettingError(f"{said}: bundle a run without --around-cell")
    # Pillow takes whole factors first where an image becomes six times smaller; model.py does not.
    if min(images.image_px) * 6 <= max(GIVEN_PX):
        said = f"the run's images are {images.image_px[0]} x {images.image_px[1]} px"
        raise SettingError(f"{said}; a bundle needs more than 16: train at 17 px or more")


def _files(backend: Backend, n: int) -> list[str]:
    """What the networks are called: one as it is, several with their numbers."""
    name = Path(NETWORK_FILES[backend])
    return [name.name] if n == 1 else [f"{name.stem}-{i}{name.suffix}" for i in range(n)]


def _facts(bundle: Bundle, backend: Backend, files: Sequence[str]) -> dict[str, Any]:
    networks = [
        {
            "file": name,
            "image_px": list(member.images.image_px),
            "fit": member.images.fit,
            "batch": batch_of(member.views),
            "views": member.views,
            "run": member.run_id,
        }
        for member, name in zip(bundle.members, files, strict=True)
    ]
    return {
        "backend": backend,
        "networks": networks,
        "classes": list(bundle.class_ids),
        "class_ids": list(bundle.class_ids.values()),
        "written_with": {"buffycoat": __version__, "torch": torch.__version__},
    }


def _write_json(path: Path, content: Any) -> None:
    path.write_text(f"{json.dumps(content, indent=1, ensure_ascii=False)}\n", encoding="utf-8")


def _check_answers(bundle: Bundle, folder: Path) -> None:
    """Hold model.py against the networks: noise finds what resizing, views or export would change.

    Raises:
        BundleError: when they differ.
    """
    images = np.random.default_rng(0).integers(0, 256, (5, *GIVEN_PX, 3), np.uint8)
    spec = importlib.util.spec_from_file_location("buffycoat_submitted", folder / "model.py")
    if spec is None or spec.loader is None:
        raise BundleError(f"{_MODEL} cannot be loaded: install Buffycoat again")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.Model().probabilities(images)
    wanted = np.mean([_answers(member, images) for member in bundle.members], axis=0)
    worst = float(np.abs(found - wanted).max())
    if not worst <= _OFF:
        of = "the run's" if len(bundle.members) == 1 else "the mean of the runs'"
        said = f"the bundle's probabilities differ from {of} by up to {worst:.3g}"
        raise BundleError(f"{said}, so it was not written: try the other --backend")


def _answers(member: Member, images: np.ndarray) -> np.ndarray:
    fitted = np.stack([fit_image(image, member.images) for image in images])
    still = copy.deepcopy(member.network).cpu()  # a GPU may round off more than is allowed here
    (found,) = predict_chunks(still, [fitted], views=member.views)
    return found


def _write_zip(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            if not file.is_file():  # what Python keeps of the model.py that was tried
                continue
            info = zipfile.ZipInfo(file.name, _FIRST_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, file.read_bytes())
