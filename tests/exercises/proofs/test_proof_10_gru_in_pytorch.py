"""Every claim about exercise 10, in a file of its own so that the exercises are proven side by side."""

import pytest
from support.proofs import proof_of

pytest.importorskip("torch")  # the answers are in tensors

test_claim = proof_of("10_gru_in_pytorch")
