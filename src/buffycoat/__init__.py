"""Buffycoat: from images of single blood cells to a classifier that can be trusted, and how far."""

__version__ = "0.1.0"
