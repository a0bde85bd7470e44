"""Public data sets, one file each: its record, and how its own layout is read."""
