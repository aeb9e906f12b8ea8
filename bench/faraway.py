"""A Slack that is far away: `python -m bench.faraway PORT SECONDS LIMITED`.

It answers every call after so many seconds, and one message a second to each channel when it
is limited, with bursts as the playground takes them. `GET /figures` gives what it took.
"""

import asyncio
import sys
from collections import Counter, defaultdict, deque
from itertools import count
from time import monotonic

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.slack.api import BURST


class Faraway:
    """Counts calls by the second, from the first one on."""

    def __init__(self, seconds: float, *, limited: bool) -> None:
        self.seconds = seconds
        self.limited = limited
        self.taken: Counter[int] = Counter()
        self.refused: Counter[int] = Counter()
        self._began: float | None = None
        self._sent: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._number = count(1)

    async def call(self, request: Request) -> Response:
        """Count one call."""
        channel = str((await request.json())["channel"])
        now = monotonic()
        self._began = self._began or now
        second = int(now - self._began)
        if self.limited and self._too_much(request.headers["authorization"], channel, now):
            self.refused[second] += 1
            return JSONResponse({"ok": False}, status_code=429, headers={"Retry-After": "1"})
        self.taken[second] += 1
        await asyncio.sleep(self.seconds)
        ts = f"{1_900_000_000 + next(self._number)}.000100"
        return JSONResponse({"ok": True, "channel": channel, "ts": ts})

    async def figures(self, _: Request) -> Response:
        """Return the calls accepted and refused, by the second."""
        return JSONResponse({"taken": self.taken, "refused": self.refused})

    def _too_much(self, who: str, channel: str, now: float) -> bool:
        sent = self._sent[(who, channel)]
        while sent and sent[0] <= now - (BURST - 0.5):
            sent.popleft()
        if len(sent) >= BURST:
            return True
        sent.append(now)
        return False


def main(port: str, seconds: str, limited: str) -> None:
    """Serve until the process is ended."""
    slack = Faraway(float(seconds), limited=limited == "limited")
    routes = [
        Route("/figures", slack.figures),
        Route("/api/{method}", slack.call, methods=["POST"]),
    ]
    uvicorn.run(
        Starlette(routes=routes), host="127.0.0.1", port=int(port), log_level="error",
        access_log=False,
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
