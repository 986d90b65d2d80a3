"""One file for each version of the schema. A file that has been released is never changed."""
