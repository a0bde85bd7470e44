"""What a user can say of images besides where they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from buffycoat.errors import SettingError
from buffycoat.sources.metadata import JoinKey

__all__ = ["SourceSettings"]


@dataclass(frozen=True)
class SourceSettings:
    """What is known of the images besides where they are."""

    source: str | None = None
    """The published data set that the folder or file is, by its name in `buffycoat fetch`; it is
    then read as that set needs."""
    group_from: str | None = None
    """Regular expression over each path that gives what belongs together; the first group in
    parentheses is the value."""
    patient_from: str | None = None
    """The same for the patient."""
    slide_from: str | None = None
    """The same for the slide."""
    field_from: str | None = None
    """The same for the field."""
    label_from: str | None = None
    """The same for the label, where a name knows it better than the folder; a coarse label beside
    finer ones (a plain neutrophil beside band neutrophils) is then excluded as unspecified."""
    metadata: Path | None = None
    """CSV with more columns: patient, slide, field, group, label, split or any other."""
    on: JoinKey = "name"
    """What the CSV's column of that name holds: sample_id, path, the file's name, or its stem."""
    names: Literal["standard", "given"] = "standard"
    """Give known cell types their standard names, or leave the names as given."""
    rename: tuple[str, ...] = ()
    """Labels to rename, as OLD=NEW."""
    class_names: tuple[str, ...] = ()
    """Names of the numbered classes of an .npz, from number 0."""
    margin: float = 0.15
    """Pascal VOC: what is added around a box, as a share of its longer side."""
    labels: Path | None = None
    """Pascal VOC: CSV with the cell type of each field; labels.csv in the folder is found."""
    keep: tuple[str, ...] = ()
    """Pascal VOC: names of the boxes to take; by default WBC where fields have labels, else all."""

    @property
    def mapping(self) -> dict[str, str]:
        """New names by old.

        Raises:
            SettingError: when one is not written OLD=NEW.
        """
        wrong = [text for text in self.rename if not all(text.partition("="))]
        if wrong:
            raise SettingError(f"rename: {wrong[0]!r} is not written OLD=NEW")
        return {old: new for old, _, new in (text.partition("=") for text in self.rename)}
