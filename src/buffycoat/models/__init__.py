"""Models: networks by name, their heads, weights and freezing."""
