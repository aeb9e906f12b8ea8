"""A client can use up neither the memory nor the connections, however it behaves."""

import socket
from contextlib import ExitStack, contextmanager

import pytest

from bot.web import listener


@contextmanager
def listening():
    """A listener whose application says how long a body was; yields its port and these lengths."""
    lengths = []

    def application(environ, start):
        lengths.append(len(environ["wsgi.input"].read()))
        start("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    found = listener.listen(application, "127.0.0.1", 0)
    try:
        yield found.port, lengths
    finally:
        found.close()


def answer(port, *sent):
    """The status line of the answer to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for each in sent:
            connection.sendall(each)
        return connection.makefile("rb").readline()


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def test_a_body_beyond_the_limit_is_refused_unread(monkeypatch):
    monkeypatch.setattr(listener, "MAX_BODY_BYTES", 10)
    with listening() as (port, lengths):
        assert b"200" in answer(port, HEAD + b"Content-Length: 10\r\n\r\n" + b"x" * 10)
        assert b"413" in answer(port, HEAD + b"Content-Length: 11\r\n\r\n")
        assert b"413" in answer(port, CHUNKED + b"b\r\n" + b"x" * 11)
    assert lengths == [10]


def test_slow_connections_make_room_for_others(monkeypatch):
    monkeypatch.setattr(listener, "MAX_CONNECTIONS", 20)
    with listening() as (port, _), ExitStack() as stack:
        for n in range(130):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            slow.sendall(HEAD if n % 2 else HEAD + b"Content-Length: 10\r\n\r\nx")
        assert b"200" in answer(port, HEAD + b"\r\n")


def test_a_request_that_takes_too_long_to_arrive_is_cut_off(monkeypatch):
    monkeypatch.setattr(listener, "REQUEST_SECONDS", 0)
    monkeypatch.setattr(listener, "CLEANUP_SECONDS", 0)
    with listening() as (port, lengths):
        idle = socket.create_connection(("127.0.0.1", port), timeout=5)
        slow = socket.create_connection(("127.0.0.1", port), timeout=5)
        slow.sendall(HEAD)
        assert slow.recv(1) == b""
        assert lengths == []
        idle.sendall(HEAD + b"\r\n")
        assert b"200" in idle.makefile("rb").readline()


def test_a_taken_port_is_an_error_of_the_caller():
    with listening() as (port, _), pytest.raises(OSError, match="in use"):
        listener.listen(lambda *_: [], "127.0.0.1", port)
