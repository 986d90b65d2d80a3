"""The web app: pages for people and administrators, and the same verbs as a JSON API. It knows the product by the service only."""
