"""The leaky preparations of the published systems: what they do to a figure. No option of the product."""
