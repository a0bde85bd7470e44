import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from sklearn.cluster import DBSCAN
from sklearn.decomposition import PCA

from buffycoat.curation.outliers.published import (
    find_published,
    map_density,
    map_distance,
    pca2_distance,
)


@pytest.fixture
def map_xy():
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(0.4, 0.05, (300, 2)), rng.uniform(0, 1, (20, 2))])


def test_distance_on_the_map_is_mahalanobis(map_xy):
    inverse = np.linalg.inv(np.cov(map_xy.T))
    wanted = [mahalanobis(at, map_xy.mean(0), inverse) for at in map_xy]
    assert map_distance(map_xy) == pytest.approx(wanted)


def test_distance_in_pca_is_that_of_whitened_axes():
    rows = (np.random.default_rng(0).normal(size=(200, 9)) * np.arange(1, 10)).astype(np.float32)
    wanted = np.linalg.norm(PCA(2, whiten=True, svd_solver="full").fit_transform(rows), axis=1)
    assert pca2_distance(rows) == pytest.approx(wanted, rel=1e-3)


def test_noise_is_dbscans_noise(map_xy):
    apart = np.linalg.norm(map_xy[:, None] - map_xy[None], axis=2)
    radius = 3 * np.median(np.sort(apart, axis=1)[:, 5])
    noise = DBSCAN(eps=radius, min_samples=6).fit(map_xy).labels_ == -1
    assert noise.any()
    assert ((map_density(map_xy) > 1) == noise).all()


def test_rows_that_are_not_on_the_map_are_judged_by_pca_alone(map_xy):
    rng = np.random.default_rng(1)
    given = map_xy.copy()
    given[3] = np.nan
    found = find_published(np.arange(320), rng.normal(size=(320, 5)).astype(np.float32), given)
    assert found.columns["outlier_tsne2_score"][3] is None
    assert 0 <= found.scores[3] <= 1
    assert found.flags.sum() == len(found.reasons) == found.facts["n_flagged"]
