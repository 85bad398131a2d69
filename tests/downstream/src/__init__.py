"""A package that calls kmeans_fast from Cython, from C and from Python: see docs/c_api.md."""
