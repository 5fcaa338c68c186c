"""A new account of ours with its login: what has to be right, and the deed.

Shared by the API, the sign-up page and the command line. Source: reference/pleroma 5.6, mastodon 3.
"""

import json
import re
from collections.abc import Iterator
from typing import ClassVar

from msgspec import Struct
from sqlalchemy import bindparam, select

from barbelo.config.sections.limits import Limits
from barbelo.config.sections.people import Auth, Instance
from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.auth import users
from barbelo.domain.accounts.create import create_local
from barbelo.domain.accounts.names import PROBLEMS as NAME_PROBLEMS
from barbelo.domain.accounts.names import BadUsername, NameRules, check_username
from barbelo.domain.auth.passwords import MOST_BYTES
from barbelo.domain.events import AccountRegistered
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AccountId
from barbelo.kernel.urls import Urls

LONGEST_EMAIL = 254  # characters; RFC 5321

_EMAIL = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]+@[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]+\Z")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}\Z")

_FIELDS = {
    "username": ("nickname", "Username"),
    "email": ("email", "E-mail address"),
    "password": ("password", "Password"),
    "display_name": ("name", "Name"),
    "note": ("bio", "Biography"),
    "reason": ("registration_reason", "Reason"),
    "agreement": ("agreement", "Agreement"),
}
"""Field here and in Mastodon's details -> the same in Pleroma's answer, and for people."""


class SignUpRules(Struct, frozen=True, kw_only=True):
    """What a new account has to keep to. Lengths count characters."""

    names: NameRules = NameRules()
    approval: bool = False
    confirmation: bool = False
    shortest_password: int = 8
    longest_display_name: int = 100
    longest_note: int = 5000
    longest_reason: int = 500

    @classmethod
    def of(cls, instance: Instance, limits: Limits, auth: Auth) -> "SignUpRules":
        """As the administrator has set them."""
        return cls(
            names=NameRules(restricted=instance.restricted_usernames, longest=limits.username_characters),
            approval=instance.approval_required,
            confirmation=instance.confirmation_required,
            shortest_password=auth.password_min_characters,
            longest_display_name=limits.name_characters,
            longest_note=limits.bio_characters,
            longest_reason=limits.registration_reason_characters,
        )


class NewLogin(Struct, frozen=True, kw_only=True):
    """Who wants to join. `agreed`: to the rules of the place."""

    username: str
    password: str
    email: str = ""
    display_name: str = ""
    note: str = ""
    reason: str = ""
    locale: str = "en"
    agreed: bool = True


class Problem(Struct, frozen=True):
    """`code` is Mastodon's, without `ERR_`; `words` follow the name of the field."""

    field: str
    code: str
    words: str

    @property
    def sentence(self) -> str:
        return f"{_FIELDS[self.field][1]} {self.words}"


class RegistrationRefused(Invalid):
    """Everything that is wrong with a wish to join, at once.

    `message` is JSON as text, which Pleroma's front end reads; `details` are Mastodon's.
    """

    code: ClassVar[str] = "registration_refused"

    def __init__(self, problems: list[Problem]) -> None:
        by_field: dict[str, list[Problem]] = {}
        for problem in problems:
            by_field.setdefault(problem.field, []).append(problem)
        text = json.dumps(
            {_FIELDS[field][0]: [one.words for one in all_] for field, all_ in by_field.items()}
        )
        details = {
            field: [{"error": f"ERR_{one.code}", "description": one.sentence} for one in all_]
            for field, all_ in by_field.items()
        }
        super().__init__(text, details=details)
        self.problems = problems


_ADD_USER = statement(
    adding(
        users,
        "account_id email email_key password_hash confirmed_at approved_at sign_up_reason locale "
        "last_active_at created_at",
    )
    .on_conflict_do_nothing()
    .returning(users.c.account_id)
)
_HAS_EMAIL = statement(select(users.c.account_id).where(users.c.email_key == bindparam("email_key")))

_TAKEN = "has already been taken"


def check(new: NewLogin, rules: SignUpRules) -> None:
    """All that can be said before anything is looked up. Raises `RegistrationRefused`."""
    problems = list(_problems(new, rules))
    if problems:
        raise RegistrationRefused(problems)


def _problems(new: NewLogin, rules: SignUpRules) -> Iterator[Problem]:
    try:
        check_username(new.username, rules.names)
    except BadUsername as error:
        yield _of_name(error)
    if new.email or rules.confirmation:
        yield from _about_email(new.email)
    yield from _about_password(new.password, rules.shortest_password)
    for field, longest in (
        ("display_name", rules.longest_display_name),
        ("note", rules.longest_note),
        ("reason", rules.longest_reason),
    ):
        if len(getattr(new, field)) > longest:
            yield Problem(field, "TOO_LONG", f"should be at most {longest} character(s)")
    if not new.agreed:
        yield Problem("agreement", "ACCEPTED", "must be accepted")


def _of_name(error: BadUsername) -> Problem:
    return Problem("username", error.problem.upper(), NAME_PROBLEMS[error.problem])


def is_email(text: str) -> bool:
    """Whether it has the form of an address; only a letter can tell whether it is one."""
    return len(text) <= LONGEST_EMAIL and _EMAIL.match(text) is not None


def _about_email(email: str) -> Iterator[Problem]:
    if not email:
        yield Problem("email", "BLANK", "can't be blank")
    elif not is_email(email):
        yield Problem("email", "INVALID", "has invalid format")


def _about_password(password: str, shortest: int) -> Iterator[Problem]:
    if not password:
        yield Problem("password", "BLANK", "can't be blank")
    elif len(password) < shortest:
        yield Problem("password", "TOO_SHORT", f"should be at least {shortest} character(s)")
    elif len(password.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        yield Problem("password", "TOO_LONG", f"should be at most {MOST_BYTES} byte(s)")


async def register(tx: Tx, new: NewLogin, password_hash: str, *, rules: SignUpRules, urls: Urls) -> AccountId:
    """The account and its login; whether it may come in at once is in `logins.get(...).refusal`.

    `password_hash` was made before the transaction. Raises `RegistrationRefused`.
    """
    check(new, rules)
    email_key = new.email.lower() or None
    if email_key and await tx.value(_HAS_EMAIL, email_key=email_key) is not None:
        raise RegistrationRefused([Problem("email", "TAKEN", _TAKEN)])
    try:
        account_id = await create_local(
            tx,
            username=new.username,
            display_name=new.display_name,
            note_source=new.note,
            urls=urls,
            rules=rules.names,
        )
    except BadUsername as error:
        raise RegistrationRefused([_of_name(error)]) from None
    if not await _add_user(tx, account_id, new, password_hash, rules):
        raise RegistrationRefused([Problem("email", "TAKEN", _TAKEN)])
    await tx.emit(AccountRegistered(account_id=account_id))
    return account_id


async def _add_user(
    tx: Tx, account_id: AccountId, new: NewLogin, password_hash: str, rules: SignUpRules
) -> bool:
    """False when somebody took the address a moment ago."""
    now = tx.now()
    made = await tx.value(
        _ADD_USER,
        account_id=account_id,
        email=new.email or None,
        email_key=new.email.lower() or None,
        password_hash=password_hash,
        confirmed_at=None if rules.confirmation else now,
        approved_at=None if rules.approval else now,
        sign_up_reason=new.reason,
        locale=new.locale if _LOCALE.match(new.locale) else "en",
        last_active_at=now,
        created_at=now,
    )
    return made is not None
