"""Two pairs of blobs, far from the origin on opposite sides, so that centering cannot help."""

import numpy as np

from peers import FAISS, OURS, SKLEARN, available
from process import PeerProcess
from table import markdown

FEATURES = (8, 128)
OFFSETS = (1000, 3000, 10_000)
ROWS = 4000
DEVIATION = 0.1
"""Standard deviation in units of the distance within a pair: that distance is ten deviations."""


def compare(settings):
    """Measure all of them and return the table."""
    peers = available([OURS, SKLEARN, FAISS])
    header = ["d", "offset / separation"]
    header += [f"{peer}, {what}" for peer in peers for what in ("fit", "predict")]
    rows = []
    for d in FEATURES:
        for offset in OFFSETS:
            scores = [score for peer in peers for score in agreement(settings, peer, d, offset)]
            rows.append([f"{d}", f"{offset}", *(f"{score:.3f}" for score in scores)])
    return markdown(
        "Data far from the origin, float32: adjusted Rand index from the right start", header, rows
    )


def agreement(settings, peer, d, offset):
    """Adjusted Rand index of the labels of fit and of predict."""
    from sklearn.metrics import adjusted_rand_score

    x, truth, centers = make_blobs(d, offset)
    paths = {"data": settings.save("x", x), "start": settings.save("start", centers)}
    with PeerProcess(settings.threads) as process:
        labels = process.call("peers", "fit_and_predict", peer=peer, **paths)
    return [adjusted_rand_score(truth, labels[what]) for what in ("fit", "predict")]


def make_blobs(d, offset):
    """Rows, the number of each row's blob, and the centers of the blobs."""
    rng = np.random.default_rng(0)
    away = np.full(d, offset / np.sqrt(d))
    apart = np.eye(d)[0] / 2
    centers = np.array([a * away + b * apart for a in (-1, 1) for b in (-1, 1)])
    truth = rng.integers(0, 4, ROWS)
    x = centers[truth] + DEVIATION * rng.standard_normal((ROWS, d))
    return x.astype(np.float32), truth, centers.astype(np.float32)
