"""A head that remembers labelled cells, and answers by likeness to them."""

from __future__ import annotations

import torch
from torch import nn

from buffycoat.errors import SettingError

__all__ = ["Neighbours"]


class Neighbours(nn.Module):
    """Logits (N, C): for each class, how like its remembered cells the features are.

    The logarithm of the mean, over the cells of a class, of the exponential of the cosine to each
    over the temperature; around the mean of all remembered cells.

    Args:
        n_features: D.
        n_classes: C.
        n_cells: Cells that are remembered.
        temperature: Below .1 the nearest cell decides alone.
    """

    cells: torch.Tensor
    owners: torch.Tensor
    centre: torch.Tensor

    def __init__(
        self, n_features: int, n_classes: int, n_cells: int, *, temperature: float = 0.1
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.register_buffer("cells", torch.zeros(n_cells, n_features))
        self.register_buffer("owners", torch.zeros(n_cells, n_classes))
        self.register_buffer("centre", torch.zeros(n_features))

    def remember(self, features: torch.Tensor, labels: torch.Tensor) -> None:
        """Remember the features (n, D) of cells with these class ids (n,)."""
        self.centre = features.mean(0)
        self.cells = nn.functional.normalize(features - self.centre, dim=1)
        self.owners = nn.functional.one_hot(labels, self.owners.shape[1]).to(features.dtype)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Logits (N, C).

        Raises:
            SettingError: in a training, as it remembers no cell yet and has nothing that learns.
        """
        if self.training and not self.owners.any():
            said = "head neighbours is made by `buffycoat adapt`: train with linear"
            raise SettingError(said)
        alike = nn.functional.normalize(features.float() - self.centre, dim=1) @ self.cells.T
        shares = self.owners / self.owners.sum(0).clamp(min=1)
        # The largest cosine is 1, so that nothing overflows.
        return (torch.exp((alike - 1) / self.temperature) @ shares).clamp(min=1e-12).log()
