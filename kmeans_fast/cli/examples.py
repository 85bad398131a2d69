"""Real data sets that are part of scikit-learn, by name."""

from collections.abc import Callable

import numpy as np

from .messages import UserError
from .tables import Table


def digits() -> Table:
    """Return 1797 handwritten digits of 8 x 8 pixels."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return Table(data.data, tuple(data.feature_names))


def wine() -> Table:
    """Return 13 chemical measurements of 178 wines from three growers; they need scaling."""
    from sklearn.datasets import load_wine

    data = load_wine()
    return Table(data.data, tuple(data.feature_names))


def china() -> Table:
    """Return the 273,280 pixels of a photograph of a summer palace in China."""
    from sklearn.datasets import load_sample_image

    try:
        image = load_sample_image("china.jpg")
    except ImportError:
        raise UserError(
            'the example china needs Pillow; install with: pip install "kmeans-fast[cli]"'
        ) from None
    return Table(image.reshape(-1, 3).astype(np.float32), ("red", "green", "blue"))


EXAMPLES: dict[str, Callable[[], Table]] = {"digits": digits, "wine": wine, "china": china}


def load_example(name: str) -> Table:
    """Load an example by its name."""
    if name not in EXAMPLES:
        raise UserError(f"no example {name!r}; there are {', '.join(EXAMPLES)}")
    return EXAMPLES[name]()
