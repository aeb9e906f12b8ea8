"""The pages with which anyone adds the app to their Slack workspace or organisation (OAuth v2).

`PATH` shows what the bot may read, and the button. Slack sends whoever agrees on to `DONE_PATH`
with a code, and with the state that the button held. The state says when and in which language
the button was shown; the key ring seals it, a cookie binds it to the browser, and it works once.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from html import escape
from http import HTTPStatus
from urllib.parse import parse_qs, urljoin
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from slack_sdk.oauth import AuthorizeUrlGenerator, OAuthStateUtils

from bot.blocks.replies import refusal_text
from bot.errors import Refusal
from bot.i18n import Language, Words, words
from bot.ops.manifest import manifest
from bot.repositories.installations import Grant
from bot.services.inbox import Inbox
from bot.services.installations import Installations
from bot.settings import Settings
from bot.store.crypto import KeyRing, WrongKey
from bot.store.unit import anonymous_id
from bot.web.html import language_asked, other_languages, page, send, told

PATH = "/slack/install"
DONE_PATH = "/slack/oauth_redirect"

STATE_LIFE = timedelta(minutes=10)
"""How long somebody may take to agree."""

READS = ("channels", "direct", "people", "places")
WRITES = ("messages", "files", "pins")
"""What the bot may read and write, by the ends of the keys of texts."""

DENIED = "access_denied"
"""Slack's error when somebody does not agree."""


class InstallPages:
    """Both pages, as WSGI applications. `now` returns the time, aware, in UTC."""

    def __init__(
        self,
        settings: Settings,
        installations: Installations,
        inbox: Inbox,
        keys: KeyRing,
        now: Callable[[], datetime],
    ) -> None:
        self._installations = installations
        self._inbox = inbox
        self._keys = keys
        self._now = now
        self._redirect_uri = settings.intervisie_url + DONE_PATH
        self._cookie = OAuthStateUtils(
            cookie_name="intervisie-install",
            expiration_seconds=int(STATE_LIFE.total_seconds()),
        )
        scopes = manifest()["oauth_config"]["scopes"]
        self._urls = AuthorizeUrlGenerator(
            client_id=settings.slack_client_id,
            redirect_uri=self._redirect_uri,
            scopes=[*scopes["bot"], *scopes["bot_optional"]],
            authorization_url=urljoin(settings.slack_api_url, "/oauth/v2/authorize"),
        )

    def pages(self) -> dict[str, WSGIApplication]:
        """Return the pages by their paths."""
        return {PATH: self._offer, DONE_PATH: self._finish}

    def _offer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Show what the bot may read, and the button; remember the button in a cookie."""
        says = words(language_asked(environ, _query(environ, "lang")))
        state = self._new_state(says.language)
        button = f'<a class="button" href="{escape(self._urls.generate(state))}">'
        content = f"""<h1>{escape(says("install.title"))}</h1>
<p>{escape(says("install.intro"))}</p>
<h2>{escape(says("install.reads"))}</h2>{_list([f"install.read_{each}" for each in READS], says)}
<h2>{escape(says("install.writes"))}</h2>{_list([f"install.write_{each}" for each in WRITES], says)}
<p>{escape(says("install.keeps"))}</p>
<p>{button}{escape(says("install.button"))}</a></p>
<p>{other_languages(PATH, says)}</p>"""
        cookie = f"{self._cookie.build_set_cookie_for_new_state(state)}; SameSite=Lax"
        shown = page(escape(says("install.title")), content, says)
        return send(start, HTTPStatus.OK, shown, ("Set-Cookie", cookie))

    def _finish(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Install the app with Slack's code, and say what now; or why it is not installed."""
        language = language_asked(environ, "")
        status = HTTPStatus.OK
        try:
            language = self._check_state(environ)
            says = words(language)
            grant = self._install(environ)
            where = "organisation" if grant.org_wide else "workspace"
            steps = [f"install.next_{each}" for each in ("invite", "start", "home")]
            result = f"""{told(says("install.done"), says(f"install.done_{where}"), ok=True)}
<h2>{escape(says("install.next"))}</h2>{_list(steps, says, "ol")}"""
        except Refusal as refusal:
            says, status = words(language), HTTPStatus.BAD_REQUEST
            again = f'<p><a href="{PATH}?lang={language}">{escape(says("install.again"))}</a></p>'
            why = refusal_text(refusal, says)
            result = f"{told(says('install.not_done'), why, ok=False)}{again}"
        title = escape(says("install.title"))
        cookie = self._cookie.build_set_cookie_for_deletion()
        shown = page(title, f"<h1>{title}</h1>{result}", says)
        return send(start, status, shown, ("Set-Cookie", cookie))

    def _install(self, environ: WSGIEnvironment) -> Grant:
        """Install the app with the code of a request. Raises `Refusal`."""
        if error := _query(environ, "error"):
            raise Refusal("install_denied" if error == DENIED else "install_refused")
        return self._installations.install(_query(environ, "code"), self._redirect_uri)

    def _new_state(self, language: Language) -> str:
        issued = json.dumps([self._now().isoformat(), language])
        return self._keys.seal(issued.encode()).decode().rstrip("=")

    def _check_state(self, environ: WSGIEnvironment) -> Language:
        """Return the language of the page with the button that this request comes from.

        Raises `Refusal` for a state that is not ours, is not this browser's, is too old, or was
        used before.
        """
        state = _query(environ, "state")
        cookie = str(environ.get("HTTP_COOKIE") or "")
        try:
            sealed = (state + "=" * (-len(state) % 4)).encode("ascii")
            issued, language = json.loads(self._keys.open(sealed))
        except (UnicodeError, WrongKey):
            raise Refusal("install_state") from None
        fresh = timedelta(0) <= self._now() - datetime.fromisoformat(issued) < STATE_LIFE
        if not fresh or not self._cookie.is_valid_browser(state, {"cookie": cookie}):
            raise Refusal("install_state")
        if not self._inbox.first_time("", anonymous_id("install", state)):
            raise Refusal("install_state")
        return str(language)


def _query(environ: WSGIEnvironment, name: str) -> str:
    return parse_qs(str(environ.get("QUERY_STRING") or "")).get(name, [""])[0]


def _list(keys: Iterable[str], says: Words, kind: str = "ul") -> str:
    """Return texts as an HTML list, by their keys."""
    return f"<{kind}>{''.join(f'<li>{escape(says(key))}</li>' for key in keys)}</{kind}>"
