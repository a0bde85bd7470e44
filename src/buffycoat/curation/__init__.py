"""Curation: groups, exclusions and splits of a sample table."""
