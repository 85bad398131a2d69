"""The random state of a fit: what may be its source, and its state as plain data."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Chance: TypeAlias = np.random.Generator | np.random.RandomState


def state_of(rng: Chance) -> dict[str, Any]:
    """State of a generator, of types that JSON has."""
    if isinstance(rng, np.random.RandomState):
        state = rng.get_state(legacy=False)
        kind = "RandomState"
    else:
        state, kind = rng.bit_generator.state, "Generator"
    return {"kind": kind, "state": _plain(state)}


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


def rng_from(data: dict[str, Any]) -> Chance:
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
