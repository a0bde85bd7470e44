"""Where trials run: in this process, in several, or as tasks of Ray."""
