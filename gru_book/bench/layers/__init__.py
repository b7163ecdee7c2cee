"""GRU layers side by side: every figure is a ratio between two that took turns in one session, on one machine.

shapes      the sizes (B, T, I, H) that are measured
problems    parameters and data of a shape, and what a peer is
peers       who is measured on a CPU: a function each, called in a process of its own
torch_loop  the loop over steps that is a peer on every device
process     the two ends of the pipe between that process and the session
worker      that process: it makes one peer, and times what it is asked for
session     starts the workers, checks that all compute the same, and lets them take turns
report      ratios, tables and a plot of a session's record
"""
