"""Strategies: how the next architecture is chosen, with weights of its own or shared ones."""
