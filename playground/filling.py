"""What Slack sends of the fields of a form."""

from typing import Any

from playground.slack.records import Json


def filled(element: Json, value: Any) -> Json:
    """Return what `state.values` holds of an input element with this value; None for nothing.

    The value of an element of several choices is a list.
    """
    kind = element["type"]
    match kind:
        case "plain_text_input":
            given: Json = {"value": value}
        case "checkboxes" | "multi_static_select":
            given = {"selected_options": [{"value": each} for each in value or ()]}
        case "multi_users_select":
            given = {"selected_users": list(value or ())}
        case "users_select":
            given = {"selected_user": value}
        case "conversations_select":
            given = {"selected_conversation": value}
        case "timepicker":
            given = {"selected_time": value}
        case "datepicker":
            given = {"selected_date": value}
        case _:
            given = {"selected_option": {"value": value} if value else None}
    return {"type": kind, **given}
