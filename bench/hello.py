"""Bolt's hello-world as a process: `python bench/hello.py`; the environment says where."""

import os
from typing import Any

from slack_bolt import App, Say
from slack_sdk import WebClient

app = App(
    client=WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]),
    signing_secret=os.environ["SLACK_SIGNING_SECRET"],
)


@app.message("hello")
def hello(message: dict[str, Any], say: Say) -> None:
    """Answer."""
    say(f"Hey there <@{message['user']}>!")


if __name__ == "__main__":
    app.start(port=int(os.environ["PORT"]))
