"""Copies: images that show the same photograph, or the same field, whatever was done to them."""
