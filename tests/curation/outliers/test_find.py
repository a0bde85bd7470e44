import numpy as np
import pytest

from buffycoat.curation.outliers.find import find_outliers


@pytest.fixture
def planted(cells, foreign_image, make):
    images = [*cells, *[foreign_image] * 60]
    labels = [("a", "b")[i % 2] for i in range(len(images))]
    return make(images, labels)


def test_sixty_copies_of_one_picture_are_found_and_no_cell(planted):
    found = find_outliers(*planted)[0]
    assert np.flatnonzero(found.flags).tolist() == list(range(300, 360))
    assert found.said == (
        "60 of 360 images are unlike the others by two methods or more.",
        "They show one picture; 60 of them have (nearly) identical others.",
    )
    assert "60 images show this picture" in found.reasons[300]
    assert all(row < 300 for row in found.beside[300])


def test_scores_lie_from_0_to_1_and_foreign_ones_are_the_worst(planted):
    found = find_outliers(*planted)[0]
    for scores in (found.scores, *(c.to_numpy() for c in found.columns.values())):
        assert ((scores >= 0) & (scores <= 1)).all()
    assert found.scores[300:].min() > found.scores[:300].max()


def test_the_order_of_rows_changes_nothing(cells, foreign_image, make):
    images = [*cells[:200], foreign_image]
    one = find_outliers(*make(images))[0]
    order = np.random.default_rng(0).permutation(201)
    other = find_outliers(*make([images[i] for i in order]))[0]
    assert other.scores == pytest.approx(one.scores[order], abs=1e-3)


def test_excluded_rows_are_not_judged(cells, foreign_image, make):
    found = find_outliers(*make([*cells, foreign_image], excluded={300}))[0]
    assert np.isnan(found.scores[300])
    assert not found.flags.any()
    assert found.said == ("None of 300 images is unlike the others by two methods.",)


def test_what_is_not_judged_is_null_in_every_column(cells, make):
    table, looked = make(cells, excluded={3})
    places = np.random.default_rng(0).random((300, 2)).astype(np.float32)
    for finding in find_outliers(table, looked, map_xy=places):
        for name, column in finding.columns.items():
            assert column.is_null().to_list() == [i == 3 for i in range(300)], name


def test_too_few_images_are_not_judged(cells, make):
    found = find_outliers(*make(cells[:20]))[0]
    assert found.said[0].startswith("20 different images are too few")
    assert np.isnan(found.scores).all()


def test_a_view_that_disagrees_is_named(planted):
    features = np.random.default_rng(0).normal(size=(360, 16))
    found = find_outliers(*planted, embeddings=features)[0]
    assert found.flags.sum() == 60
    assert "not by" in found.reasons[300]
    assert "a network's features" in found.reasons[300].split("not by")[1]


def test_a_network_can_agree_with_another_view(planted):
    features = np.random.default_rng(0).normal(5, 0.1, size=(360, 16))
    features[300:] = [-5, 5] * 8
    found = find_outliers(*planted, embeddings=features)[0]
    assert found.columns["outlier_embeddings_score"][300] > 0.5


def test_published_rules_stand_beside_and_do_not_flag(planted):
    at = np.random.default_rng(0).normal(size=(360, 2)).astype(np.float32)
    ours, published = find_outliers(*planted, map_xy=at)
    assert ours.flags.sum() == 60
    assert published.name == "published_outlier"
    assert published.level == "note"
    assert "60 that our views flag" in published.said[0]
