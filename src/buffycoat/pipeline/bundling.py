"""`buffycoat bundle`: a run as a zip that answers without Buffycoat."""

from __future__ import annotations

from pathlib import Path

from buffycoat.errors import SettingError
from buffycoat.pipeline.console import say
from buffycoat.pipeline.loading import load_run, train_settings
from buffycoat.prediction.bundle.class_ids import number_classes, parse_class_ids
from buffycoat.prediction.bundle.network_file import Backend
from buffycoat.prediction.bundle.writing import Bundle, write_bundle
from buffycoat.prediction.views import ViewName
from buffycoat.tables.files import check_writable

__all__ = ["bundle"]


def bundle(
    run: Path,
    /,
    *,
    out: Path,
    backend: Backend = "onnx",
    views: ViewName | None = None,
    class_ids: str = "",
) -> Path:
    """Write a run as a zip with `model.py`, for a competition or any program that has NumPy.

    `Model().predict(X)` gives class ids (n,), int64, of images (n, 96, 96, 3) in 0..255, uint8 or
    float. They are brought to the run's size, answered in float32 and averaged over its views as
    the run does; the answers were held against the run's own before the zip is there.

    Args:
        run: A run folder.
        out: The zip to write.
        backend: What the zip needs beside NumPy: onnxruntime (onnx), or torch.
        views: one, or flips (4 times the work), turns (8), scales (3), all (24); by default the
            run's own.
        class_ids: The number of each class, as `basophil=0,eosinophil=1`; by default the source's
            own numbers where it had some, else the order of the run's classes.

    Raises:
        RunError: when the run is incomplete or altered.
        SettingError: when `class_ids` or `out` cannot be used, or the run's images are too small.
        BundleError: when the network cannot be written so.
        DiskError: when the zip cannot be written.
    """
    out = Path(out)
    if out.suffix.lower() != ".zip":
        raise SettingError(f"--out is {out}: name a file that ends in .zip")
    given = parse_class_ids(class_ids)
    check_writable(out)
    opened, network = load_run(run)
    settings = train_settings(opened)
    numbers = number_classes(opened.facts["classes"], opened.facts.get("class_ids") or {}, given)
    content = Bundle(network, settings.images, views or settings.views, numbers, opened.run_id)
    write_bundle(content, backend, out)
    said = ", ".join(f"{number} {name}" for name, number in numbers.items())
    say(f"class ids: {said}")
    needs = {"onnx": "onnxruntime", "torch": "torch"}[backend]
    size = f"{out.stat().st_size / 1e6:.1f} MB"
    say(f"bundle: {out} ({size}, views {content.views}, needs NumPy and {needs})")
    return out
