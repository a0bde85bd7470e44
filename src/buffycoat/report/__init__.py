"""Report: one HTML page built from tables alone."""
