"""Every claim about exercise 03, in a file of its own so that the exercises are proven side by side."""

from support.proofs import proof_of

test_claim = proof_of("03_vanishing_gradients")
