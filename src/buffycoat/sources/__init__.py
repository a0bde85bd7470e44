"""Sources: from what a user has on disk to a sample table."""
