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

from bot.i18n import Words, words
from bot.services.receipts import ReceiptFacts, Receipts
from bot.services.statements import StatementFacts, Statements
from bot.web.html import language_asked, other_languages, page, send, told

PATH = "/verify"

MAX_REQUEST_BYTES = 1024 * 1024
"""Largest request accepted. The statement of a full year has about 100 kB."""


class VerifyPage:
    """The page as a WSGI application."""

    def __init__(self, statements: Statements, receipts: Receipts) -> None:
        self.statements = statements
        self.receipts = receipts

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request: show the form, and the result if it holds a code or a file."""
        query = parse_qs(str(environ.get("QUERY_STRING") or ""))
        says = words(language_asked(environ, query.get("lang", [""])[0]))
        status, result = HTTPStatus.OK, ""
        if environ.get("REQUEST_METHOD") == "POST":
            status, result = self._posted(environ, says)
        elif code := query.get("code", [""])[0]:
            result = self._by_code(code, says)
        return send(start, status, _page(result, says))

    def _posted(self, environ: WSGIEnvironment, says: Words) -> tuple[HTTPStatus, str]:
        """Check a submitted code or file; return the status and the result as HTML."""
        if int(environ.get("CONTENT_LENGTH") or 0) > MAX_REQUEST_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told(says("verify.too_large"), "", ok=False)
        try:
            forms, files = parse_form_data(dict(environ), strict=True, disk_limit=MAX_REQUEST_BYTES)
        except Exception:  # whatever the parser stumbles over is no form
            return HTTPStatus.BAD_REQUEST, told(says("verify.unread"), "", ok=False)
        file = files.get("file")
        if file is not None and file.size:
            genuine, facts = self.statements.check_file(file.file.read())
            if not genuine:
                return HTTPStatus.OK, told(
                    says("verify.file_no"), says("verify.file_why"), ok=False
                )
            shown = _facts(facts, says) if facts else f"<p>{says('verify.forgotten')}</p>"
            return HTTPStatus.OK, told(says("verify.file_yes"), shown, ok=True, html=True)
        return HTTPStatus.OK, self._by_code(str(forms.get("code") or ""), says)

    def _by_code(self, code: str, says: Words) -> str:
        """Return the result of checking a code, as HTML."""
        receipt = self.receipts.find_by_code(code)
        if receipt is not None:
            return told(says("verify.receipt"), _receipt(receipt, says), ok=True, html=True)
        facts = self.statements.find_by_code(code)
        if facts is None:
            return told(says("verify.code_no"), says("verify.code_why"), ok=False)
        shown = f"{_facts(facts, says)}<p>{says('verify.compare')}</p>"
        return told(says("verify.code_yes"), shown, ok=True, html=True)


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
    action = f"{PATH}?lang={says.language}"
    title = escape(says("verify.title"))
    content = f"""<h1>{title}</h1>
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
<p>{other_languages(PATH, says)}</p>"""
    return page(title, content, says)
