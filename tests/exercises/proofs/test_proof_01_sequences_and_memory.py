"""Every claim about exercise 01, in a file of its own so that the exercises are proven side by side."""

from support.proofs import proof_of

test_claim = proof_of("01_sequences_and_memory")
