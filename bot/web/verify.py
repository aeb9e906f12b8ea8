"""The page on which anyone checks a statement, by its code or its file, or a receipt by its code.

Plain HTML in every language, without scripts, cookies or external resources.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from html import escape
from http import HTTPStatus
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from multipart import parse_form_data

from bot.i18n import LANGUAGES, Language, Words, language_of, words
from bot.services.receipts import ReceiptFacts, Receipts
from bot.services.statements import StatementFacts, Statements

PATH = "/verify"

MAX_REQUEST_BYTES = 1024 * 1024
"""Largest request accepted. The statement of a full year has about 100 kB."""

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex"),
]

STYLE = """
body { margin: 0; background: #faf7f1; color: #26302b; font: 17px/1.55 system-ui, sans-serif; }
main { max-width: 38rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
form { background: #fff; border: 1px solid #e4ded2; border-radius: 14px; padding: 1rem 1.25rem;
  margin: 1rem 0; }
label { display: block; font-weight: 600; margin-bottom: .4rem; }
input { font: inherit; max-width: 100%; box-sizing: border-box; padding: .5rem .6rem;
  border: 1px solid #8d968f; border-radius: 9px; }
input[type=text] { width: 100%; letter-spacing: .06em; text-transform: uppercase; }
input[type=file] { width: 100%; border-style: dashed; padding: 1.4rem .8rem; }
button { font: inherit; font-weight: 600; margin-top: .8rem; padding: .55rem 1.2rem; border: 0;
  border-radius: 10px; background: #23443a; color: #fff; }
button:focus-visible, input:focus-visible, a:focus-visible { outline: 3px solid #d8a04a; }
.told { border-left: 6px solid #23443a; background: #e5efe9; padding: .9rem 1.1rem;
  border-radius: 8px; }
.told.no { border-color: #9b2c10; background: #fbe9e2; }
.told strong { display: block; font-size: 1.15rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dd { margin: 0; font-weight: 600; } dt { color: #5c665f; }
a { color: #1d5c49; } small { color: #5c665f; }
"""


class VerifyPage:
    """The page as a WSGI application."""

    def __init__(self, statements: Statements, receipts: Receipts) -> None:
        self.statements = statements
        self.receipts = receipts

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request: show the form, and the result if it holds a code or a file."""
        query = parse_qs(str(environ.get("QUERY_STRING") or ""))
        says = words(_language(environ, query.get("lang", [""])[0]))
        status, result = HTTPStatus.OK, ""
        if environ.get("REQUEST_METHOD") == "POST":
            status, result = self._posted(environ, says)
        elif code := query.get("code", [""])[0]:
            result = self._by_code(code, says)
        body = _page(result, says).encode()
        length = ("Content-Length", str(len(body)))
        start(f"{status.value} {status.phrase}", [*HEADERS, length])
        return [body]

    def _posted(self, environ: WSGIEnvironment, says: Words) -> tuple[HTTPStatus, str]:
        """Check a submitted code or file; return the status and the result as HTML."""
        if int(environ.get("CONTENT_LENGTH") or 0) > MAX_REQUEST_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _result(
                says("verify.too_large"), "", ok=False
            )
        try:
            forms, files = parse_form_data(dict(environ), strict=True, disk_limit=MAX_REQUEST_BYTES)
        except Exception:  # whatever the parser stumbles over is no form
            return HTTPStatus.BAD_REQUEST, _result(says("verify.unread"), "", ok=False)
        file = files.get("file")
        if file is not None and file.size:
            genuine, facts = self.statements.check_file(file.file.read())
            if not genuine:
                return HTTPStatus.OK, _result(
                    says("verify.file_no"), says("verify.file_why"), ok=False
                )
            shown = _facts(facts, says) if facts else f"<p>{says('verify.forgotten')}</p>"
            return HTTPStatus.OK, _result(says("verify.file_yes"), shown, ok=True, html=True)
        return HTTPStatus.OK, self._by_code(str(forms.get("code") or ""), says)

    def _by_code(self, code: str, says: Words) -> str:
        """Return the result of checking a code, as HTML."""
        receipt = self.receipts.find_by_code(code)
        if receipt is not None:
            return _result(says("verify.receipt"), _receipt(receipt, says), ok=True, html=True)
        facts = self.statements.find_by_code(code)
        if facts is None:
            return _result(says("verify.code_no"), says("verify.code_why"), ok=False)
        shown = f"{_facts(facts, says)}<p>{says('verify.compare')}</p>"
        return _result(says("verify.code_yes"), shown, ok=True, html=True)


def _language(environ: WSGIEnvironment, asked: str) -> Language:
    """Return the language that the query names, else the first that the browser accepts."""
    if asked in LANGUAGES:
        return asked
    return language_of(str(environ.get("HTTP_ACCEPT_LANGUAGE") or "").partition(",")[0])


def _result(title: str, details: str, *, ok: bool, html: bool = False) -> str:
    """Return a result as HTML; `details` are escaped unless they are HTML already."""
    inside = details if html else f"<p>{escape(details)}</p>"
    sign = "✓" if ok else "✗"
    return (
        f'<div class="told{"" if ok else " no"}" role="status">'
        f"<strong>{sign} {escape(title)}</strong>{inside}</div>"
    )


def _facts(facts: StatementFacts, says: Words) -> str:
    """Return the facts of a statement as an HTML list."""
    spoken = f"{facts.minutes // 60}:{facts.minutes % 60:02}"
    length = spoken if facts.minutes else says("paper.written")
    rows = {
        "name": facts.name,
        "year": facts.year,
        "meetings": facts.meetings,
        "hours": length,
        "issued": says.day(date.fromisoformat(facts.issued)),
    }
    return _list(rows, says)


def _receipt(facts: ReceiptFacts, says: Words) -> str:
    """Return the facts of a receipt of forgetting as an HTML list."""
    rows = {
        "session": facts.session,
        "destroyed": says.day(facts.day),
        "removed": facts.removed,
        "remained": facts.remained,
    }
    return _list(rows, says)


def _list(rows: Mapping[str, object], says: Words) -> str:
    """Return facts as an HTML list; each name is a key of a text."""
    shown = "".join(
        f"<dt>{escape(says(f'verify.{name}'))}</dt><dd><bdi>{escape(str(value))}</bdi></dd>"
        for name, value in rows.items()
    )
    return f"<dl>{shown}</dl>"


def _page(result: str, says: Words) -> str:
    others = " · ".join(
        f'<a href="{PATH}?lang={code}" hreflang="{code}" lang="{code}">{escape(each.name)}</a>'
        for code, each in LANGUAGES.items()
        if code != says.language
    )
    action = f"{PATH}?lang={says.language}"
    return f"""<!doctype html>
<html lang="{says.language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(says("verify.title"))}</title><style>{STYLE}</style></head>
<body><main><h1>{escape(says("verify.title"))}</h1>
<p>{escape(says("verify.intro"))}</p>
{result}
<form method="post" action="{action}" enctype="multipart/form-data">
<label for="file">{escape(says("verify.file"))}</label>
<input type="file" id="file" name="file" accept="application/pdf,.pdf" required>
<button>{escape(says("verify.check"))}</button></form>
<form method="post" action="{action}" enctype="multipart/form-data">
<label for="code">{escape(says("verify.code"))}</label>
<input type="text" id="code" name="code" maxlength="60" autocomplete="off" required>
<button>{escape(says("verify.check"))}</button></form>
<p><small>{escape(says("verify.kept"))}</small></p>
<p>{others}</p>
</main></body></html>
"""
