"""Initiatives, decisions and what the score found -> what was brought about, what is to be done next, and whether it was done."""
