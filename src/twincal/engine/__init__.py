"""The engine: look, decide, check, do, remember."""
