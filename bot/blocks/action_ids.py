"""The ids of buttons, menus and forms, and how several values travel in one.

Messages of earlier versions stay in Slack for years, so an id is never given another meaning.
A press says on what: the first part of a value may hold what its presser saw (`stamped`), such as
the date of a meeting. What has changed since is refused; values of earlier versions hold none.
Some ids have a variable end and are made where they are used: `intake:choose:VALUE`,
`compose:move:NUMBER`, `coach:take:NUMBER`, `growth:GUIDANCE`, `session:MOVE`.
"""

from enum import StrEnum
from hashlib import sha256


class ActionId(StrEnum):
    """What a button or a menu is for, as "noun:verb"."""

    AGREEMENT_ALL = "agreement:all"
    AGREEMENT_EDIT = "agreement:edit"
    AGREEMENT_SIGN = "agreement:sign"
    CASE_KEEP = "case:keep"
    CASE_START = "case:start"
    CASE_WITHDRAW = "case:withdraw"
    COACH_OFF = "coach:off"
    COACH_ON = "coach:on"
    COMPOSE_ADD = "compose:add"
    COMPOSE_CHANGE = "compose:change"
    COMPOSE_NEW = "compose:new"
    COMPOSE_REMOVE = "compose:remove"
    DATA_FORGET = "data:forget"
    DATA_FORGET_YES = "data:forget_yes"
    DATA_KEEP = "data:keep"
    DATA_MESSAGES = "data:messages"
    DATA_MINE = "data:mine"
    FOLLOW_UP_TELL = "follow_up:tell"
    GROUP_CALENDAR = "group:calendar"
    GROUP_CASE = "group:case"
    GROUP_DETAILS = "group:details"
    GROUP_END = "group:end"
    GROUP_EVALUATION = "group:evaluation"
    GROUP_FIRST = "group:first"
    GROUP_FOUNDING = "group:founding"
    GROUP_GROUP = "group:group"
    GROUP_MEETING = "group:meeting"
    GROUP_QUEUE = "group:queue"
    GROUP_ROTA = "group:rota"
    GROUP_SETTINGS = "group:settings"
    GROUP_START = "group:start"
    GROUP_STATUS = "group:status"
    GROUP_WISHES = "group:wishes"
    HELP_MORE = "help:more"
    HISTORY_NEWER = "history:newer"
    HISTORY_OLDER = "history:older"
    HISTORY_OPEN = "history:open"
    HOME_BEGIN = "home:begin"
    HUNCH_HELD = "hunch:held"
    HUNCH_PARK = "hunch:park"
    HUNCH_RELEASED = "hunch:released"
    HUNCH_STANDS = "hunch:stands"
    INTAKE_DISCARD = "intake:discard"
    INTAKE_EDIT = "intake:edit"
    INTAKE_EDIT_ANY = "intake:edit_any"
    INTAKE_FOR = "intake:for"
    INTAKE_FORM = "intake:form"
    INTAKE_FROM = "intake:from"
    INTAKE_NEW = "intake:new"
    INTAKE_POSITIVE = "intake:positive"
    INTAKE_THEME = "intake:theme"
    INTAKE_PASS = "intake:pass"  # noqa: S105 - a question
    INTAKE_RESUME = "intake:resume"
    INTAKE_STOP = "intake:stop"
    INTAKE_SUBMIT = "intake:submit"
    LADDER_DECLINE = "ladder:decline"
    LADDER_LOOK = "ladder:look"
    LADDER_SAW = "ladder:saw"
    LADDER_TAKE = "ladder:take"
    MEETING_ASSIGN = "meeting:assign"
    MEETING_AWAY = "meeting:away"
    MEETING_CALENDAR = "meeting:calendar"
    MEETING_COMING = "meeting:coming"
    MEETING_OFFER = "meeting:offer"
    MEETING_REST = "meeting:rest"
    MEETING_RETURN = "meeting:return"
    MEETING_PASS = "meeting:pass"  # noqa: S105 - a turn
    MEETING_SNOOZE = "meeting:snooze"
    MEETING_SWAP = "meeting:swap"
    MEETING_SWAP_NO = "meeting:swap_no"
    MEETING_SWAP_YES = "meeting:swap_yes"
    MEETING_UNASSIGN = "meeting:unassign"
    MEETING_UNPASS = "meeting:unpass"
    MEETING_UNSKIP = "meeting:unskip"
    MEETING_UNSWAP = "meeting:unswap"
    MEMBER_ACCEPT = "member:accept"
    MEMBER_CALENDAR = "member:calendar"
    MEMBER_CONFIRM = "member:confirm"
    MEMBER_DECLINE = "member:decline"
    MEMBER_END = "member:end"
    MEMBER_FEED_NEW = "member:feed_new"
    MEMBER_FEED_OFF = "member:feed_off"
    MEMBER_JOIN = "member:join"
    MEMBER_LEAVE = "member:leave"
    MEMBER_TALK = "member:talk"
    METHOD_STEPS = "method:steps"
    ROOM_ADMIT = "room:admit"
    ROOM_AGREE = "room:agree"
    ROOM_CHOOSE = "room:choose"
    ROOM_DISAGREE = "room:disagree"
    ROOM_FACILITATOR = "room:facilitator"
    ROOM_GUESTS_OFF = "room:guests_off"
    ROOM_GUESTS_ON = "room:guests_on"
    ROOM_KEEP = "room:keep"
    ROOM_MOVE = "room:move"
    ROOM_NAMES = "room:names"
    ROOM_REFUSE = "room:refuse"
    ROOM_TELL = "room:tell"
    SESSION_ASYNC = "session:async"
    SESSION_BACK = "session:back"
    SESSION_BEGIN = "session:begin"
    SESSION_CHECK = "session:check"
    SESSION_CONTRIBUTE = "session:contribute"
    SESSION_DONE = "session:done"
    SESSION_HAND_BACK = "session:hand_back"
    SESSION_HOW = "session:how"
    SESSION_JOIN = "session:join"
    SESSION_LATER = "session:later"
    SESSION_LEAD = "session:lead"
    SESSION_LIVE = "session:live"
    SESSION_METHODS = "session:methods"
    SESSION_MINUTES = "session:minutes"
    SESSION_MORE = "session:more"
    SESSION_MORE_TIME = "session:more_time"
    SESSION_NEXT = "session:next"
    SESSION_NO = "session:no"
    SESSION_OPENED = "session:opened"
    SESSION_PASS = "session:pass"  # noqa: S105 - a turn
    SESSION_PAUSE = "session:pause"
    SESSION_READERS = "session:readers"
    SESSION_REFLECT = "session:reflect"
    SESSION_RESUME = "session:resume"
    SESSION_SORT = "session:sort"
    SESSION_TO_IMAGE = "session:to_image"
    SESSION_TO_ON = "session:to_on"
    SESSION_TO_ROUND = "session:to_round"
    SESSION_TO_SILENCE = "session:to_silence"
    SESSION_TO_TEAM = "session:to_team"
    SESSION_VOTE = "session:vote"
    SESSION_TRAY = "session:tray"
    SESSION_USE = "session:use"
    SESSION_YES = "session:yes"
    STATEMENT_OPEN = "statement:open"
    STATS_CSV = "stats:csv"
    STATS_MINE = "stats:mine"
    STATS_OPEN = "stats:open"
    STATS_XLSX = "stats:xlsx"
    TOOL_ALL = "tool:all"
    TOOL_DROP = "tool:drop"
    TOOL_KEEP = "tool:keep"
    TOOL_SHARE = "tool:share"


class FormId(StrEnum):
    """Which form it is: its callback id at Slack."""

    AGREEMENT_FORM = "agreement:form"
    COMPOSE_FORM = "compose:form"
    FOLLOW_UP_ANSWER = "follow_up:answer"
    GROUP_DETAILS = "group:details"
    GROUP_FOUNDING = "group:founding"
    GROUP_SETTINGS = "group:settings"
    GROUP_WISHES = "group:wishes"
    HISTORY_PAGE = "history:page"
    HOME_BEGIN = "home:begin"
    HUNCH_PARK = "hunch:park"
    INTAKE_FORM = "intake:form"
    LADDER_LOOK = "ladder:look"
    LADDER_SAW = "ladder:saw"
    MEETING_ASSIGN = "meeting:assign"
    MEETING_CHANGE = "meeting:change"
    MEETING_SWAP = "meeting:swap"
    ROOM_CHOICE = "room:choice"
    ROOM_FACILITATOR = "room:facilitator"
    SESSION_CONTRIBUTE = "session:contribute"
    SESSION_METHOD = "session:method"
    SESSION_REFLECT = "session:reflect"
    SESSION_SORT = "session:sort"
    SESSION_VOTE = "session:vote"
    SESSION_TRAY = "session:tray"
    STATEMENT_MAKE = "statement:make"
    STATS_PERIOD = "stats:period"


def join_value(*parts: str) -> str:
    """Return several ids as the one value that a button or a form carries."""
    return "|".join(parts)


def digest(*texts: str) -> str:
    """Return a short stamp of texts, by which a change of them is seen."""
    return sha256("\n".join(texts).encode()).hexdigest()[:16]


def stamped(value: str, seen: object) -> str:
    """Return a value that also says what its presser sees: a date, a version, a digest."""
    about, bar, rest = value.partition("|")
    return f"{about}@{seen}{bar}{rest}"


def unstamped(value: str) -> tuple[str, str | None]:
    """Return a value without its stamp, and what its presser saw; None if it does not say."""
    about, bar, rest = value.partition("|")
    plain, at, seen = about.partition("@")
    return (f"{plain}{bar}{rest}", seen) if at else (value, None)


def split_value(value: str, count: int = 2) -> tuple[str, ...]:
    """Return the parts of a value that `join_value` made; missing parts are empty.

    The last part may hold the separator itself.
    """
    parts = value.split("|", count - 1)
    return (*parts, *([""] * (count - len(parts))))
