"""The confusion matrix's axes, and how classes and rivals are marked."""

import re
from dataclasses import replace

from buffycoat.evaluation.figures import Figure
from buffycoat.report.build import build_report
from buffycoat.report.figures import accuracy_rows, class_rows, confusion_rows, recall_axis


def test_rows_of_the_confusion_matrix_are_labels_and_columns_are_answers():
    rows = confusion_rows([[8, 2], [0, 5]], ("blast", "platelet"))
    assert [(row.label, row.n) for row in rows] == [("blast", 10), ("platelet", 5)]
    confused = rows[0].cells[1]
    assert (confused.n, confused.share, confused.is_right) == (2, "20.0%", False)
    assert confused.title == "true label blast, predicted platelet: 2 of 10 images"
    assert rows[1].cells[1].is_right
    assert rows[1].cells[1].share == "100%"


def test_the_drawing_names_the_axes_and_keeps_their_order(tmp_path, evaluation):
    text = build_report(tmp_path / "a.html", evaluation=evaluation).read_text()
    table = re.search(r'<table class="confusion">.*?</table>', text, re.DOTALL).group()
    head, body = table.split("<tbody>")
    assert re.search(r'colspan="3">predicted<', head)
    assert re.search(r'rowspan="3"><span>true label<', body)
    assert re.findall(r'scope="col"[^>]*><span>(\w+)', head)[:3] == list(evaluation.classes)
    assert re.findall(r'scope="row">(\w+)', body) == list(evaluation.classes)
    cells = [re.sub("<small>.*?</small>", "", row) for row in body.split("</tr>")[:3]]
    counts = [re.findall(r'<td class="(?:hit|miss|none)[^>]*>([\d·]+)', row) for row in cells]
    assert counts == [["8", "2", "·"], ["·", "10", "·"], ["1", "·", "9"]]


def test_a_label_without_images_has_no_share():
    rows = confusion_rows([[3, 0], [0, 0]], ("blast", "platelet"))
    assert rows[1].n == 0
    assert [cell.strength for cell in rows[1].cells] == [0.0, 0.0]


def test_the_weakest_and_the_uncertain_class_are_marked_in_words(evaluation):
    rows = {row.name: row for row in class_rows(evaluation, {})}
    assert rows["blast"].remarks == ("weakest", "few images")
    assert rows["monocyte"].remarks == rows["platelet"].remarks == ()


def test_the_small_charts_start_below_the_lowest_interval(evaluation):
    axis = recall_axis(evaluation)
    assert (axis.low, axis.high) == (0.6, 1.0)
    blast = class_rows(evaluation, {})[0]
    value, low, high = blast.at
    assert axis.start < low < value < high < axis.end


def test_rivals_stand_below_the_classifier_best_first(evaluation):
    rows = accuracy_rows(evaluation, "ours")
    assert [row.name for row in rows] == ["ours", "linear model on colour", "majority class"]
    assert (rows[0].low, rows[0].at, rows[0].high) == (88.0, 90.0, 92.0)


def test_a_figure_without_an_interval_is_a_point(evaluation):
    nan = float("nan")
    figures = {"accuracy": Figure(0.5, nan, nan, "none")}
    row = accuracy_rows(replace(evaluation, figures=figures, baselines={}), "ours")[0]
    assert (row.low, row.high, row.interval) == (50.0, 50.0, "")
