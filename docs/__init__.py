"""The documents, and what makes those that are made."""
