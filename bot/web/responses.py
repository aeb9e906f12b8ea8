"""Responses of the HTTP pages."""

from wsgiref.types import StartResponse


def respond(
    start: StartResponse,
    status: str,
    body: bytes = b"",
    kind: str = "text/plain",
    *headers: tuple[str, str],
) -> list[bytes]:
    """Start a response that nobody may keep a copy of, and return its body."""
    length = ("Content-Length", str(len(body)))
    start(status, [("Content-Type", kind), length, ("Cache-Control", "no-store"), *headers])
    return [body]
