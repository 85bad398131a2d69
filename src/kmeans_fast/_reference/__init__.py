"""The oracle and the fallback: every function of ``_core`` in NumPy, by the most literal formula."""
