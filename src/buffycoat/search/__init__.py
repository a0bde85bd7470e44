"""Search: networks and settings tried in a budget, chosen by validation rows, honestly told."""
