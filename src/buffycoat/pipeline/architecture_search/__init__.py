"""The stages of a search of architectures: scored, retrained, exported, told."""
