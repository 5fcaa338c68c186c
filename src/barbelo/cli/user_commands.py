"""`barbelo user`: the people of this server. The words are Pleroma's, with plain second names.

Source: reference/pleroma 13.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from barbelo.cli import user_deeds
from barbelo.cli.user_deeds import Roles, at_database

app = App(name="user", help="The people of this server.")

ConfigFile = Annotated[Path | None, Parameter(name="--config", help="The configuration file.")]


@dataclass(frozen=True, kw_only=True)
class Person:
    """What is said of a new account."""

    email: str = ""
    name: Annotated[str, Parameter(help="The display name.")] = ""
    bio: str = ""
    password: Annotated[str, Parameter(help="Without it one is made and printed, once.")] = ""
    admin: Annotated[bool, Parameter(help="Make an administrator.")] = False
    moderator: Annotated[bool, Parameter(help="Make a moderator.")] = False
    yes: Annotated[
        bool,
        Parameter(
            name=["--yes", "-y", "--assume-yes"],
            negative="",
            help="For scripts that were written for Pleroma; nothing is asked here.",
        ),
    ] = False


@app.command(name=["create", "new"])
def create(
    username: str,
    email_address: str = "",
    /,
    *,
    person: Annotated[Person, Parameter(name="*")] = Person(),
    config: ConfigFile = None,
) -> None:
    """Make an account, let in at once, whatever the settings say of approval and confirmation.

    Parameters
    ----------
    email_address
        The same as --email.
    """
    wish = user_deeds.NewPerson(
        username=username,
        email=person.email or email_address,
        display_name=person.name,
        note=person.bio,
        password=person.password,
        roles=Roles(is_admin=person.admin, is_moderator=person.moderator),
    )
    made = at_database(config, lambda place: user_deeds.create(place, wish))
    print(f"Made @{username}{_role(person)}.")
    if not person.password:
        print(f"Password: {made}\nIt is printed this once; nobody can look it up.")


def _role(person: Person) -> str:
    if person.admin:
        return ", an administrator"
    return ", a moderator" if person.moderator else ""


@app.command(name=["delete", "rm"])
def delete(
    username: str,
    /,
    *,
    yes: Annotated[
        bool, Parameter(name=["--yes", "-y"], negative="", help="Do not ask, even on a terminal.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Delete an account and everything it has written, for good. Nobody can take its name again."""
    if sys.stdin.isatty() and not yes:
        answer = input(f"Delete @{username} and everything they have written, for good? [y/N] ")
        if answer.strip().lower() not in {"y", "yes"}:
            raise SystemExit("Nothing was deleted.")
    count = at_database(config, lambda place: user_deeds.delete(place, username))
    print(f"Deleted @{username} and {count} statuses.")


@app.command(name=["delete_activities", "delete-statuses"])
def delete_statuses(username: str, /, *, config: ConfigFile = None) -> None:
    """Delete everything that somebody has written, and leave the account."""
    count = at_database(config, lambda place: user_deeds.delete_statuses(place, username))
    print(f"Deleted {count} statuses of @{username}.")


@app.command(name="list")
def list_people(*, staff: bool = False, waiting: bool = False, config: ConfigFile = None) -> None:
    """Print those who live here, the oldest first: name, address, state, since when.

    Parameters
    ----------
    staff
        Only administrators and moderators.
    waiting
        Only those who are not confirmed or not approved yet.
    """
    at_database(config, lambda place: user_deeds.print_people(place, staff=staff, waiting=waiting))


@app.command(name="set")
def set_switches(
    username: str,
    /,
    *,
    admin: bool | None = None,
    moderator: bool | None = None,
    locked: bool | None = None,
    confirmed: bool | None = None,
    config: ConfigFile = None,
) -> None:
    """Switch a role or a state on, or off with --no-...; what is not named stays.

    Parameters
    ----------
    locked
        Whoever wants to follow has to ask.
    confirmed
        The e-mail address counts as confirmed.
    """
    roles = Roles(is_admin=admin, is_moderator=moderator, locked=locked, confirmed=confirmed)
    if roles == Roles():
        raise SystemExit("Say what to set: --admin, --moderator, --locked, --confirmed, or --no-...")
    at_database(config, lambda place: user_deeds.set_switches(place, username, roles))
    for name, value in (
        ("administrator", admin),
        ("moderator", moderator),
        ("locked", locked),
        ("confirmed", confirmed),
    ):
        if value is not None:
            print(f"@{username}: {name} is {'on' if value else 'off'}.")


@app.command(name=["reset_password", "reset-password"])
def reset_password(username: str, /, *, password: str = "", config: ConfigFile = None) -> None:
    """Set a new password and end all sessions.

    Parameters
    ----------
    password
        Without it one is made and printed, once.
    """
    made = at_database(config, lambda place: user_deeds.reset_password(place, username, password))
    print(f"@{username} has a new password, and is signed out everywhere.")
    if not password:
        print(f"Password: {made}\nIt is printed this once; nobody can look it up.")


@app.command
def activate(username: str, /, *, config: ConfigFile = None) -> None:
    """Bring back an account that was deactivated; a remote one by name@host."""
    at_database(config, lambda place: user_deeds.activate(place, username))
    print(f"@{username} is active.")


@app.command
def deactivate(username: str, /, *, config: ConfigFile = None) -> None:
    """Hide an account and all it has written, and sign it out; nothing is lost. A remote one by name@host."""
    at_database(config, lambda place: user_deeds.deactivate(place, username))
    print(f"@{username} is deactivated.")


@app.command(name=["sign_out", "sign-out"])
def sign_out(username: str, /, *, config: ConfigFile = None) -> None:
    """End all sessions and tokens of an account."""
    at_database(config, lambda place: user_deeds.sign_out(place, username))
    print(f"@{username} is signed out everywhere.")


@app.command
def confirm(username: str, /, *, config: ConfigFile = None) -> None:
    """Count the e-mail address of an account as confirmed."""
    switches = Roles(confirmed=True)
    at_database(config, lambda place: user_deeds.set_switches(place, username, switches))
    print(f"@{username} is confirmed.")


@app.command(name=["confirm_all", "confirm-all"])
def confirm_all(*, config: ConfigFile = None) -> None:
    """Count every e-mail address as confirmed."""
    count = at_database(config, lambda place: user_deeds.confirm_all(place, confirmed=True))
    print(f"Confirmed {count}.")


@app.command(name=["unconfirm_all", "unconfirm-all"])
def unconfirm_all(*, config: ConfigFile = None) -> None:
    """Count no e-mail address as confirmed, but those of administrators and moderators."""
    count = at_database(config, lambda place: user_deeds.confirm_all(place, confirmed=False))
    print(f"{count} have to confirm their address again.")


@app.command
def approve(username: str, /, *, config: ConfigFile = None) -> None:
    """Let in somebody who waits for approval."""
    at_database(config, lambda place: user_deeds.approve(place, username))
    print(f"@{username} is approved.")


@app.command
def tag(username: str, tags: list[str], /, *, config: ConfigFile = None) -> None:
    """Add tags to an account, such as mrf_tag:force-unlisted; a remote one by name@host."""
    now = at_database(config, lambda place: user_deeds.tag(place, username, tags))
    print(f"@{username}: {', '.join(now)}")


@app.command
def untag(username: str, tags: list[str], /, *, config: ConfigFile = None) -> None:
    """Take tags away from an account."""
    now = at_database(config, lambda place: user_deeds.untag(place, username, tags))
    print(f"@{username}: {', '.join(now) or 'no tags'}")
