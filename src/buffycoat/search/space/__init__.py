"""A space of networks: an ordinary torch module with choices inside."""
