"""Buffycoat: from images of single blood cells to a classifier that can be trusted, and how far."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "BuffycoatError": "errors",
    "Choice": "registry",
    "ImageSettings": "images.fit",
    "LearningSettings": "training.settings",
    "ModelSettings": "models.settings",
    "SourceSettings": "sources.detect",
    "SplitSettings": "curation.splits.split",
    "TrainSettings": "training.settings",
    "audit_samples": "pipeline.auditing",
    "compare": "pipeline.comparing",
    "demo": "pipeline.drawing",
    "embed": "pipeline.embedding",
    "evaluate": "pipeline.evaluating",
    "export_samples": "pipeline.exporting",
    "fetch": "pipeline.fetching",
    "import_samples": "pipeline.importing",
    "open_run": "runs",
    "predict": "pipeline.predicting",
    "read_predictions": "tables.predictions",
    "read_samples": "tables.samples",
    "run": "pipeline.running",
    "split_samples": "pipeline.splitting",
    "sweep": "pipeline.sweeping",
    "train": "pipeline.training",
    "write_report": "pipeline.evaluating",
}

__all__ = list(_NAMES)


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used, so that `import buffycoat` costs nothing."""
    if name not in _NAMES:
        raise AttributeError(f"module 'buffycoat' has no attribute {name!r}")
    return getattr(importlib.import_module(f"buffycoat.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
