QUESTION = "91.1"


def check_gradient(f, gradient, x):
    z = [x.astype(complex) for _ in x]
    for i, p in enumerate(z):
        p[i] += 1e-30j
    return all(abs(f(p).imag / 1e-30 - g) < 1e-6 for p, g in zip(z, gradient(x), strict=True))
