"""Tables: the sample table and the prediction table, read, written and checked here alone."""
