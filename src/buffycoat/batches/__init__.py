"""Batches: the store of decoded images, and the loader that slices it."""
