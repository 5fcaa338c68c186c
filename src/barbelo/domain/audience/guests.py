"""What the administrator keeps from people who are not signed in. Source: reference/pleroma 10.4."""

from msgspec import Struct

from barbelo.config.sections.people import Instance
from barbelo.kernel.viewer import Viewer


class Guests(Struct, frozen=True, kw_only=True):
    """What guests may see beyond the visibility of each status; see `instance.restrict_*`."""

    local_statuses: bool = True
    remote_statuses: bool = True
    local_timeline: bool = True
    federated_timeline: bool = True

    @classmethod
    def of(cls, instance: Instance) -> "Guests":
        return cls(
            local_statuses=not instance.restricts("activities_local"),
            remote_statuses=not instance.restricts("activities_remote"),
            local_timeline=not instance.restricts("timelines_local"),
            federated_timeline=not instance.restricts("timelines_federated"),
        )

    def may_see_status(self, viewer: Viewer | None, *, local: bool) -> bool:
        return viewer is not None or (self.local_statuses if local else self.remote_statuses)
