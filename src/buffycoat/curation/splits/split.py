"""Train, validation and test, or folds: stratified by class, whole groups only."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import polars as pl

from buffycoat.curation.groups import derive_groups
from buffycoat.curation.splits.classes import learnable_classes, leave_out_classes
from buffycoat.curation.splits.given import forget_given, keep_given, restore_given
from buffycoat.curation.splits.parts import cut, refuse_rare_classes
from buffycoat.errors import SettingError, SplitError
from buffycoat.tables.samples import SampleTable

__all__ = ["SplitSettings", "fold_split", "split_samples"]


@dataclass(frozen=True)
class SplitSettings:
    """How samples are split."""

    validation: float = 0.15
    """Share of the images for validation, of those that are in no given test set and not in the
    fold that tests; 0 for none."""
    test: float = 0.15
    """Share of the images for the test, where the source gave none; 0 for none."""
    folds: int = 0
    """Number of folds for cross-validation; 0 for none. Without a given test set, the split is
    then that of fold 0."""
    seed: int = 0
    """Another seed gives another split of the same quality."""
    keep_given: bool = True
    """Keep the test and validation sets that the source gave (with folds, the test set alone)."""
    leave_out: tuple[str, ...] = ()
    """Classes to leave out; their images stay in the table, excluded with a reason."""

    def __post_init__(self) -> None:
        if not (self.validation >= 0 and self.test >= 0 and self.validation + self.test < 1):
            said = f"validation {self.validation} and test {self.test} are no shares of a whole"
            raise SettingError(f"{said}: each must be 0 or more, and both together below 1")
        if self.folds < 0 or self.folds == 1:
            raise SettingError(f"folds is {self.folds}: it must be 0 (none), or 2 or more")
        if self.seed < 0:
            raise SettingError(f"seed is {self.seed}: it must be 0 or more")


def split_samples(table: SampleTable, settings: SplitSettings | None = None) -> SampleTable:
    """The table with its `split` column, and `fold` where folds are asked for.

    Whole groups only, each class with nearly its share in every part, and at least one group of
    it. Excluded rows get no split. The result depends on the rows and the seed, not on the order
    of the rows; a table that was split before is split anew.

    Raises:
        SplitError: when the data cannot give what is asked, with the class and its numbers.
    """
    settings = settings or SplitSettings()
    table = leave_out_classes(restore_given(_with_groups(table)), settings.leave_out)
    table = learnable_classes(table)
    table = keep_given(table) if settings.keep_given else forget_given(table)
    table = _with_folds(table, settings)
    given = set(table.frame["split"].drop_nulls())
    if settings.folds and "test" not in given:
        frame = fold_split(table, 0, settings).frame
    else:
        rest = table.usable.filter(pl.col("split").is_null())
        frame = _with_parts(table, rest, _shares(settings, given), (settings.seed, 0))
    n_images = dict(frame.group_by("split").len().drop_nulls().sort("split").iter_rows())
    return table.stepped("split", frame, **asdict(settings), n_images=n_images)


def fold_split(table: SampleTable, k: int, settings: SplitSettings | None = None) -> SampleTable:
    """The table split for fold `k`: it is the test, validation is cut from the other folds.

    Without settings, the share and the seed of the step that made the folds hold. Rows without a
    fold, those of a given test set among them, get no split.

    Raises:
        SplitError: when the table has no fold `k`.
    """
    settings = settings or _recorded_settings(table)
    folds = sorted(table.usable["fold"].drop_nulls().unique())
    if k not in folds:
        said = f"it has folds {folds[0]} to {folds[-1]}" if folds else "it has no folds"
        raise SplitError(f"the table has no fold {k}: {said}; `buffycoat split --folds K` makes K")
    is_kept = pl.col("excluded_because").is_null() & pl.col("label").is_not_null()
    test = pl.when((pl.col("fold") == k) & is_kept).then(pl.lit("test"))
    tested = replace(table, frame=table.frame.with_columns(split=test))
    rest = tested.usable.filter(pl.col("fold") != k)
    frame = _with_parts(tested, rest, _shares(settings, {"test"}), (settings.seed, 2, k))
    return table.stepped("fold", frame, fold=k, seed=settings.seed)


def _recorded_settings(table: SampleTable) -> SplitSettings:
    steps = [step for step in table.steps if step["step"] == "split"] or [asdict(SplitSettings())]
    return SplitSettings(validation=steps[-1]["validation"], test=0, seed=steps[-1]["seed"])


def _shares(settings: SplitSettings, given: set[str]) -> dict[str, float]:
    """The share of each part that is still to be cut; train is what they leave."""
    wanted = {"validation": settings.validation, "test": settings.test}
    parts = {name: share for name, share in wanted.items() if share and name not in given}
    return {"train": 1 - sum(parts.values()), **parts}


def _with_folds(table: SampleTable, settings: SplitSettings) -> SampleTable:
    table = replace(table, frame=table.frame.with_columns(fold=pl.lit(None, pl.Int64)))
    if not settings.folds:
        return table
    rows = table.usable.filter(pl.col("split").ne_missing("test"))
    shares = {f"fold {k}": 1 / settings.folds for k in range(settings.folds)}
    frame = _with_parts(table, rows, shares, (settings.seed, 1), column="fold")
    folds = replace(table, frame=frame)
    for k in range(settings.folds):
        rest = folds.usable.filter(pl.col("fold") != k)
        refuse_rare_classes(rest, list(_shares(settings, {"test"})))
    return folds


def _with_parts(
    table: SampleTable,
    rows: pl.DataFrame,
    shares: dict[str, float],
    seed: tuple[int, ...],
    column: str = "split",
) -> pl.DataFrame:
    """The table's frame in which these rows have the part of their group in this column."""
    if untrained := sorted(set(table.classes) - set(rows["label"])):
        said = f"class {untrained[0]!r} has no image to train on: all are in a set that the source"
        raise SplitError(f"{said} gave for test or validation; --no-keep-given splits all anew")
    parts = cut(rows, shares, seed)
    number = pl.col("part").str.strip_prefix("fold ").cast(pl.Int64)
    parts = parts.with_columns(number) if column == "fold" else parts
    found = rows.select("sample_id", "group").join(parts, on="group").drop("group")
    frame = table.frame.join(found, on="sample_id", how="left", maintain_order="left")
    return frame.with_columns(pl.coalesce(column, "part").alias(column)).drop("part")


def _with_groups(table: SampleTable) -> SampleTable:
    return derive_groups(table) if table.usable["group"].null_count() else table
