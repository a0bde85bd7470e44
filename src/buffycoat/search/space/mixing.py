"""The choices of layers, inputs and depths as modules of a shared network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from buffycoat.search.space.combined import Combine, Combined
from buffycoat.search.space.merging import are_mergeable, merged
from buffycoat.search.space.probabilities import Probabilities, scaled, weighted_sum
from buffycoat.search.space.values import Value

__all__ = ["SharedChoice", "SharedInputs", "SharedRepeat"]


class SharedChoice(nn.Module):
    """The candidates of a LayerChoice, weighted; one alone where it is settled."""

    def __init__(
        self, name: str, candidates: Mapping[str, nn.Module], probabilities: Probabilities
    ) -> None:
        super().__init__()
        self.name = name
        self.options = list(candidates)
        self.candidates = nn.ModuleList(candidates.values())
        self.probabilities = probabilities

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """The weighted sum of the candidates that take part."""
        live = self.probabilities.live(self.name)
        candidates = [self.candidates[number] for number in live]
        if len(live) == 1:
            return scaled(candidates[0](*inputs), self.probabilities.gate(self.name))
        weights = [self.probabilities.of(self.name, number) for number in live]
        if are_mergeable(candidates):
            return merged(candidates, weights, *inputs)
        outputs = [candidate(*inputs) for candidate in candidates]
        return weighted_sum(outputs, weights, [self.name])


class SharedInputs(nn.Module):
    """The inputs of an InputChoice, weighted; some alone where it is settled."""

    def __init__(
        self,
        name: str,
        options: Sequence[list[int]],
        combine: Combine,
        probabilities: Probabilities,
    ) -> None:
        super().__init__()
        self.name = name
        self.options = options
        self.combine = combine
        self.probabilities = probabilities
        choices = {name: tuple(options)}
        self.n_chosen = Value(choices, lambda picked: len(picked[name]), probabilities)

    def forward(self, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
        """The weighted sum over the subsets that take part."""
        live = self.probabilities.live(self.name)
        if len(live) == 1:
            output = Combined(self.options[live[0]], self.combine)(inputs)
            return scaled(output, self.probabilities.gate(self.name))
        weighted = [(self.options[n], self.probabilities.of(self.name, n)) for n in live]
        if self.combine == "concat":
            places = range(max(len(subset) for subset, _ in weighted))
            return torch.cat([self._at(place, inputs, weighted) for place in places], 1)
        shares: dict[int, torch.Tensor] = {}
        for subset, p in weighted:
            share = p / len(subset) if self.combine == "mean" else p
            for number in subset:
                shares[number] = shares[number] + share if number in shares else share
        taken = [inputs[number] for number in shares]
        return weighted_sum(taken, list(shares.values()), [self.name])

    def _at(
        self,
        place: int,
        inputs: Sequence[torch.Tensor],
        weighted: list[tuple[list[int], torch.Tensor]],
    ) -> torch.Tensor:
        """What stands at one place of the concatenation; shorter subsets leave zeros."""
        there = [(inputs[subset[place]], p) for subset, p in weighted if len(subset) > place]
        return weighted_sum([one for one, _ in there], [p for _, p in there], [self.name])


class SharedRepeat(nn.Module):
    """Blocks in a row, with an exit at each depth, weighted."""

    def __init__(
        self,
        name: str,
        blocks: Sequence[nn.Module],
        depths: Sequence[int],
        probabilities: Probabilities,
    ) -> None:
        super().__init__()
        self.name = name
        self.blocks = nn.ModuleList(blocks)
        self.depths = depths
        self.probabilities = probabilities

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """The weighted sum of the outputs at the depths that take part."""
        live = self.probabilities.live(self.name)
        exits = {self.depths[number]: number for number in live}
        output, at = inputs, {0: inputs}
        for depth in range(1, max(exits) + 1):
            output = self.blocks[depth - 1](output)
            at[depth] = output
        if len(live) == 1:
            return scaled(output, self.probabilities.gate(self.name))
        weights = [self.probabilities.of(self.name, number) for number in exits.values()]
        return weighted_sum([at[depth] for depth in exits], weights, [self.name])
