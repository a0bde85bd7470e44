"""Cells that Buffycoat draws itself, on slides of their own."""
