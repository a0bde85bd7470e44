import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from buffycoat.curation.outliers.density import joining_distance
from buffycoat.curation.outliers.neighbours import nearest


@pytest.mark.parametrize("n_enough", [10, 40])
@pytest.mark.parametrize("radius", [0.15, 0.3, 0.6])
def test_rows_within_a_radius_are_those_of_dbscans_large_clusters(radius, n_enough):
    rng = np.random.default_rng(1)
    parts = rng.normal(size=(300, 2)), rng.normal(6, 0.2, (25, 2)), rng.uniform(-9, 9, (20, 2))
    points = np.concatenate(parts).astype(np.float32)
    found = joining_distance(points, *nearest(points, 32), n_enough)
    fit = DBSCAN(eps=radius, min_samples=6).fit(points)  # itself and five others
    core = np.zeros(len(points), bool)
    core[fit.core_sample_indices_] = True
    sizes = np.bincount(fit.labels_[core] + 1, minlength=fit.labels_.max() + 2)
    inside = core & (sizes[fit.labels_ + 1] >= n_enough)
    assert (found <= radius).tolist() == inside.tolist()


def test_a_clump_that_its_neighbours_do_not_lead_out_of_joins_where_it_is_nearest():
    rng = np.random.default_rng(2)
    clump = rng.normal(50, 0.01, (40, 1))
    points = np.concatenate([rng.uniform(0, 10, (400, 1)), clump]).astype(np.float32)
    found = joining_distance(points, *nearest(points, 8), 100)
    assert found[400:] == pytest.approx(40, abs=0.5)
    assert found[:400].max() < 2
