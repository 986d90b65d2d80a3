"""Pictures of the web app on the seeded company, for the README and the documentation."""
