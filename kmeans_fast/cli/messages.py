"""What the command says: the one kind of error that ends it, and text that is safe to print."""


class UserError(Exception):
    """Something the user can put right: ends the command with one line and exit code 2."""


def one_line(text: object) -> str:
    """Text on one line, control characters (of a hostile file, say) replaced."""
    words = " ".join(str(text).split())
    return "".join(letter if letter.isprintable() else "?" for letter in words)
