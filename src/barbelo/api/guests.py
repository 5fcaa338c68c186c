"""What the administrator's settings keep from guests, and what they are told. Source: reference/pleroma 1.2, 10.4.

An application without a person is a guest: anybody can register one.
"""

from barbelo.config.settings import Settings
from barbelo.domain.audience.guests import Guests
from barbelo.http.context import Ctx
from barbelo.kernel.errors import Unauthenticated


def guests_of(settings: Settings) -> Guests:
    return Guests.of(settings.instance)


def check_timeline(ctx: Ctx, *, local: bool) -> None:
    """Raises `Unauthenticated` (401) when a guest asks for a timeline that is kept from guests."""
    if ctx.viewer is not None:
        return
    guests = guests_of(ctx.settings)
    if not (guests.local_timeline if local else guests.federated_timeline):
        raise Unauthenticated("authorization required for timeline view", sent=True)


def check_public(ctx: Ctx) -> None:
    """For what stands around a status: raises `Unauthenticated` (403) when guests may not look around."""
    if ctx.viewer is None and not ctx.settings.instance.public:
        raise Unauthenticated("This resource requires authentication.")
