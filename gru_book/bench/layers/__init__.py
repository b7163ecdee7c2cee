"""GRU layers side by side: every figure is a ratio between two that took turns in one session, on one machine.

shapes      the sizes (B, T, I, H) that are measured
peers       who is measured: a class each, made in a process of its own
worker      that process: it makes one peer, and times what it is asked for
session     starts the workers, checks that all compute the same, and lets them take turns
report      ratios, tables and a plot of a session's record
"""
