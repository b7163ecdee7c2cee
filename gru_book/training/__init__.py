"""Training loops for the NumPy reference, baselines to stand beside a model, and numbers to judge both by."""
