"""A relay in its own process: `python -m bench.sender URL API HANDS`, until it is ended."""

import os
import signal
import sys
from threading import Event

from slack_sdk import WebClient

from bot.app import utc_now
from bot.outbox.relay import Relay
from bot.store.crypto import KeyRing
from bot.store.unit import Store


def main(url: str, api: str, hands: str) -> None:
    """Send the messages of a database's workspaces, each with its own token."""

    def client(workspace: str) -> WebClient:
        return WebClient(token=f"xoxb-{workspace}", base_url=api, retry_handlers=[])

    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    store = Store(url, KeyRing([os.environ["INTERVISIE_KEYS"]]))
    Relay(store, client, utc_now, workers=int(hands)).run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
