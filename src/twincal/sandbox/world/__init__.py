"""What the sandbox starts with: the seeded company, its people, and calendars imported from files."""
