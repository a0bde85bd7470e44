"""Run benchmarks by name, one after another; all that need nothing but the images by default."""

from __future__ import annotations

import subprocess
import sys

MINUTES = {
    "start_up": 1,
    "prediction_speed": 4,
    "memory": 8,
    "training_speed": 9,
    "seconds_to_accuracy": 9,
    "peer": 40,
    "audit_speed": 14,
    "source_groups": 13,
    "near_copies": 3,
    "published.leaky_validation": 12,
    "label_errors": 4,
    "planted": 3,
    "curation_growth": 8,
    "augmentation_speed": 6,
    "robust": 28,
    "long_tail": 25,
    "published.copies_before_split": 8,
    "published.recipes": 75,
    "search_published": 17,
    "search_exported": 28,
    "search_overhead": 3,
    "search_found small": 55,
    "search_found mobile": 65,
    "search_found settings": 33,
    "nni_peer": 8,
    "accuracy pbc": 50,
    "accuracy folds": 130,
    "accuracy sizes": 40,
    "accuracy fine": 32,
    "accuracy kaggle": 8,
    "accuracy bccd": 12,
    "fine_tuning_depth": 8,
    "another_laboratory": 14,
}
"""About how long each takes on two cores."""


def main() -> None:
    """Run what was named, or everything but the peers, which need environments of their own."""
    named = sys.argv[1:]
    known = {name.split()[0] for name in MINUTES}
    unknown = [name for name in named if name not in known]
    if unknown:
        sys.exit(f"{unknown[0]!r} is no benchmark: name some of {', '.join(sorted(known))}")
    for name, minutes in MINUTES.items():
        first = name.split()[0]
        if first in named if named else "peer" not in first:
            print(f"{name}: about {minutes} min", flush=True)
            subprocess.run([sys.executable, "-m", *f"benchmarks.{name}".split()], check=True)


if __name__ == "__main__":
    main()
