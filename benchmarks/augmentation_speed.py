"""What augmentation costs: a share of a training step, and images per second of each operation.

A batch of 64 at 96 px. `competition` and `light` are timed in turn with the training step of
mobilenetv2_100 that they are a share of. Each operation is timed in turn with torchvision's own on
single images (uint8, as its transforms take them from a loader), where torchvision has one.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import torch
from torchvision.transforms.v2 import functional as tv

from benchmarks import cells
from benchmarks.record import write_median
from benchmarks.resident_step import resident_step
from buffycoat.augmentations.operations.catalogue import operations
from buffycoat.augmentations.policies import build_policy
from buffycoat.batches.loader import as_images
from buffycoat.models.build import build_network
from buffycoat.models.settings import ModelSettings
from buffycoat.prediction.device import best_device
from buffycoat.prediction.memory import keep_memory
from buffycoat.registry import Choice
from buffycoat.tables.samples import data_hash

PX, BATCH, ROUNDS = 96, 64, 7

THEIRS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "auto_contrast": tv.autocontrast,
    "blur": lambda x: tv.gaussian_blur(x, [9, 9], [1.4, 1.4]),
    "brightness": lambda x: tv.adjust_brightness(x, 1.3),
    "colour_degeneration": lambda x: tv.adjust_saturation(x, 0.5),
    "contrast": lambda x: tv.adjust_contrast(x, 1.5),
    "elastic": lambda x: tv.elastic(x, torch.rand(1, *x.shape[1:], 2) * 0.1),
    "equalise": tv.equalize,
    "gamma": lambda x: tv.adjust_gamma(x, 1.5),
    "greyscale": lambda x: tv.rgb_to_grayscale(x, 3),
    "hue": lambda x: tv.adjust_hue(x, 0.2),
    "invert": tv.invert,
    "jpeg": lambda x: tv.jpeg(x, 50),
    "mirror": tv.horizontal_flip,
    "noise": lambda x: tv.gaussian_noise(x.float() / 255, 0.0, 0.1),
    "perspective": lambda x: tv.perspective(
        x, [[0, 0], [95, 0], [95, 95], [0, 95]], [[6, 4], [90, 3], [91, 92], [2, 88]]
    ),
    "posterise": lambda x: tv.posterize(x, 4),
    "rotate": lambda x: tv.rotate(x, 30.0, tv.InterpolationMode.BILINEAR),
    "saturation": lambda x: tv.adjust_saturation(x, 1.4),
    "sharpness": lambda x: tv.adjust_sharpness(x, 3.0),
    "shear": lambda x: tv.affine(x, 0.0, [0, 0], 1.0, [20.0, 0.0]),
    "solarise": lambda x: tv.solarize(x, 128),
    "translate": lambda x: tv.affine(x, 0.0, [10, 5], 1.0, [0.0, 0.0]),
    "zoom": lambda x: tv.affine(x, 0.0, [0, 0], 1.2, [0.0, 0.0]),
}
"""Torchvision's operation on one image (3, H, W), uint8."""


def main() -> None:
    """Measure the policies, then each operation."""
    keep_memory()
    table = cells.read(cells.pbc())
    data = cells.rows(table, PX, "validation")
    pixels = as_images(data.pixels[data.train_rows[:BATCH]]).to(best_device())
    hash_ = data_hash(table)
    _policies(pixels, hash_)
    for name in operations:
        _operation(name, pixels, hash_)


def _policies(pixels: torch.Tensor, data: str) -> None:
    ways: dict[str, Callable[[], object]] = {"step": _training_step(pixels)}
    seeds = itertools.count()
    for name in ("light", "microscopy", "competition", "rand_augment", "system_4", "system_5"):
        policy = build_policy(Choice(name))

        def act(policy: Callable[..., torch.Tensor] = policy) -> torch.Tensor:
            draws = torch.Generator().manual_seed(next(seeds))
            return policy(pixels.float().div_(255), draws, 1.0)

        ways[name] = act
    found = _in_turn(ways, n_calls=4)
    for name, seconds in found.items():
        if name == "step":
            _row("mobilenetv2_100, no augmentation", "training step", seconds, "s", data)
            continue
        shares = [a / b for a, b in zip(seconds, found["step"], strict=True)]
        _row(f"policy {name}", "share of a training step", shares, "", data)


def _training_step(pixels: torch.Tensor) -> Callable[[], None]:
    network = build_network(ModelSettings(Choice("mobilenetv2_100"), "none"), 8, image_px=(PX, PX))
    return resident_step(network, pixels, torch.arange(BATCH) % 8)


def _operation(name: str, pixels: torch.Tensor, data: str) -> None:
    images = pixels.float().div(255)
    strength = torch.full((BATCH,), 0.5)
    seeds = itertools.count()
    single = [image.contiguous() for image in pixels]

    def ours() -> object:
        draws = torch.Generator().manual_seed(next(seeds))
        return operations.get(name)(images, strength, draws)

    ways: dict[str, Callable[[], object]] = {"ours": ours}
    if name in THEIRS:
        ways["theirs"] = lambda: [THEIRS[name](image) for image in single]
    found = _in_turn(ways, n_calls=3)
    _row(name, "images", [BATCH / s for s in found["ours"]], "images/s", data)
    if "theirs" in found:
        ratios = [b / a for a, b in zip(found["ours"], found["theirs"], strict=True)]
        _row(name, "ours / torchvision's on single images", ratios, "", data)


def _in_turn(ways: dict[str, Callable[[], object]], n_calls: int) -> dict[str, list[float]]:
    """Seconds of one call of each, measured in turn; the first round is a warm-up."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS + 1):
        for name, call in ways.items():
            began = time.perf_counter()
            for _ in range(n_calls):
                call()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            found[name].append((time.perf_counter() - began) / n_calls)
    return {name: seconds[1:] for name, seconds in found.items()}


def _row(setting: str, figure: str, values: list[float], unit: str, data: str) -> None:
    note = f"batch of {BATCH} at {PX} px, {len(values)} rounds in turn"
    write_median(
        "augmentation_speed", setting, figure, values, unit=unit, data_hash=data, note=note
    )


if __name__ == "__main__":
    main()
