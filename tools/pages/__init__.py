"""The pages of docs/ that are drawn from the product's own tables, so that they cannot say anything else than it does."""
