"""Side-by-side measurement. Nothing that is timed here is a test that passes or fails."""
