"""The addresses of our own things. One place, so that ids and links never disagree.

Source: reference/federation 2 (URL map), reference/pleroma 2.3.
"""

from urllib.parse import quote, urlsplit
from uuid import UUID

from msgspec import Struct

from barbelo.kernel.ids import encode


class Urls(Struct, frozen=True):
    """`base` is the public address without a trailing slash, such as `https://example.org`."""

    base: str

    @property
    def host(self) -> str:
        """The host by which the world knows us, with the port where it is not the scheme's own."""
        return urlsplit(self.base).netloc

    @property
    def streaming(self) -> str:
        return "ws" + self.base.removeprefix("http")

    def actor(self, username: str) -> str:
        return f"{self.base}/users/{username}"

    def profile(self, username: str) -> str:
        return f"{self.base}/@{username}"

    def followers(self, username: str) -> str:
        return f"{self.actor(username)}/followers"

    def object(self, name: UUID) -> str:
        """The ActivityPub id of a status that was written here; `name` is a random uuid, not its flake."""
        return f"{self.base}/objects/{name}"

    def activity(self, name: UUID) -> str:
        return f"{self.base}/activities/{name}"

    def status(self, status_id: UUID) -> str:
        """The page of a status, for people."""
        return f"{self.base}/notice/{encode(status_id)}"

    def thread(self, name: UUID) -> str:
        return f"{self.base}/contexts/{name}"

    def tag(self, name: str) -> str:
        return f"{self.base}/tag/{quote(name)}"

    def media(self, path: str) -> str:
        return f"{self.base}/media/{path}"

    def emoji(self, path: str) -> str:
        return f"{self.base}/emoji/{quote(path)}"

    def static(self, path: str) -> str:
        return f"{self.base}/static/{path}"
