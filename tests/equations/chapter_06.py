"""The equations of chapter 06."""

from dataclasses import dataclass

import numpy as np

from equations import Evaluated, Left
from equations.written import B, H, I, draw_matrices, draw_step, four_lines, jacobian, outer, params_of, sigma
from gru_book import GRUParams
from gru_book.numpy_backend import gru_forward
from gru_book.numpy_backend.cell import Step, input_share
from gru_book.numpy_backend.linear import LinearParams

STEP_FORWARD = "gru_book.numpy_backend.cell.step_forward"
STEP_BACKWARD = "gru_book.numpy_backend.cell.step_backward"
GRU_BACKWARD = "gru_book.numpy_backend.gru_backward"
LINEAR = "gru_book.numpy_backend.linear."


def forward_lines(f, rng):
    """The step with its pre-activations, with the matrices cut into U and V."""
    matrices, (x_t, h_prev) = draw_matrices(rng), draw_step(rng)
    (W_r, b_r, W_z, b_z, W, b), params = matrices, params_of(matrices)
    (U_r, V_r), (U_z, V_z), (U, V) = ((M[:, :H], M[:, H:]) for M in (W_r, W_z, W))
    h_t, step = f(params, input_share(params, x_t), h_prev)
    r = outer(lambda x, h: sigma(U_r @ h + V_r @ x + b_r))(x_t, h_prev)
    z = outer(lambda x, h: sigma(U_z @ h + V_z @ x + b_z))(x_t, h_prev)
    s = r * h_prev
    n = outer(lambda x, s: np.tanh(U @ s + V @ x + b))(x_t, s)
    return [(step.r, r), (step.z, z), (step.s, s), (step.n, n), (h_t, (1 - z) * h_prev + z * n)]


@dataclass
class Backward:
    """One step backward, line by line as the chapter derives it, for a batch whose rows are independent."""

    rng: np.random.Generator

    def __post_init__(self):
        self.matrices = draw_matrices(self.rng)
        self.x_t, self.h_prev = draw_step(self.rng)
        self.d_h_t = self.rng.standard_normal((B, H))
        W_r, _, W_z, _, W, _ = self.matrices
        (self.U_r, self.V_r), (self.U_z, self.V_z), (self.U, self.V) = ((M[:, :H], M[:, H:]) for M in (W_r, W_z, W))
        rows = [four_lines(self.matrices, x, h) for x, h in zip(self.x_t, self.h_prev, strict=True)]
        self.r, self.z, self.n, _ = (np.stack(part) for part in zip(*rows, strict=True))
        self.s = self.r * self.h_prev

        self.d_n, self.d_z = self.d_h_t * self.z, self.d_h_t * (self.n - self.h_prev)
        self.d_a_n = self.d_n * (1 - self.n**2)
        self.d_s = outer(lambda d: self.U.T @ d)(self.d_a_n)
        self.d_r = self.d_s * self.h_prev
        self.d_a_r = self.d_r * self.r * (1 - self.r)
        self.d_a_z = self.d_z * self.z * (1 - self.z)
        self.d_h_prev = (
            self.d_h_t * (1 - self.z)
            + outer(lambda d: self.U_z.T @ d)(self.d_a_z)
            + self.r * outer(lambda d: self.U.T @ d)(self.d_a_n)
            + outer(lambda d: self.U_r.T @ d)(self.d_a_r)
        )

    def called(self, f):
        """step_backward: d_a_r, d_a_z, d_a_n and d_h_prev."""
        step = Step(self.r, self.z, self.n, self.s)
        d_a, _, d_h_prev = f(params_of(self.matrices), self.h_prev, step, self.d_h_t)
        return (*np.split(d_a, 3, axis=1), d_h_prev)

    def grads(self, f):
        """gru_backward over one step."""
        _, _, cache = gru_forward(params_of(self.matrices), self.x_t[None], self.h_prev)
        return f(cache, d_h_n=self.d_h_t)


def blend(f, rng):
    """d_n and d_z, seen through the slopes that follow them, and path 1, seen where the other three are shut."""
    b = Backward(rng)
    _, d_a_z, d_a_n, _ = b.called(f)
    shut = tuple(M if k % 2 else 0 * M for k, M in enumerate(b.matrices))  # no weights, so the gates do not move
    still = Step(b.r, b.z, b.n, b.s)
    _, _, direct = f(params_of(shut), b.h_prev, still, b.d_h_t)
    slopes = b.z * (1 - b.z), 1 - b.n**2
    return [(d_a_z / slopes[0], b.d_z), (d_a_n / slopes[1], b.d_n), (direct, b.d_h_t * (1 - b.z))]


def candidate(f, rng):
    b = Backward(rng)
    d_a_r, _, d_a_n, _ = b.called(f)
    return [(d_a_n, b.d_a_n), (d_a_r / (b.r * (1 - b.r)), b.d_s * b.h_prev)]


def reset(f, rng):
    b = Backward(rng)
    return [(b.called(f)[0], b.d_r * b.r * (1 - b.r))]


def update(f, rng):
    b = Backward(rng)
    return [(b.called(f)[1], b.d_z * b.z * (1 - b.z))]


def old_state(f, rng):
    b = Backward(rng)
    return [(b.called(f)[3], b.d_h_prev)]


def whole_jacobian(f, rng):
    b = Backward(rng)
    J = [jacobian(b.matrices, b.r[k], b.z[k], b.n[k], b.h_prev[k]) for k in range(B)]
    return [(b.called(f)[3], np.stack([J[k].T @ b.d_h_t[k] for k in range(B)]))]


def inputs(f, rng):
    b = Backward(rng)
    share = outer(lambda d_z, d_n, d_r: b.V_z.T @ d_z + b.V.T @ d_n + b.V_r.T @ d_r)
    return [(b.grads(f).d_x[0], share(b.d_a_z, b.d_a_n, b.d_a_r))]


def parameters(f, rng):
    b = Backward(rng)
    hx, sx = np.hstack([b.h_prev, b.x_t]), np.hstack([b.s, b.x_t])
    each = {"r": (b.d_a_r, hx), "z": (b.d_a_z, hx), "n": (b.d_a_n, sx)}
    d_W = [sum(np.outer(d[k], v[k]) for k in range(B)) for d, v in each.values()]
    d_b = [sum(d[k] for k in range(B)) for d, _ in each.values()]
    got = b.grads(f).d_params
    return [(np.hstack([got.weight_hh, got.weight_ih]), np.vstack(d_W)), (got.bias_ih, np.concatenate(d_b))]


def product(f, rng):
    W, b, v = rng.standard_normal((4, 3)), rng.standard_normal(4), rng.standard_normal((B, 3))
    written = [[sum(W[i, j] * row[j] for j in range(3)) + b[i] for i in range(4)] for row in v]
    return [(f(LinearParams(W, b), v), written)]


def product_back(f, rng):
    W, b = rng.standard_normal((4, 3)), rng.standard_normal(4)
    v, d_y = rng.standard_normal((B, 3)), rng.standard_normal((B, 4))
    d_v, grads = f(LinearParams(W, b), v, d_y)
    d_W = sum(np.outer(d_y[k], v[k]) for k in range(B))
    return [(d_v, outer(lambda d: W.T @ d)(d_y)), (grads.weight, d_W), (grads.bias, sum(d_y))]


def sigmoid_slope(f, rng):
    a, d = rng.uniform(-4, 4, (2, 20))
    return [(f(sigma(a), d), d * np.exp(-a) / (1 + np.exp(-a)) ** 2)]


def tanh_slope(f, rng):
    a, d = rng.uniform(-3, 3, (2, 20))
    p, q = np.exp(a) - np.exp(-a), np.exp(a) + np.exp(-a)
    return [(f(p / q, d), d * (q**2 - p**2) / q**2)]


def draw_after(rng):
    """Parameters with the reset after, with both biases; x_t, h_prev; U, V, b_in, b_hn."""
    rows = [rng.standard_normal(shape) for shape in ((3 * H, I), (3 * H, H), (3 * H,), (3 * H,))]
    params = GRUParams(*rows, reset_after=True)
    V, U, b_in, b_hn = (part[2 * H :] for part in rows)
    return params, *draw_step(rng), U, V, b_in, b_hn


def after(f, rng):
    params, x_t, h_prev, U, V, b_in, b_hn = draw_after(rng)
    _, step = f(params, input_share(params, x_t), h_prev)
    s = outer(lambda h: U @ h + b_hn)(h_prev)
    return [(step.s, s), (step.n, outer(lambda x, r, s: np.tanh(V @ x + b_in + r * s))(x_t, step.r, s))]


def after_back(f, rng):
    """Given the step's gates, its d_r, what reaches s, and path 3 with the other three taken away."""
    params, _, h_prev, U, *_ = draw_after(rng)
    r, z = rng.uniform(0.1, 0.9, (2, B, H))
    n, s, d = rng.uniform(-0.9, 0.9, (B, H)), rng.standard_normal((B, H)), rng.standard_normal((B, H))
    d_a_x, d_a_h, d_h_prev = f(params, h_prev, Step(r, z, n, s), d)
    d_a_r, d_a_z, d_a_n = np.split(d_a_x, 3, axis=1)
    U_r, U_z, _ = np.split(params.weight_hh, 3)
    path_3 = d_h_prev - d * (1 - z) - d_a_r @ U_r - d_a_z @ U_z
    written_n = d * z * (1 - n**2)
    d_s = written_n * r
    return [
        (d_a_r / (r * (1 - r)), written_n * s),
        (d_a_h[:, 2 * H :], d_s),
        (d_a_n, written_n),
        (path_3, outer(lambda d: U.T @ d)(d_s)),
    ]


def smooth(v):
    return np.sin(v) + v**3


def central(f, rng):
    v, eps = rng.uniform(0.2, 0.9), 1e-3  # the function scales eps by max(1, |v|)
    return [(f(smooth, np.array([v]), d_y=np.ones(1), eps=eps), [(smooth(v + eps) - smooth(v - eps)) / (2 * eps)])]


def complex_(f, rng):
    v, eps = rng.uniform(0.2, 0.9), 1e-3
    return [(f(smooth, np.array([v]), d_y=np.ones(1), eps=eps), [smooth(v + 1j * eps).imag / eps])]


def adjoint(f, rng):
    """f(x) = sin(A x), whose Jacobian is diag(cos(A x)) A."""
    A, x, v, d = rng.standard_normal((4, 3)), *rng.standard_normal((2, 3)), rng.standard_normal(4)
    J = np.diag(np.cos(A @ x)) @ A
    written = sum(d[i] * J[i, j] * v[j] for i in range(4) for j in range(3))
    got = np.sum(d * f(lambda x: np.sin(A @ x), {"x": x}, {"x": v}))
    return [(got, written), (got, np.sum((J.T @ d) * v))]


EQUATIONS = {
    "eq-back-reset": Evaluated(STEP_FORWARD, forward_lines),
    "eq-back-update": Evaluated(STEP_FORWARD, forward_lines),
    "eq-back-candidate": Evaluated(STEP_FORWARD, forward_lines),
    "eq-back-state": Evaluated(STEP_FORWARD, forward_lines),
    "eq-back-split": Evaluated(STEP_FORWARD, forward_lines),
    "eq-total": Left("definition", "the chain rule with two arguments"),
    "eq-total-blend": Left("derivation", "eq-total for the last line of the step"),
    "eq-users": Left("definition", "the chain rule from the end; every line of the backward is a case of it"),
    "eq-product": Evaluated(LINEAR + "linear", product),
    "eq-product-backward": Evaluated(LINEAR + "linear_backward", product_back),
    "eq-product-batch": Evaluated(LINEAR + "linear_backward", product_back),
    "eq-elementwise": Left("derivation", "the rule behind the slopes, which are evaluated one by one"),
    "eq-d-blend": Evaluated(STEP_BACKWARD, blend),
    "eq-tanh-slope": Evaluated("gru_book.numpy_backend.activations.tanh_backward", tanh_slope),
    "eq-d-an": Evaluated(STEP_BACKWARD, candidate),
    "eq-d-s": Evaluated(STEP_BACKWARD, candidate),
    "eq-d-r": Evaluated(STEP_BACKWARD, candidate),
    "eq-sigmoid-slope": Evaluated("gru_book.numpy_backend.activations.sigmoid_backward", sigmoid_slope),
    "eq-d-ar": Evaluated(STEP_BACKWARD, reset),
    "eq-d-az": Evaluated(STEP_BACKWARD, update),
    "eq-d-hprev": Evaluated(STEP_BACKWARD, old_state),
    "eq-d-x": Evaluated(GRU_BACKWARD, inputs),
    "eq-jacobian": Evaluated(STEP_BACKWARD, whole_jacobian),
    "eq-d-weights": Evaluated(GRU_BACKWARD, parameters),
    "eq-d-biases": Evaluated(GRU_BACKWARD, parameters),
    "eq-over-time": Left("derivation", "the product rule over two steps; chapter 07 makes it a loop"),
    "eq-after": Evaluated(STEP_FORWARD, after),
    "eq-after-backward": Evaluated(STEP_BACKWARD, after_back),
    "eq-central": Evaluated("gru_book.numpy_backend.central_difference", central),
    "eq-complex": Evaluated("gru_book.numpy_backend.complex_step", complex_),
    "eq-adjoint": Evaluated("gru_book.numpy_backend.jvp", adjoint),
}
