"""Grading a class: what was handed in, read as data; one submission graded as a function; many of them, crash-proof."""
