"""The function interface: arrays in, arrays or a result out, NumPy only."""
