"""The page of an audit: what was found, with pictures, a map and the decisions of a person."""
