"""What a search found, to keep: choices as JSON, code that stands alone, a drawing, a recipe."""
