"""GRU layers side by side on a GPU: `gru-book bench --device cuda`.

precision   float32 strict and TF32, bfloat16, float16, float64: dtypes, flags, tolerances
device      what is asked of the device: events, graphs, memory, names of kernels
timing      durations, eager and captured; what training holds
layers      a layer that autograd differentiates, in the book's terms, and the float64 reference
peers       who is measured, a function each
micro       what launches, barriers, copies and products cost here; barrier: its kernels
floors      how fast a shape could run at all, from those
worker      the process of one peer
session     starts the workers, checks that all compute the same, and lets them take turns within a budget
report      tables and a plot of a record; targets: what is to be reached
"""
