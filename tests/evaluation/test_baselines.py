"""Baselines learn from the train rows alone, and say how much of the task is none."""

import numpy as np
import polars as pl
import pytest

from buffycoat.errors import TableError
from buffycoat.evaluation.baselines import baseline_predictions, label_baselines
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.tables.predictions import PredictionTable, probabilities

CLASSES = ("basophil", "monocyte", "platelet")
NAMES = ["majority class", "random guess", "linear model on colour"]


def samples(n=90, n_train=60):
    """Rows of a sample table: train first, then validation and test in turn."""
    rng = np.random.default_rng(0)
    split = ["train"] * n_train + ["validation", "test"] * ((n - n_train) // 2)
    labels = [CLASSES[c] for c in rng.choice(3, n, p=[0.2, 0.5, 0.3])]
    names = [f"s{i:03d}" for i in range(n)]
    return pl.DataFrame({"sample_id": names, "path": names, "label": labels, "split": split})


def coloured(frame):
    """One image per row, 6 by 5, whose red channel tells its label."""
    rng = np.random.default_rng(1)
    red = np.array([40 + 80 * CLASSES.index(name) for name in frame["label"]])
    images = rng.integers(0, 40, (len(frame), 6, 5, 3))
    images[..., 0] += red[:, None, None]
    return images.astype(np.uint8)


FRAME = samples()
IMAGES = coloured(FRAME)


def predict(frame=FRAME, rows=None, images=IMAGES, seed=0):
    rows = np.arange(len(frame)) if rows is None else rows
    return baseline_predictions(images=images, rows=rows, frame=frame, classes=CLASSES, seed=seed)


def of(table, name):
    return PredictionTable(table.frame.filter(run_id=name), table.classes)


def relabelled(split, label):
    is_in = pl.col("split").is_in(split)
    return FRAME.with_columns(label=pl.when(is_in).then(pl.lit(label)).otherwise("label"))


def test_three_baselines_answer_every_validation_and_test_row():
    table = predict()
    assert table.frame["run_id"].unique(maintain_order=True).to_list() == NAMES
    asked = FRAME.filter(pl.col("split") != "train")
    for name in NAMES:
        rows = of(table, name).frame
        assert rows["sample_id"].to_list() == asked["sample_id"].to_list()
        assert rows["label"].to_list() == asked["label"].to_list()
    np.testing.assert_allclose(probabilities(table).sum(1), 1, atol=1e-6)


def test_what_is_asked_teaches_nothing():
    answers = ["run_id", "sample_id", "predicted", *(f"p_{name}" for name in CLASSES)]
    other = predict(relabelled(["validation", "test"], "platelet"))
    assert other.frame.select(answers).equals(predict().frame.select(answers))


def test_the_majority_is_that_of_the_train_rows():
    table = of(predict(), NAMES[0])
    share = FRAME.filter(split="train")["label"].value_counts(normalize=True)
    shares = dict(share.iter_rows())
    assert set(table.frame["predicted"]) == {"monocyte"}
    assert probabilities(table)[0] == pytest.approx([shares[name] for name in CLASSES])
    accuracy = evaluate_table(table, n_resamples=20).figures["accuracy"].value
    assert accuracy == (FRAME.filter(split="test")["label"] == "monocyte").mean()


def test_the_guess_follows_the_proportions_of_the_train_rows_and_the_seed():
    frame = pl.concat([FRAME, *[FRAME.filter(split="test")] * 200])
    guess = of(label_of_many(frame), NAMES[1]).frame["predicted"]
    for name, share in FRAME.filter(split="train")["label"].value_counts(normalize=True).rows():
        assert (guess == name).mean() == pytest.approx(share, abs=0.03)
    first, again, other = (of(predict(seed=s), NAMES[1]).frame["predicted"] for s in (0, 0, 1))
    assert first.equals(again)
    assert not first.equals(other)


def label_of_many(frame):
    return predict(frame, rows=np.full(len(frame), -1))


def test_the_linear_model_reads_colour():
    found = evaluate_table(of(predict(), NAMES[2]), n_resamples=20)
    assert found.figures["accuracy"].value == 1


def test_the_linear_model_forgets_where_pixels_stand():
    order = np.random.default_rng(2).permutation(30)
    shuffled = IMAGES.reshape(-1, 30, 3)[:, order].reshape(IMAGES.shape)
    assert predict(images=shuffled).frame.equals(predict().frame)


def test_rows_without_an_image_get_a_reason_from_the_linear_model_alone():
    rows = np.arange(len(FRAME))
    rows[[0, 1, 60, 61]] = -1
    table = predict(rows=rows)
    failed = table.frame.filter(pl.col("failed_because").is_not_null())
    assert failed.select("run_id", "sample_id", "failed_because").rows() == [
        (NAMES[2], "s060", "no image"),
        (NAMES[2], "s061", "no image"),
    ]
    assert failed["predicted"].null_count() == failed["p_basophil"].null_count() == 2
    assert of(table, NAMES[0]).frame["predicted"].null_count() == 0


def test_images_are_found_by_their_row():
    order = np.random.default_rng(3).permutation(len(FRAME))
    rows = np.argsort(order)
    assert predict(rows=rows, images=IMAGES[order]).frame.equals(predict().frame)


@pytest.mark.parametrize("case", ["one class", "no images"])
def test_the_linear_model_is_left_out_where_it_has_nothing_to_tell_apart(case):
    one = case == "one class"
    frame = relabelled(["train"], "monocyte") if one else FRAME
    table = predict(frame) if one else label_of_many(frame)
    assert table.frame["run_id"].unique(maintain_order=True).to_list() == NAMES[:2]


def test_a_class_that_train_lacks_has_no_chance():
    frame = FRAME.with_columns(label=pl.col("label").replace({"platelet": "basophil"}))
    assert (probabilities(predict(frame))[:, 2] == 0).all()


def test_nothing_asked_gives_an_empty_table():
    assert len(predict(FRAME.filter(split="train")).frame) == 0


@pytest.mark.parametrize("frame", [FRAME.filter(split="test"), relabelled(["train"], None)])
def test_without_labelled_train_rows_there_is_nothing_to_learn_from(frame):
    with pytest.raises(TableError, match="no labelled training rows"):
        predict(frame)


def test_a_foreign_table_gets_the_baselines_of_its_labels(random_table):
    table = random_table(0, 80)
    bare = label_baselines(PredictionTable(table.frame.drop("p_basophil"), table.classes))
    assert bare.frame["run_id"].unique(maintain_order=True).to_list() == NAMES[:2]
    most = table.frame["label"].mode()[0]
    assert set(of(bare, NAMES[0]).frame["predicted"]) == {most}
    found = evaluate_table(table, baselines=bare, n_resamples=20).baselines
    assert found[NAMES[0]]["accuracy"].value == (table.frame["label"] == most).mean()
    assert found[NAMES[0]]["balanced_accuracy"].value == pytest.approx(1 / 3)


def test_a_foreign_table_with_train_rows_gives_the_majority_of_those(make_table):
    split = ["train"] * 3 + ["test"] * 4
    labels = ["basophil", "basophil", "platelet", *["monocyte"] * 4]
    table = make_table(labels, labels, split=split)
    assert set(of(label_baselines(table), NAMES[0]).frame["predicted"]) == {"basophil"}


def test_a_foreign_table_counts_each_sample_once_and_needs_labels(make_table):
    table = make_table(["basophil"] * 3, ["monocyte"] * 3)
    runs = pl.concat([table.frame, table.frame.with_columns(run_id=pl.lit("b"))])
    assert len(label_baselines(PredictionTable(runs, table.classes)).frame) == 2 * 3
    bare = table.frame.with_columns(label=pl.lit(None, pl.String))
    assert len(label_baselines(PredictionTable(bare, table.classes)).frame) == 0
