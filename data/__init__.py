"""The demo company's data; see README.md."""
