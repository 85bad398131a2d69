"""The oracle and the fallback: each function of ``_core`` in NumPy, by the most literal formula."""
