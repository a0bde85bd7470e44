"""Training: settings, and the fit on Lightning's Trainer."""
