"""Lists as clients see them. Source: docs.joinmastodon.org/entities/List."""

from msgspec import Struct

from barbelo.domain.timelines.lists import ListRow


class List(Struct, frozen=True, kw_only=True):
    id: str
    title: str
    replies_policy: str
    exclusive: bool


def render_list(row: ListRow) -> List:
    return List(id=str(row.id), title=row.title, replies_policy=row.replies_policy, exclusive=row.exclusive)
