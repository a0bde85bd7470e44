"""Checks of images before anything is learned from them: a score and a flag each."""
