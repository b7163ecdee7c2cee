"""Relatives of the GRU as readable NumPy forwards, one file each: the definitions that faster code is held to.

There is no backward here: they are trained through automatic differentiation. All keep the book's z, which weights
the candidate, and the reset before the product, unless their file says otherwise; where a paper's gate is the other
one, the file says how to carry its weights over.
"""

from gru_book.numpy_backend.variants.gru_d import GRUDParams, gru_d, gru_d_cell, observation_intervals
from gru_book.numpy_backend.variants.layer_norm import LayerNormGRUParams, layer_norm_gru, layer_norm_gru_cell
from gru_book.numpy_backend.variants.li_gru import BatchStatistics, LiGRUParams, li_gru, li_gru_statistics
from gru_book.numpy_backend.variants.mgu import MGUParams, mgu, mgu_cell
from gru_book.numpy_backend.variants.slim import (
    GRU1Params,
    GRU2Params,
    GRU3Params,
    gru1,
    gru1_cell,
    gru2,
    gru2_cell,
    gru3,
    gru3_cell,
)
from gru_book.numpy_backend.variants.zoneout import zoneout_gru, zoneout_mask

__all__ = [
    "BatchStatistics",
    "GRU1Params",
    "GRU2Params",
    "GRU3Params",
    "GRUDParams",
    "LayerNormGRUParams",
    "LiGRUParams",
    "MGUParams",
    "gru1",
    "gru1_cell",
    "gru2",
    "gru2_cell",
    "gru3",
    "gru3_cell",
    "gru_d",
    "gru_d_cell",
    "layer_norm_gru",
    "layer_norm_gru_cell",
    "li_gru",
    "li_gru_statistics",
    "mgu",
    "mgu_cell",
    "observation_intervals",
    "zoneout_gru",
    "zoneout_mask",
]
