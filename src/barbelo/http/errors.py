"""The one table from the kinds of error to what a client is told. Source: ARCHITECTURE 7; reference/pleroma 11.4.

Every answer is `{"error": "..."}`; some facts in an error's `data` are shown beside it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from barbelo.http.shapes import name_of
from barbelo.kernel import errors as kinds
from barbelo.kernel.errors import BarbeloError

Statuses = Mapping[type[BarbeloError], int]

NO_STATUSES: Statuses = MappingProxyType({})
STATUS: Statuses = MappingProxyType(
    {
        kinds.TooLarge: 413,
        kinds.Invalid: 422,
        kinds.Unauthenticated: 403,
        kinds.NotAllowed: 403,
        kinds.NotFound: 404,
        kinds.Gone: 410,
        kinds.Conflict: 409,
        kinds.TooMany: 429,
        kinds.Overloaded: 503,
        kinds.Refused: 422,
        kinds.Malformed: 502,
        kinds.Unreachable: 502,
    }
)

SHOWN = ("error_description", "identifier", "details", "mfa_token", "supported_challenge_types")
"""Names in an error's `data` that clients know and may see."""

PLEROMA = ("/api/pleroma/", "/api/v1/pleroma/")
API = ("/api", "/oauth", "/.well-known", "/nodeinfo")
"""Where clients and servers call: JSON only, any origin."""
_BELOW = tuple(f"{prefix}/" for prefix in API)


def is_api(path: str) -> bool:
    return path.startswith(_BELOW) or path in API


def status_of(error: BarbeloError, path: str, statuses: Statuses = NO_STATUSES) -> int:
    """The HTTP status; `statuses` are a route's own answers and go first, nearest kind first."""
    for kind in type(error).__mro__:
        if kind in statuses:
            return statuses[kind]
        if kind is kinds.Invalid:
            return 422 if path.startswith("/api/") and not path.startswith(PLEROMA) else 400
        if kind is kinds.Unauthenticated:
            return 401 if error.data.get("sent") else 403
        if kind in STATUS:
            return STATUS[kind]
    return 400


def body_of(error: BarbeloError) -> dict[str, object]:
    body: dict[str, object] = {"error": error.message}
    body.update({name: error.data[name] for name in SHOWN if name in error.data})
    field = error.data.get("field")
    if isinstance(field, str) and field:
        body["errors"] = [
            {
                "title": "Invalid value",
                "source": {"pointer": "/" + field.replace(".", "/")},
                "message": error.message.removesuffix("."),
            }
        ]
    return body


def headers_of(error: BarbeloError) -> dict[str, str]:
    if isinstance(error, kinds.TooMany | kinds.Overloaded):
        return {"retry-after": str(max(1, error.retry_after_s))}
    return {}


def missing(field: str) -> kinds.Invalid:
    """What the binder says of a required parameter, for handlers that need one only sometimes."""
    return kinds.Invalid(f"Missing field: {name_of(field)}.", field=field)
