"""A seeded history of the demo company, its exports night by night, and its books."""
