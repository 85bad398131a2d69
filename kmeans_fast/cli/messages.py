"""Messages of the command: the errors that end it, and text that is safe to print."""

import re

OPTIONS = {
    "memory_limit": "--memory-limit",
    "scratch_dir": "--scratch-dir",
    "checkpoint": "--checkpoint",
    "checkpoint_seconds": "--checkpoint-seconds",
    "resume": "--resume",
    "columns": "--column",
    "weight_column": "--weight-column",
    "sample_weight": "--weight-column",
    "n_clusters": "--clusters",
    "init": "--init",
    "n_init": "--n-init",
    "max_iter": "--max-iter",
    "tol": "--tol",
}
"""Options of the command by the names of the arguments in Python."""


class UserError(Exception):
    """An error that the user can correct: it ends the command with one line and exit code 2."""


class StoppedError(Exception):
    """Ctrl-C, where there is something to say of it: exit code 130."""


def one_line(text: object) -> str:
    """Text on one line, with control characters (for example of a hostile file) replaced by "?"."""
    words = " ".join(str(text).split())
    return "".join(letter if letter.isprintable() else "?" for letter in words)


def as_options(text: object) -> str:
    """A message of the library, with the options of the command in place of arguments."""

    def option(match: re.Match[str]) -> str:
        name, sign, follows = match.groups()
        if sign is None and "_" not in name:
            return match[0]  # a word of English, such as "checkpoint"
        return OPTIONS[name] + (" " if follows else "")

    return re.sub(rf"(?<![\w-])({'|'.join(OPTIONS)})\b(=True\b|=(?=(\S?)))?", option, str(text))
