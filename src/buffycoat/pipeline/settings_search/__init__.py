"""The parts of a search of settings: asked, begun, its trials made, told."""
