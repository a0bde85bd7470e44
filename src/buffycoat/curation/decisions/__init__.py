"""What people decide about single images: read from CSV files, and applied to a table."""
