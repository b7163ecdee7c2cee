"""Data sets and what is done to a series before a model sees it."""
