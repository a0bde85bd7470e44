"""Prediction: probabilities and features of stored images, in one path for every caller."""
