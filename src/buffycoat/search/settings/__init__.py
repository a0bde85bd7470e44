"""Search of settings: what may vary, who chooses, who gives up, and the study that remembers."""
