"""The leaky preparations of the published systems: what they do to a figure, for comparison."""
