"""What a blood smear tells of itself: its scale, its white and the colours of its stain."""
