"""Each page answers to its own methods, and to those whom it concerns."""

from io import BytesIO
from types import SimpleNamespace

import pytest

from bot.web.routes import routes
from bot.web.verify import VerifyPage

SECRET = "x" * 30
CALENDAR = f"/calendar/{SECRET}.ics"


def get(method, path, *, slack=None, body=b"", **environ):
    """The status, headers and body of an answer."""
    found = []
    page = routes(
        slack,
        SimpleNamespace(ready=lambda: (True, {}), ended=list),
        lambda: b"numbers",
        {SECRET: b"dates"}.get,
        VerifyPage(None, None),
    )

    def start(status, headers, *_):
        found[:] = int(status[:3]), dict(headers)

    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        **environ,
    }
    content = b"".join(page(environ, start))
    return *found, content


PAGES = ["/healthz", "/readyz", "/metrics", CALENDAR, "/verify"]


@pytest.mark.parametrize("path", PAGES)
def test_head_gives_the_headers_of_get_without_a_body(path):
    status, headers, body = get("GET", path)
    assert (status, len(body)) == (200, int(headers["Content-Length"]))
    assert body
    assert get("HEAD", path) == (200, headers, b"")


@pytest.mark.parametrize("path", [*PAGES, "/slack/events"])
def test_another_method_is_refused_with_the_right_ones(path):
    status, headers, _ = get("PUT", path, slack=lambda *_: [])
    assert status == 405
    assert "PUT" not in headers["Allow"]
    assert headers["Allow"]


@pytest.mark.parametrize("path", PAGES)
def test_nobody_keeps_a_copy_of_a_page(path):
    assert get("GET", path)[1]["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/calendar/mistyped.ics"),
        ("GET", f"/calendar/{SECRET}y.ics"),
        ("POST", "/slack/events"),  # with Socket Mode
        ("PROPFIND", "/else"),
    ],
)
def test_what_is_not_there_is_not_found(method, path):
    assert get(method, path)[0] == 404


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_the_world_does_not_see_the_state_of_the_bot(path):
    assert get("GET", path, REMOTE_ADDR="10.1.2.3")[0] == 200
    assert get("GET", path, REMOTE_ADDR="8.8.8.8")[0] == 404
    assert get("GET", path, HTTP_X_FORWARDED_FOR="8.8.8.8")[0] == 404
    assert get("GET", "/healthz", REMOTE_ADDR="8.8.8.8")[0] == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"code=\xff", "application/x-www-form-urlencoded"),
        (b"\x1f\x8b\x08", "application/x-www-form-urlencoded"),
        (b"code=1", "multipart/form-data"),
        (b"code=1", "multipart/form-data; boundary=\xff"),
        (b"code=1", "text/plain"),
        (b"code=1", "application/x-www-form-urlencoded; charset=none"),
        (b"", ""),
    ],
)
def test_a_form_that_cannot_be_read_is_a_bad_request(body, kind):
    assert get("POST", "/verify", body=body, CONTENT_TYPE=kind)[0] == 400


def test_a_page_that_fails_answers_500_without_a_trace(caplog):
    def slack(*_):
        raise RuntimeError("words of somebody")

    assert get("POST", "/slack/events", slack=slack)[0] == 500
    assert "words" not in caplog.text
    assert caplog.records[0].fault == "RuntimeError"
