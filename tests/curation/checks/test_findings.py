"""What checks say of a table, also where they fail."""

from functools import partial

import numpy as np
import pytest
from PIL import Image

from buffycoat import import_samples
from buffycoat.curation.checks.check import Check, build_check
from buffycoat.curation.checks.findings import check_findings
from buffycoat.curation.checks.limits import Limits
from buffycoat.curation.checks.looks import check_looks, look_name
from buffycoat.curation.looks.look_at import look_at
from buffycoat.registry import Choice


@pytest.fixture
def samples(tmp_path):
    """Six grey images, the brightest last, in two classes."""
    for i in range(6):
        place = tmp_path / "images" / "ab"[i % 2] / f"{i}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (40 * i, 40 * i, 40 * i)).save(place)
    return import_samples((tmp_path / "images",))


def own(measure, limits, *, of_table=False, **arguments):
    """A check as a plugin gives it."""
    said = "Mean value: of all pixels."
    bound = partial(measure, **arguments)
    return Check("mine", said, of_table, arguments, bound, limits)


def shade(image, times=1):
    """Mean value."""
    return image.mean() * times


def found(samples, *chosen, **more):
    return check_findings(samples, chosen, look_at(samples, check_looks(chosen), **more))


def test_scores_flags_reasons_and_measures(samples):
    finding = found(samples, own(shade, Limits(high=100.0)))[0]
    by_name = dict(zip(samples.frame["sample_id"], range(6), strict=True))
    row = by_name["b/5.png"]
    assert finding.columns["mine_measure"][row] == 200
    assert finding.scores[row] == pytest.approx(200 / 300)
    assert finding.reasons[row] == "mean value 200, above 100"
    assert sorted(finding.reasons) == sorted(by_name[n] for n in ("b/3.png", "a/4.png", "b/5.png"))
    assert finding.said == ("Mean value is above 100 on 3 of 6 images",)
    assert finding.title == "Mine"


def test_a_failure_marks_its_image_and_is_said(samples):
    def fails(image):
        if image.mean() == 120:
            raise ValueError("no cell; none at all")
        return np.nan if image.mean() == 160 else 1.0

    bad, good = found(samples, own(fails, Limits(high=2.0)), build_check(Choice("uniform")))
    assert np.isnan(bad.scores).sum() == 2
    assert not bad.flags.any()
    assert bad.facts["n_failed"] == 2
    assert bad.level == "look"
    assert bad.said[1].startswith(
        "The check failed on 2 images, which have no score; the first is "
    )
    assert "no number" in bad.said[1] or "no cell; none at all" in bad.said[1]
    assert np.isfinite(good.scores).all()


@pytest.mark.parametrize(
    ("gives", "said"),
    [
        (lambda samples: [1.0], "gave numbers of shape"),
        (lambda samples: [np.inf] * 6, "or infinite"),
        (lambda samples: 1 / 0, "division by zero"),
    ],
)
def test_a_failing_check_of_a_table_does_not_stop_the_others(samples, gives, said):
    bad, good = found(
        samples, own(gives, Limits(high=2.0), of_table=True), build_check(Choice("odd_size"))
    )
    assert np.isnan(bad.scores).all()
    assert "failed on 6 images" in bad.said[1]
    assert said in bad.said[1]
    assert np.isfinite(good.scores).all()


def test_what_most_are_is_said_and_not_flagged(samples):
    most = found(samples, own(shade, Limits(high=30.0, unless_most=True)))[0]
    assert not most.flags.any()
    assert most.said == (
        "Mean value is above 30 on 5 of 6 images: most are so, and none is flagged",
    )
    assert (most.scores > 0.5).sum() == 5
    assert "how these images are" in found(samples, own(shade, Limits(high=30.0)))[0].said[0]


def test_excluded_rows_are_not_checked(samples):
    frame = samples.frame.with_columns(
        excluded_because=samples.frame["sample_id"].replace_strict(
            {"b/5.png": "x"}, default=None, return_dtype=samples.frame["sample_id"].dtype
        )
    )
    finding = found(samples.stepped("x", frame), own(shade, Limits(high=100.0)))[0]
    assert finding.facts["n_checked"] == 5
    assert finding.facts["n_flagged"] == 2


def test_own_checks_are_kept_and_plugins_are_not(samples, tmp_path):
    def called(image):
        seen.append(1)
        return 1.0

    seen = []
    chosen = (build_check(Choice("uniform")), own(called, Limits(high=2.0)))
    for _ in range(2):
        look_at(samples, check_looks(chosen), cache=tmp_path / "cache")
    assert len(seen) == 12
    assert [each.name for each in (tmp_path / "cache" / "looks").iterdir()] == [
        f"{look_name(chosen[0])}-1"
    ]


def test_other_arguments_are_looked_at_anew():
    names = {look_name(own(shade, Limits(high=1.0), times=n)) for n in (1, 2, 2)}
    assert len(names) == 2
    other_limits = look_name(build_check(Choice("blurred", {"low": 0.5})))
    assert other_limits == look_name(build_check(Choice("blurred")))
