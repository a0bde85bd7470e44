"""Out-of-fold guesses of a label: what tells wrong labels, and how well a property predicts."""
