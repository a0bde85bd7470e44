"""Splits: whole groups dealt into train, validation and test, or into folds."""
