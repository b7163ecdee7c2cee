import numpy as np

QUESTION = "91.2"
ANSWER = np.array([6.9315])
