"""Evaluation: figures with intervals from a prediction table, without torch."""
