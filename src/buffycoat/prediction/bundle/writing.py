"""Write a bundle: a flat zip of model.py, the network, and what model.py must know of it."""

from __future__ import annotations

import copy
import importlib.util
import json
import tempfile
import zipfile
from collections.abc import Mapping
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

__all__ = ["GIVEN_PX", "Bundle", "write_bundle"]

GIVEN_PX = (96, 96)
"""Height and width of the images that a competition gives."""

_OFF = 1e-3  # of a probability; what is wrong is off by much more
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of zip: the same bundle is the same bytes
_MODEL = Path(__file__).with_name("submitted.py")


@dataclass(frozen=True)
class Bundle:
    """What a bundle is made from."""

    network: Network
    """The trained network."""
    images: ImageSettings
    """How its images were brought to their size."""
    views: ViewName
    """The views whose probabilities are averaged."""
    class_ids: Mapping[str, int]
    """Class → the number to answer, in the order of the network's outputs."""
    run_id: str
    """The run that it is of."""


def write_bundle(bundle: Bundle, backend: Backend, path: Path) -> Path:
    """Write a bundle whose answers were held against the network's own.

    Args:
        bundle: What it is made from.
        backend: What it will need beside NumPy.
        path: The zip.

    Raises:
        SettingError: when model.py cannot prepare images of 96 px as the run does.
        BundleError: when the network cannot be written so, or answers otherwise afterwards.
        DiskError: when it cannot be written.
    """
    _check_images(bundle.images)
    with tempfile.TemporaryDirectory(prefix="buffycoat-") as made:
        folder = Path(made)
        place, px = folder / NETWORK_FILES[backend], bundle.images.image_px
        write_network(bundle.network, px, bundle.views, backend, place)
        (folder / "model.py").write_bytes(_MODEL.read_bytes())
        _write_json(folder / "bundle.json", _facts(bundle, backend))
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
    # Pillow takes whole factors first where an image becomes six times smaller; model.py does not.
    if min(images.image_px) * 6 <= max(GIVEN_PX):
        said = f"the run's images are {images.image_px[0]} x {images.image_px[1]} px"
        raise SettingError(f"{said}; a bundle needs more than 16: train at 17 px or more")


def _facts(bundle: Bundle, backend: Backend) -> dict[str, Any]:
    return {
        "backend": backend,
        "network": NETWORK_FILES[backend],
        "image_px": list(bundle.images.image_px),
        "fit": bundle.images.fit,
        "batch": batch_of(bundle.views),
        "views": bundle.views,
        "classes": list(bundle.class_ids),
        "class_ids": list(bundle.class_ids.values()),
        "run": bundle.run_id,
        "written_with": {"buffycoat": __version__, "torch": torch.__version__},
    }


def _write_json(path: Path, content: Any) -> None:
    path.write_text(f"{json.dumps(content, indent=1, ensure_ascii=False)}\n", encoding="utf-8")


def _check_answers(bundle: Bundle, folder: Path) -> None:
    """Hold model.py against the network: noise finds what resizing, views or export would change.

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
    fitted = np.stack([fit_image(image, bundle.images) for image in images])
    still = copy.deepcopy(bundle.network).cpu()  # a GPU may round off more than is allowed here
    (wanted,) = predict_chunks(still, [fitted], views=bundle.views)
    worst = float(np.abs(found - wanted).max())
    if not worst <= _OFF:
        said = f"the bundle's probabilities differ from the run's by up to {worst:.3g}"
        raise BundleError(f"{said}, so it was not written: try the other --backend")


def _write_zip(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            if not file.is_file():  # what Python keeps of the model.py that was tried
                continue
            info = zipfile.ZipInfo(file.name, _FIRST_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, file.read_bytes())
