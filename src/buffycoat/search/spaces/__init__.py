"""Search spaces that come with Buffycoat, and how one is had by its name."""
