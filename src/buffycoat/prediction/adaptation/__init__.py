"""A trained network made fit for another laboratory's images, with few labels or none."""
