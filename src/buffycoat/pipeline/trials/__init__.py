"""The trials of a sweep: planned, made, kept, and shown together."""
