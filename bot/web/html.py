"""Pages of plain HTML for people: without scripts or external resources, in every language."""

from html import escape
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from bot.i18n import LANGUAGES, Language, Words, language_of

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
a { color: #1d5c49; }
a.button { display: inline-block; font-weight: 600; padding: .55rem 1.2rem; border-radius: 10px;
  background: #23443a; color: #fff; text-decoration: none; } small { color: #5c665f; }
"""


def language_asked(environ: WSGIEnvironment, asked: str) -> Language:
    """Return the language that the query names, else the first that the browser accepts."""
    if asked in LANGUAGES:
        return asked
    return language_of(str(environ.get("HTTP_ACCEPT_LANGUAGE") or "").partition(",")[0])


def other_languages(path: str, says: Words) -> str:
    """Return links to a page in the other languages, as HTML."""
    return " · ".join(
        f'<a href="{path}?lang={code}" hreflang="{code}" lang="{code}">{escape(each.name)}</a>'
        for code, each in LANGUAGES.items()
        if code != says.language
    )


def told(title: str, details: str, *, ok: bool, html: bool = False) -> str:
    """Return a result as HTML; `details` are escaped unless they are HTML already."""
    inside = details if html else f"<p>{escape(details)}</p>"
    sign = "✓" if ok else "✗"
    return (
        f'<div class="told{"" if ok else " no"}" role="status">'
        f"<strong>{sign} {escape(title)}</strong>{inside}</div>"
    )


def page(title: str, content: str, says: Words) -> str:
    """Return a whole page; `title` and `content` are HTML."""
    return f"""<!doctype html>
<html lang="{says.language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{STYLE}</style></head>
<body><main>{content}
</main></body></html>
"""


def send(
    start: StartResponse, status: HTTPStatus, body: str, *headers: tuple[str, str]
) -> list[bytes]:
    """Start the response with a page, and return its body."""
    content = body.encode()
    length = ("Content-Length", str(len(content)))
    start(f"{status.value} {status.phrase}", [*HEADERS, *headers, length])
    return [content]
