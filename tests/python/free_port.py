"""A port for a server that is started a moment later; alone, prints one."""

from random import randrange
from socket import socket


def free_port():
    """Not of those that a system gives out by itself (Linux: from 32,768): some connection would take it meanwhile."""
    while True:
        port = randrange(10_000, 32_768)
        with socket() as one:
            try:
                one.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


if __name__ == "__main__":
    print(free_port())
