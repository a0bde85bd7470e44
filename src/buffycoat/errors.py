"""Everything that Buffycoat raises on purpose.

    BuffycoatError            a sentence for the user: what was wrong, where, and what to do
    ├── InputError            the images, labels or tables that were given
    │   ├── ImageError        one image that cannot be read (its reason goes into the table)
    │   ├── TableError        a table with a missing, unknown or impossible column or row
    │   └── SplitError        a split that the data cannot give
    ├── SettingError          a flag, a recipe or a field of the settings
    │   ├── UnknownNameError  a name that no registry holds; lists the nearest
    │   └── SpaceError        a search space that cannot be, or an architecture not of it
    ├── FetchError            a download that failed, or an archive that is not safe to unpack
    ├── WeightsError          a weights file that is missing, unsafe or for another network
    ├── RunError              a run folder that exists, is incomplete or was altered
    ├── BundleError           a bundle that cannot be written, or would fail where it is sent
    └── DiskError             no room, or no permission to write

The command line prints the message alone and exits with code 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "BuffycoatError",
    "BuffycoatWarning",
    "BundleError",
    "DiskError",
    "FetchError",
    "ImageError",
    "InputError",
    "RunError",
    "SettingError",
    "SpaceError",
    "SplitError",
    "TableError",
    "UnknownNameError",
    "WeightsError",
    "first_line",
    "named_line",
]


_MOST_NAMES = 12  # and one more, which takes less room than to say that there is one


class BuffycoatError(Exception):
    """A mistake that the user can mend; the message says how."""


class InputError(BuffycoatError):
    """The images, labels or tables that were given."""


class ImageError(InputError):
    """One image that cannot be read; the message is the reason that its row keeps."""


class TableError(InputError):
    """A table with a missing, unknown or impossible column or row."""


class SplitError(InputError):
    """A split that the data cannot give."""


class SettingError(BuffycoatError):
    """A flag, a recipe or a field of the settings."""


class UnknownNameError(SettingError):
    """A name that is not known; the message lists the nearest ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        near = get_close_matches(name, known, n=5, cutoff=0.5)
        shown = near or (known if len(known) <= _MOST_NAMES + 1 else known[:_MOST_NAMES])
        more = "" if near or len(known) == len(shown) else f" and {len(known) - len(shown)} more"
        hint = "did you mean" if near else "known are"
        super().__init__(f"there is no {kind} named {name!r}; {hint}: {', '.join(shown)}{more}")


class SpaceError(SettingError):
    """A search space that cannot be, or an architecture that is not of it; names the choices."""


class FetchError(BuffycoatError):
    """A download that failed, or an archive that is not safe to unpack."""


class WeightsError(BuffycoatError):
    """A weights file that is missing, unsafe or for another network."""


class RunError(BuffycoatError):
    """A run folder that exists already, is incomplete or was altered."""


class BundleError(BuffycoatError):
    """A bundle that cannot be written, or that would fail where it is sent."""


class DiskError(BuffycoatError):
    """No room on the disk, or no permission to write."""


def first_line(error: BaseException, most: int = 300) -> str:
    """The first line of what a library said, of at most that length; its type if it said nothing.

    What follows the first line is advice to programmers.
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:most]


def named_line(error: BaseException) -> str:
    """The type of a library's error, and the first line of what it said."""
    name, said = type(error).__name__, first_line(error)
    return name if said == name else f"{name}: {said}"


class BuffycoatWarning(UserWarning):
    """Something the user should know that does not stop the work."""
