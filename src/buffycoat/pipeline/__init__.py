"""Pipeline: one file per command, which reads tables, calls the rooms and writes the result."""
