"""The policies by name; every file of them is imported here."""

from buffycoat.augmentations import chosen, gentle, published, strong  # noqa: F401
from buffycoat.augmentations.policy import Augmentation, build_policy, policies

__all__ = ["Augmentation", "build_policy", "policies"]
