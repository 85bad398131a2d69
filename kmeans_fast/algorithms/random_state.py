"""The random state of a fit as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._typing import Rng

BIT_GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
"""Names of those that NumPy has: a state names its own."""


def state_of(rng: Rng) -> dict[str, Any]:
    """State of a generator, of types that JSON has."""
    if isinstance(rng, np.random.RandomState):
        return {"kind": "RandomState", "state": _plain(rng.get_state(legacy=False))}
    state = dict(rng.bit_generator.state)
    name = state["bit_generator"]
    if name not in BIT_GENERATORS:
        raise ValueError(
            f"A checkpoint needs a bit generator of NumPy ({', '.join(BIT_GENERATORS)}), the "
            f"random state has {name!r}."
        )
    return {"kind": "Generator", "state": _plain(state)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": value.dtype.str}
    return value.item() if isinstance(value, np.generic) else value


def _arrays(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"array", "dtype"}:
            return np.array(value["array"], dtype=value["dtype"])
        return {name: _arrays(item) for name, item in value.items()}
    return value


def rng_from(data: dict[str, Any]) -> Rng:
    """A generator in a state that `state_of` gave."""
    state = _arrays(data["state"])
    bits: np.random.BitGenerator = getattr(np.random, state["bit_generator"])()
    if data["kind"] == "RandomState":
        return restored(np.random.RandomState(bits), data)
    return restored(np.random.Generator(bits), data)


def restored(rng: Rng, data: dict[str, Any]) -> Rng:
    """``rng`` in a state that `state_of` gave; a new generator where it is of another kind."""
    own = state_of(rng)
    if (own["kind"], own["state"]["bit_generator"]) != (
        data["kind"],
        data["state"]["bit_generator"],
    ):
        return rng_from(data)
    state = _arrays(data["state"])
    if isinstance(rng, np.random.RandomState):
        rng.set_state(state)
    else:
        rng.bit_generator.state = state
    return rng
