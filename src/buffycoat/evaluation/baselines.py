"""Simple rivals that a model must beat: majority class, random guess, linear model on colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from buffycoat.errors import TableError
from buffycoat.evaluation.colour import colour_features
from buffycoat.evaluation.selection import class_ids
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.predictions import PredictionTable

__all__ = ["baseline_predictions", "colour_features", "label_baselines"]

MAJORITY, RANDOM, COLOUR = "majority class", "random guess", "linear model on colour"


def baseline_predictions(
    *,
    images: np.ndarray,
    rows: np.ndarray,
    frame: pl.DataFrame,
    classes: Sequence[str],
    seed: int,
) -> PredictionTable:
    """Answers of the three baselines to the validation and test rows, fitted on train alone.

    The linear model is left out where it cannot be fitted: fewer than two classes among the
    training rows that have an image.

    Args:
        images: uint8 (M, h, w, 3), for example memory-mapped.
        rows: The image of each row of `frame`, int64 (N,); -1 where there is none.
        frame: Rows of a sample table (N) with their `split`.
        classes: Class names in their order.
        seed: Of the random guess.

    Raises:
        TableError: when there are no labelled training rows.
    """
    is_train = frame.select((pl.col("split") == "train") & pl.col("label").is_not_null())
    train = np.flatnonzero(is_train.to_series().fill_null(value=False).to_numpy())
    asked = np.flatnonzero(frame["split"].is_in(["validation", "test"]).fill_null(value=False))
    tables = _label_tables(frame[train], frame[asked], classes, seed)
    seen = train[rows[train] >= 0]
    if frame[seen]["label"].n_unique() > 1:
        features = _features(images, rows, np.concatenate([seen, asked]))
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        model.fit(features[seen], class_ids(frame[seen], "label", classes))
        p = _probabilities(model, features[asked], len(classes))
        failures = {int(i): "no image" for i in np.flatnonzero(rows[asked] < 0)}
        tables.append(answer_rows(frame[asked], p, classes, COLOUR, failures=failures))
    return _together(tables, classes)


def label_baselines(table: PredictionTable, *, seed: int = 0) -> PredictionTable:
    """Majority class and random guess for the samples of a prediction table, without images.

    They follow the labels of the train rows, or, where the table has none, all its labels: the
    majority class is then the one of the evaluated rows themselves. A table without labels gives
    none.
    """
    samples = table.frame.filter(pl.col("variant") == "clean").unique("sample_id", keep="first")
    samples = samples.sort("sample_id")
    labelled = samples.filter(pl.col("label").is_not_null())
    train = labelled.filter(pl.col("split") == "train")
    if not len(labelled):
        return PredictionTable(table.frame.clear(), table.classes, table.facts)
    tables = _label_tables(train if len(train) else labelled, samples, table.classes, seed)
    return _together(tables, table.classes)


def _label_tables(
    train: pl.DataFrame, asked: pl.DataFrame, classes: Sequence[str], seed: int
) -> list[PredictionTable]:
    """Majority class, and guesses in the proportions of the training labels."""
    if not len(train):
        raise TableError("no labelled training rows: the baselines have nothing to learn from")
    tables: list[PredictionTable] = []
    for name, strategy in ((MAJORITY, "prior"), (RANDOM, "stratified")):
        model = DummyClassifier(strategy=strategy, random_state=seed)
        model.fit(np.zeros((len(train), 1)), class_ids(train, "label", classes))
        p = _probabilities(model, np.zeros((len(asked), 1)), len(classes))
        tables.append(answer_rows(asked, p, classes, name))
    return tables


def _features(images: np.ndarray, rows: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Features by row of the frame; NaN-free, as rows without an image or not wanted hold 0."""
    with_image = wanted[rows[wanted] >= 0]
    # In the order of the file, each image once: copies with the same pixels share theirs.
    places, position = np.unique(rows[with_image], return_inverse=True)
    found = colour_features(images, places)
    features = np.zeros((len(rows), found.shape[1]))
    features[with_image] = found[position]
    return features


def _probabilities(model: Any, features: np.ndarray, n_classes: int) -> np.ndarray:
    """Probabilities (N, C), 0 for classes that the model has not seen."""
    p = np.zeros((len(features), n_classes))
    if len(features):
        p[:, model.classes_] = model.predict_proba(features)
    return p


def _together(tables: list[PredictionTable], classes: Sequence[str]) -> PredictionTable:
    return PredictionTable(pl.concat([t.frame for t in tables]), tuple(classes))
