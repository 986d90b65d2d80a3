"""The store: what was seen, what was agreed, what was done and why, in one SQLite database in the data directory."""
