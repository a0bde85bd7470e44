"""The parts of an audit: what is looked at, which analyses follow, what is written and said."""
