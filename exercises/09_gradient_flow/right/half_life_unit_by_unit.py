import math

import numpy as np

QUESTION = "09.1"




def half_life(b_z, z_keeps):
    """One unit after the other, in numbers of Python."""
    result = []
    for b in b_z:
        a = -b if z_keeps else b
        result.append(math.log(2) / math.log1p(math.exp(a)))
    return np.array(result)
