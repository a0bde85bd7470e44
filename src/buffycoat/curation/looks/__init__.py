"""Looks: what is computed from each image once, kept, and read by every check that needs it."""
