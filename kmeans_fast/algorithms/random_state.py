"""The random state of a fit as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._typing import Rng


def state_of(rng: Rng) -> dict[str, Any]:
    """State of a generator, of types that JSON has."""
    if isinstance(rng, np.random.RandomState):
        return {"kind": "RandomState", "state": _plain(rng.get_state(legacy=False))}
    return {"kind": "Generator", "state": _plain(dict(rng.bit_generator.state))}


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
    name = state["bit_generator"]
    if name not in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"):
        raise ValueError(f"unknown bit generator {name!r}")
    bits = getattr(np.random, name)()
    if data["kind"] == "RandomState":
        restored = np.random.RandomState(bits)
        restored.set_state(state)
        return restored
    bits.state = state
    return np.random.Generator(bits)
