"""Side-by-side measurement: what is timed here is no test, and nothing is written unless it is asked for."""
