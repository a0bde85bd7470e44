"""A trained network as a zip that runs without Buffycoat, and the check that it does."""
