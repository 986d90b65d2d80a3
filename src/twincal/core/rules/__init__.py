"""The four decision tables: admit, people, fate, gates."""
