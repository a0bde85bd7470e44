"""Exports: a cleaned set as files that any other program reads."""
