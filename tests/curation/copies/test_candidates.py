"""Candidates for copies: what FAISS would print is none of the user's business."""

from __future__ import annotations

import numpy as np
import pytest

from buffycoat.curation.copies.candidates import candidate_pairs


def test_a_set_with_few_landmarks_for_its_cells_is_searched_silently(
    capfd: pytest.CaptureFixture[str],
) -> None:
    landmarks = np.abs(np.random.default_rng(0).normal(size=(100, 50, 132))).astype(np.float32)
    landmarks[1] = landmarks[0]
    assert candidate_pairs(landmarks)[0, :2].tolist() == [0, 1]
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""
