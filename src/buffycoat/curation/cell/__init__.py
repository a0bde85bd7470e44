"""What can be measured of the cell in an image: regions, colour, shape and texture."""
