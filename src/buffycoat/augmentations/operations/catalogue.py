"""The operations by name; every file of them is imported here."""

from buffycoat.augmentations.operations import (  # noqa: F401
    augmix,
    channels,
    covering,
    damage,
    form,
    position,
    stain,
    tone,
)
from buffycoat.augmentations.operations.operation import Operation, apply_where, operations

__all__ = ["Operation", "apply_where", "operations"]
