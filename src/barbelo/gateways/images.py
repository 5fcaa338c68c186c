"""Pictures, as the rest of the house asks for them: headers judged, metadata gone, previews made.

All decoding happens in child processes (`children.py`, `image_child.py`, `pixels.py`); nothing here
loads the image library, so a process that never sees a picture does not pay for it.
"""

from pathlib import Path
from typing import Self, TypeVar

from barbelo.gateways.children import ChildLate, ChildLost, Children
from barbelo.gateways.picture import (
    AVATAR,
    HEADER,
    MAX_PIXELS,
    READABLE,
    Answer,
    Attachment,
    Envelope,
    ImageInfo,
    Inspect,
    MakeAttachment,
    MakePortrait,
    Portrait,
    Task,
    decode,
    encode,
)
from barbelo.gateways.sniff import NO_MEDIA, Family, Kind
from barbelo.kernel.errors import Invalid, TooLarge

T = TypeVar("T")

TIME_LIMIT_S = 30.0  # the slowest within the limits, a GIF avatar of 240 frames, took 11 s here


class Images:
    """The pool of image children. One per process; close it at the end.

    Every method takes the kind that `sniff` found and raises `Invalid` for what is damaged, not a picture
    or takes longer than `time_limit_s`; `TooLarge` beyond the limits in `picture.py`, told by the header
    before anything is decoded; `Overloaded` when too many wait. Files are written into `folder`, which the
    caller makes for this one call and removes.
    """

    def __init__(
        self,
        *,
        width: int = 2,
        queue: int = 32,
        idle_s: float = 60.0,
        time_limit_s: float = TIME_LIMIT_S,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        self._children = Children("barbelo.gateways.image_child", width=width, queue=queue, idle_s=idle_s)
        self._time_limit_s = time_limit_s
        self._max_pixels = max_pixels

    @property
    def inside(self) -> int:
        """How many pictures are worked on or wait; a metric."""
        return self._children.inside

    async def inspect(self, path: Path, kind: Kind) -> ImageInfo:
        """Size, frames and orientation from the header alone."""
        return await self._perform(Inspect(path, _readable(kind)), ImageInfo)

    async def attachment(self, path: Path, kind: Kind, folder: Path) -> Attachment:
        """The picture without metadata, upright, at most 3840x2160 pixels in area; preview; blurhash.

        JPEG, PNG, GIF and WebP that need no other change are copied without touching a pixel, animations
        always. AVIF stays AVIF, HEIC becomes JPEG. Colours: sRGB, or Display P3 where the picture says so.
        """
        return await self._perform(MakeAttachment(path, _readable(kind), folder), Attachment)

    async def avatar(self, path: Path, kind: Kind, folder: Path) -> Portrait:
        """The middle square, at most 400x400; GIF and WebP keep moving and get a still."""
        return await self._perform(MakePortrait(path, _readable(kind), folder, AVATAR), Portrait)

    async def header(self, path: Path, kind: Kind, folder: Path) -> Portrait:
        """The middle, three to one, at most 1500x500; as `avatar`."""
        return await self._perform(MakePortrait(path, _readable(kind), folder, HEADER), Portrait)

    async def aclose(self) -> None:
        await self._children.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _perform(self, task: Task, kind: type[T]) -> T:
        try:
            line = await self._children.ask(
                encode(Envelope(task, self._max_pixels)), time_limit_s=self._time_limit_s
            )
        except ChildLate as error:
            raise Invalid("The picture takes too long to process", field="file") from error
        except ChildLost as error:
            if error.signal is None:
                raise RuntimeError("the image child ended by itself; its trace is in the log") from error
            raise Invalid("The picture cannot be processed", field="file") from error
        answer = decode(line, Answer)
        if answer.too_large is not None:
            raise TooLarge(answer.too_large, field="file")
        if answer.invalid is not None:
            raise Invalid(answer.invalid, field="file")
        return decode(bytes(answer.result), kind)


def _readable(kind: Kind) -> str:
    """The name of a kind that we have a decoder for. Videos and sounds wait for their own processor."""
    if kind.family is not Family.IMAGE:
        raise Invalid("Videos and sounds cannot be uploaded here yet", field="file")
    if kind.mime not in READABLE:
        raise Invalid(NO_MEDIA, field="file")
    return kind.mime
