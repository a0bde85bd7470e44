"""What a file and its background are like, apart from the cell: size, format, light, stain."""
