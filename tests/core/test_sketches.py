"""Sketches bound the distances of the rows that they stand for, whatever the data."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from frames import rows_and_frame
from kmeans_fast.assigners.sketches import PrincipalSketch, principal_directions, scale_of
from shapes import DTYPES, THREADS
from strategies import NASTY, make_problem

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

WIDTHS = (2, 3, 7, 8, 65, 256)
Wide = np.longdouble


def has_sketches(x):
    """Whether a fit takes such rows and sketches have a scale for them."""
    try:
        return scale_of(rows_and_frame(x)[1].farthest, x.dtype) is not None
    except ValueError:
        return False


def orthonormal(m, d, seed=0):
    """Random directions, at most d of them, and how far they are from orthonormal."""
    turn, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, min(m, d))))
    return measured(turn.T)


def measured(directions):
    """Directions in float32, and how far they are from orthonormal."""
    directions = np.ascontiguousarray(directions, dtype=np.float32)
    wide = directions.astype(np.float64)
    return directions, float(np.linalg.norm(wide @ wide.T - np.eye(len(wide)))) + 2.0**-40


class Maker:
    """Sketches by one backend, as `PrincipalSketch` makes them."""

    def __init__(self, x, directions, error, coded=False):
        _, frame = rows_and_frame(x)
        self.shift, self.scale = frame.mean, scale_of(frame.farthest, x.dtype)
        self.made = PrincipalSketch(frame.mean, self.scale, directions, error, coded)

    def sketch(self, backend, x, n_threads=1):
        """Values or codes, steps, squares and spread of the rows of x."""
        n, made = len(x), self.made
        values = codes = step = None
        if made.coded:
            codes = np.full((n, (made.width + 3) // 4 * 4), 7, dtype=np.uint8)
            step = np.empty(n, dtype=np.float32)
        else:
            values = np.empty((n, made.width), dtype=np.float32)
        square = np.empty(n, dtype=np.float32)
        spread = backend.sketches.sketch_rows(
            *(x, self.shift, self.scale, made.directions, made.eta, values, codes, step, square),
            n_threads,
        )
        return values, codes, step, square, spread

    def scaled(self, x):
        """The rows that the sketches stand for, without rounding to float32."""
        return (x.astype(Wide) - self.shift) * Wide(self.scale)


def lengths(rows):
    """Lengths of rows."""
    return np.sqrt((rows * rows).sum(axis=1))


def assert_bounds_hold(maker, x, centers, values, squares):
    """Check |x - c|^2 >= |p - q|^2 - loose (|p|^2 + |q|^2), and the bounds on |p|^2 and |q|^2."""
    (p, q), (y, b) = (v.astype(Wide) for v in values), (maker.scaled(v) for v in (x, centers))
    for vectors, square in zip((p, q), squares, strict=True):
        assert (square.astype(Wide) <= (vectors * vectors).sum(axis=1) + Wide(2.0**-140)).all()
    far = ((y[:, None] - b) ** 2).sum(axis=2)
    near = ((p[:, None] - q) ** 2).sum(axis=2)
    both = (p * p).sum(axis=1)[:, None] + (q * q).sum(axis=1)
    # 2^-118: what underflows, which the scan takes off
    assert (near - Wide(maker.made.loose) * both - Wide(2.0**-118) <= far).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("d", [1, 5, 8, 64, 65, 130, 300])
def test_values_are_those_of_the_reference(core, reference, d, width, dtype):
    x, _ = make_problem("gaussian", 130, d, 1, dtype)
    maker = Maker(x, *orthonormal(width - 1, d))
    expected, _, _, _, spread = maker.sketch(reference, x)
    length = lengths(maker.scaled(x))[:, None]
    for n_threads in THREADS:
        values, _, _, square, got_spread = maker.sketch(core, x, n_threads)
        assert (got_spread, spread) == (0, 0)
        # both projections are within eta |y| of Q y; squares of the rests differ by 4 eta |y|^2
        off = np.abs(values.astype(Wide) - expected)
        assert (off[:, :-1] <= 2 * maker.made.eta * length).all()
        squares = values[:, -1:].astype(Wide) ** 2 - expected[:, -1:].astype(Wide) ** 2
        assert (np.abs(squares) <= 9 * maker.made.eta * length**2).all()
        whole = (values.astype(Wide) ** 2).sum(axis=1)
        assert (square <= whole).all()
        assert (square >= whole * (1 - 2.0**-21)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("coded", [False, True])
@pytest.mark.parametrize(("n", "d", "width"), [(1, 3, 4), (2500, 40, 33), (1025, 130, 256)])
def test_any_threads_give_the_same_bits(core, n, d, width, coded, dtype):
    x, _ = make_problem("gaussian", n, d, 1, dtype)
    maker = Maker(x, *orthonormal(width - 1, d), coded)
    expected = maker.sketch(core, x)
    for n_threads in THREADS:
        for got, wanted in zip(maker.sketch(core, x, n_threads), expected, strict=True):
            assert_array_equal(got, wanted)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [4, 33, 256])
def test_codes_are_those_of_the_values(core, reference, width, dtype):
    x, _ = make_problem("gaussian", 100, 60, 1, dtype)
    directions = orthonormal(width - 1, 60)
    values = Maker(x, *directions).sketch(core, x)[0]
    _, codes, step, square, spread = Maker(x, *directions, coded=True).sketch(core, x)
    width = values.shape[1]
    wanted = np.empty_like(codes), np.empty_like(step), np.empty_like(square)
    wanted_spread = reference.sketches.encode_rows(values, np.zeros(width), 1.0, *wanted, 1)
    assert_array_equal(codes, wanted[0])
    assert_array_equal(step, wanted[1])
    assert_array_equal(square, wanted[2])
    assert spread == wanted_spread


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [2, 6, 9, 46])
@pytest.mark.parametrize("name", NASTY)
def test_sketches_bound_distances(core, name, width, dtype):
    for n, d, k in ((130, 45, 20), (40, 1, 9), (70, 8, 20)):
        x, centers = make_problem(name, n, d, k, dtype)
        if not has_sketches(x):
            continue
        random = Maker(x, *orthonormal(width - 1, d))
        own = principal_directions(random.scaled(x).astype(np.float32), width - 1, 1)
        for maker in (random, Maker(x, *own)):
            rows, of_centers = maker.sketch(core, x), maker.sketch(core, centers)
            if np.isfinite(rows[-1]) and np.isfinite(of_centers[-1]):
                values, _, _, squares, _ = zip(rows, of_centers, strict=True)
                assert_bounds_hold(maker, x, centers, values, squares)


def along(directions, n, dtype):
    """Rows of which the directions leave only rounding errors, so that those of rests show."""
    parts = np.random.default_rng(0).standard_normal((n, len(directions)))
    return (parts @ directions).astype(dtype)


def spoiled(how, directions):
    """Directions that are not quite orthonormal."""
    if how == "longer":
        directions[0] *= 1 + 2.0**-7
    elif how == "shorter":
        directions *= 1 - 2.0**-8
    elif how == "leaning":
        directions[1] += 2.0**-7 * directions[0]
    return directions


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("how", ["longer", "shorter", "leaning"])
def test_directions_need_not_be_orthonormal(core, how, dtype):
    directions = orthonormal(5, 20)[0]
    x = along(directions, 90, dtype)
    centers = (x[:30] * dtype(1 + 2.0**-9)).astype(dtype)
    maker = Maker(x, *measured(spoiled(how, directions)))
    (rows, _, _, row_square, _), (of_centers, _, _, square, _) = (
        maker.sketch(core, points) for points in (x, centers)
    )
    assert_bounds_hold(maker, x, centers, (rows, of_centers), (row_square, square))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [*NASTY, "along"])
def test_rests_are_not_below_what_directions_leave(core, name, dtype):
    directions, error = orthonormal(7, 45)
    if name == "along":
        x = along(directions, 130, dtype)
    else:
        x, _ = make_problem(name, 130, 45, 1, dtype)
    if not has_sketches(x):
        return
    maker = Maker(x, directions, error)
    values, _, _, _, spread = maker.sketch(core, x)
    assert spread == 0
    y = maker.scaled(x)
    # an orthonormal basis next to the directions, by one Newton step from float64's
    basis = np.linalg.qr(directions.astype(np.float64).T)[0].astype(Wide)
    basis = basis @ (1.5 * np.eye(7, dtype=Wide) - basis.T @ basis / 2)
    left = lengths(y - (y @ basis) @ basis.T)
    assert (values[:, -1].astype(Wide) >= left * (1 - Wide(2.0**-40)) - Wide(2.0**-100)).all()


@pytest.mark.parametrize("coded", [False, True])
@pytest.mark.parametrize("far", [2.0**50, 1e200, np.inf, np.nan])
def test_rows_too_far_out_have_no_sketch(core, reference, far, coded):
    directions, error = orthonormal(3, 8)
    x = np.ones((2000, 8))
    maker = Maker(x, directions, error, coded)
    maker.shift, maker.scale = np.zeros(8), 1.0
    x[1234, 2] = far
    for backend in (core, reference):
        assert np.isposinf(maker.sketch(backend, x)[-1])


def test_directions_of_few_or_equal_rows():
    for n, d, count in ((1, 5, 3), (3, 40, 7), (40, 6, 9), (40, 40, 8)):
        sample = np.random.default_rng(0).standard_normal((n, d))
        for rows in (sample, sample * 0, sample * 1e-200, np.tile(sample[:1], (n, 1))):
            directions, error = principal_directions(rows.astype(np.float32), count, 1)
            assert directions.shape[0] <= min(count, d)
            assert error < 2.0**-18


def test_principal_directions_leave_little():
    """Less than Halko, Martinsson and Tropp (2011, theorem 10.5) expect without power iteration."""
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.standard_normal((200, 200)))
    sample = rng.standard_normal((500, 200)) / np.arange(1, 201) @ turn
    directions, _ = principal_directions(sample.astype(np.float32), 10, 2)
    values = np.linalg.svd(sample, compute_uv=False) ** 2
    held = ((sample @ directions.T.astype(np.float64)) ** 2).sum()
    assert values.sum() - held <= (1 + 10 / 7) * values[10:].sum()


@pytest.mark.parametrize(("n", "d", "m"), [(1, 1, 1), (63, 5, 7), (130, 64, 6), (70, 200, 13)])
def test_inner_products(core, reference, n, d, m):
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal((rows, d)).astype(np.float32) for rows in (n, m))
    expected, first = np.empty((2, n, m), dtype=np.float32)
    reference.sketches.inner_products(x, y, expected, 1)
    core.sketches.inner_products(x, y, first, 1)
    lengths_of_pairs = np.outer(lengths(x), lengths(y))
    assert (np.abs(first - expected) <= (d + 3) * 2.0**-23 * lengths_of_pairs).all()
    for n_threads in THREADS:
        out = np.empty_like(first)
        core.sketches.inner_products(x, y, out, n_threads)
        assert_array_equal(out, first)
