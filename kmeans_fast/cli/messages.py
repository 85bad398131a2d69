"""Messages of the command: the one error class that ends it, and text that is safe to print."""


class UserError(Exception):
    """An error that the user can correct: it ends the command with one line and exit code 2."""


def one_line(text: object) -> str:
    """Text on one line, with control characters (for example of a hostile file) replaced by "?"."""
    words = " ".join(str(text).split())
    return "".join(letter if letter.isprintable() else "?" for letter in words)
