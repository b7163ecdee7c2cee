"""Independent computations to compare the package with: other libraries' own forwards, and small formulas."""
