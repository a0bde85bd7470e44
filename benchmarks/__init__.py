"""One script for each figure; `make bench` runs them and writes results.csv."""
