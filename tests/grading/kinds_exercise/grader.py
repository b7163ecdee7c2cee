"""A question of every kind on the leaky integrator; the engine's tests use it."""

import numpy as np
from matplotlib.figure import Figure

from gru_book.grading.spec import (
    ChoiceQuestion,
    Exercise,
    ExpressionQuestion,
    FunctionQuestion,
    Inputs,
    Level,
    Mistake,
    ModelQuestion,
    NumberQuestion,
    Option,
    PlotQuestion,
    Property,
    Source,
    WrittenQuestion,
)

SECTION = "91_kinds#all-kinds"
FUNCTIONS = (("x ** 2", "2 * x", True), ("x ** 2", "2.002 * x", False), ("x ** 3", "3 * x ** 2", True),
             ("x ** 3", "-3 * x ** 2", False))  # fmt: skip


def draw_pair(rng, N):
    f, gradient, _ = FUNCTIONS[int(rng.integers(len(FUNCTIONS)))]
    sources = (Source("f", f"def f(x):\n    return np.sum({f})"), Source("g", f"def g(x):\n    return {gradient}"))
    return {"f": sources[0], "gradient": sources[1], "x": rng.uniform(0.5, 2.0, N)}


def is_gradient(f, gradient, x):
    value, slope = f.function(), gradient.function()
    eps = 1e-5 * np.eye(len(x))
    numeric = np.array([(value(x + e) - value(x - e)) / 2e-5 for e in eps])
    return bool(np.allclose(numeric, slope(x), rtol=1e-5))


def good(text, slope):
    def given(args):
        return {**args, "f": Source("f", f"def f(x):\n    return np.sum({text})"),
                "gradient": Source("g", f"def g(x):\n    return {slope}")}  # fmt: skip

    return given


def says(expected):
    def holds(args, right, got):
        return None if bool(got) is expected else f"it said {bool(got)} of this gradient, which is {expected}"

    return holds


def draw_decay(rng, T):
    return {"alpha": float(rng.uniform(0.1, 0.9)), "T": T}


def decay(alpha, T):
    figure = Figure()
    axes = figure.subplots()
    axes.plot(np.arange(T), (1 - alpha) ** np.arange(T), label="memory")
    axes.set(yscale="log", xlabel="step", ylabel="share left")
    return figure


def labelled(args, expected, plot):
    axes = plot.axes[0] if plot.axes else None
    return None if axes and axes.xlabel and axes.ylabel else "an axis has no label"


def same_curve(args, expected, plot):
    if not plot.axes or not plot.axes[0].lines:
        return "nothing is drawn"
    want, got = expected.axes[0].lines[0], plot.axes[0].lines[0]
    fits = want.x.shape == got.x.shape and np.allclose(want.x, got.x) and np.allclose(want.y, got.y)
    return None if fits else "the curve is another one"


def log_axis(args, expected, plot):
    return None if plot.axes and plot.axes[0].yscale == "log" else "the y axis is not logarithmic"


def draw_task(rng):
    slope, offset = rng.uniform(1, 3), rng.uniform(-1, 1)
    x, x_test = rng.normal(size=50), rng.normal(size=50)
    args = {"x": x, "y": slope * x + offset + 0.1 * rng.normal(size=50), "x_test": x_test}
    return args, slope * x_test + offset


def mean(x, y, x_test):
    return np.full_like(x_test, y.mean())


def last(x, y, x_test):
    return np.full_like(x_test, y[-1])


exercise = Exercise(
    id="91_kinds",
    title="All kinds",
    modules=("numpy", "matplotlib"),
    questions=(
        FunctionQuestion(
            id="91.1", name="check_gradient", title="A checker", signature="check_gradient(f, gradient, x) -> bool",
            equation=r"f'(x) \approx \frac{f(x + \epsilon) - f(x - \epsilon)}{2 \epsilon}", section=SECTION,
            returns=("verdict",), inputs=Inputs({"N": (1, 3)}, draw_pair), oracle=is_gradient,
            properties=(
                Property("passes-good", "A right gradient passes.", 1, given=good("x ** 3", "3 * x ** 2"),
                         holds=says(True), needs=("flags-bad", "flags-sign")),
                Property("flags-sign", "A gradient of the wrong sign is flagged.", 1, needs=("passes-good",),
                         given=good("x ** 2", "-2 * x"), holds=says(False)),
                Property("flags-bad", "A gradient that is off by 2 in 1000 is flagged.", 1, needs=("passes-good",),
                         given=good("x ** 2", "2.002 * x"), holds=says(False)),
                Property("any", "The verdict is right for any pair.", 1, needs=("passes-good", "flags-bad")),
            ),
            mistakes=(
                Mistake("always-true", "every gradient passes", "A checker must be able to fail.",
                        patch=(("return bool(np.allclose(numeric, gradient(x), rtol=1e-4))", "return True"),)),
                Mistake("too-lenient", "the tolerance is too wide", "An error of 2 in 1000 must be seen.",
                        patch=(("rtol=1e-4", "rtol=1e-2"),)),
            ),
            hints=("Compare with a difference quotient.", "Take steps to both sides."),
        ),
        NumberQuestion(
            id="91.2", name="half_life", title="A number", equation=r"n = \ln 2 / \alpha", section=SECTION, points=1,
            expected=float(np.log(2) / 0.1), unit="steps",
            mistakes=(
                Mistake("wrong-log", "the decimal logarithm", "The equation has ln.", value=float(np.log10(2) / 0.1)),
                Mistake("product", "multiplied by alpha", "Divide by alpha.", value=float(np.log(2) * 0.1)),
            ),
        ),
        ExpressionQuestion(
            id="91.3", name="slope", title="An expression", equation=r"\partial z / \partial a = z (1 - z)",
            section=SECTION, points=2, expected="z * (1 - z)",
            symbols={"a": "the pre-activation", "z": "the gate"}, definitions={"z": "sigmoid(a)"},
            mistakes=(
                Mistake("tanh-slope", "the derivative of tanh", "z is a sigmoid.", value="1 - z ** 2"),
                Mistake("no-slope", "the gate itself", "It is a derivative.", value="z"),
            ),
        ),
        ChoiceQuestion(
            id="91.4", name="z_is_one", title="A choice", equation=r"h_t = (1 - z_t) h_{t-1} + z_t n_t",
            section=SECTION, points=1,
            options=(
                Option("a", "The new state is the candidate.", "The other term is 0.", right=True),
                Option("b", "The new state is the old one.", "That is z = 0.", mistake="z-one-copies"),
                Option("c", "Nothing of the past is kept.", "n_t may read it.", mistake="z-one-forgets"),
            ),
        ),
        ChoiceQuestion(
            id="91.5", name="which", title="Several choices", equation="r_t, z_t", section=SECTION, points=2,
            multiple=True,
            options=(
                Option("a", "r is a gate.", "It is.", right=True),
                Option("b", "z is a gate.", "It is.", right=True),
                Option("c", "h is a gate.", "It is the state.", mistake="state-is-a-gate"),
            ),
        ),
        PlotQuestion(
            id="91.6", name="plot_decay", title="A plot", signature="plot_decay(alpha, T) -> Figure",
            equation=r"(1 - \alpha)^t", section=SECTION, inputs=Inputs({"T": (3, 6)}, draw_decay), oracle=decay,
            properties=(
                Property("curve", "The line shows the share that is left.", 1, holds=same_curve),
                Property("log", "The y axis is logarithmic.", 1, holds=log_axis),
                Property("labels", "Both axes have labels.", 1, holds=labelled),
            ),
            mistakes=(
                Mistake("linear-axis", "a linear axis", "An exponential is a line on a logarithmic axis.",
                        patch=(('yscale="log", ', ""),)),
            ),
        ),
        ModelQuestion(
            id="91.7", name="fit", title="A model", signature="fit(x, y, x_test) -> prediction",
            equation=r"y = w x + b", section=SECTION, returns=("prediction",), draw=draw_task,
            score=lambda hidden, output: float(np.mean((output - hidden) ** 2)), score_name="mean squared error",
            baseline=lambda args: mean(**args), baseline_name="the mean of y",
            levels=(Level("better", "The model beats the mean.", 1, 0.5), Level("good", "It is good.", 1, 0.05)),
            mistakes=(
                Mistake("last-value", "the last value", "The model does not look at x_test.", function=last),
            ),
        ),
        WrittenQuestion(
            id="91.8", name="why", title="A text", equation=r"h_t", section=SECTION, manual_points=3, words=(3, 20),
            rubric=("says that the state is a memory",),
        ),
    ),
)  # fmt: skip
