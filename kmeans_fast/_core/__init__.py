"""The compiled algorithms over row blocks; same modules and functions as ``_reference``."""
