"""Relatives of the GRU as modules, trained by automatic differentiation; numpy_backend.variants defines each.

All are called as `layer(input, hx, lengths=...)` and return output (T, B, H) and h_n (B, H); equal parameters
(`load_params`) give the numbers of the NumPy function.
"""

from gru_book.torch_backend.variants.gru_d import GRUD
from gru_book.torch_backend.variants.layer_norm import LayerNormGRU
from gru_book.torch_backend.variants.li_gru import LiGRU
from gru_book.torch_backend.variants.mgu import MGU
from gru_book.torch_backend.variants.slim import GRU1, GRU2, GRU3
from gru_book.torch_backend.variants.zoneout import ZoneoutGRU

__all__ = ["GRU1", "GRU2", "GRU3", "GRUD", "MGU", "LayerNormGRU", "LiGRU", "ZoneoutGRU"]
