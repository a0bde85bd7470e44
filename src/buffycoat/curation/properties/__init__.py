"""What a file and its ground are like, apart from the cell: size, format, light, stain."""
