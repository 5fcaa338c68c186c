"""What can be wrong with a sign-in. Texts and identifiers: reference/pleroma 5.3."""

from typing import ClassVar

from barbelo.kernel.errors import Invalid, NotAllowed

OUTSIDE = "This action is outside the authorized scopes"


class WrongCredentials(Invalid):
    """Client, code, password or refresh token: which of them is wrong is in `error_description`, if anywhere."""

    code: ClassVar[str] = "wrong_credentials"

    def __init__(self, description: str = "Name, password, code or client is wrong.") -> None:
        super().__init__("Invalid credentials", error_description=description)


class ScopeTooWide(Invalid):
    """More was asked for than the app, the code or the session may give."""

    code: ClassVar[str] = "invalid_scope"

    def __init__(self, description: str = OUTSIDE) -> None:
        super().__init__("invalid_scope", error_description=description)


class NotActive(NotAllowed):
    """The password was right, but the account may not come in; `identifier` says why, for programs."""

    code: ClassVar[str] = "not_active"

    def __init__(self, identifier: str) -> None:
        text = INACTIVE[identifier]
        super().__init__(text, identifier=identifier, error_description=text)


INACTIVE = {
    "account_is_disabled": "Your account is currently disabled",
    "password_reset_required": "Password reset is required",
    "missing_confirmed_email": "Your login is missing a confirmed e-mail address",
    "awaiting_approval": "Your account is awaiting approval.",
}


class UnsupportedGrant(Invalid):
    """A `grant_type` that does not exist or is switched off."""

    code: ClassVar[str] = "unsupported_grant_type"

    def __init__(self, asked: str) -> None:
        if not asked:
            super().__init__("invalid_request", error_description="Missing required parameter: grant_type.")
        else:
            super().__init__(
                "unsupported_grant_type",
                error_description="This server does not issue tokens for this grant_type.",
            )


class NotYours(NotAllowed):
    """A client wants to end a token that was given to another one."""

    code: ClassVar[str] = "unauthorized_client"

    def __init__(self) -> None:
        super().__init__(
            "unauthorized_client", error_description="You are not authorized to revoke this token"
        )
