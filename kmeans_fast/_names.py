"""The names that users choose from: declared once, for type checkers, checks and the command."""

from typing import Literal, TypeAlias, get_args

Algorithm: TypeAlias = Literal[
    "auto", "filtering", "hamerly", "lloyd", "codes", "elkan", "sketch", "sorted"
]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
"""What ``algorithm=`` takes: "auto", and the assigners of `assigners.registry`."""

InitName: TypeAlias = Literal[
    "k-means++", "k-means||", "afk-mc2", "random", "random-partition", "density"
]
INITS: tuple[InitName, ...] = get_args(InitName)
"""What ``init=`` takes by name: see `algorithms.seeding`."""

EmptyCluster: TypeAlias = Literal["relocate", "drop", "error"]
EMPTY_CLUSTERS: tuple[EmptyCluster, ...] = get_args(EmptyCluster)
"""What ``empty_cluster=`` takes: see `algorithms.empty_clusters`."""

OnInterrupt: TypeAlias = Literal["raise", "keep"]
ON_INTERRUPT: tuple[OnInterrupt, ...] = get_args(OnInterrupt)
"""What ``on_interrupt=`` takes: what Ctrl-C does."""
