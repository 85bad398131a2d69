"""A package that calls kmeans_fast from Cython, C and Python: see docs/c_api.md."""
