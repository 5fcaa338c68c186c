"""Files that came by multipart: streamed to a temporary file, counted while they come."""

import contextlib
from pathlib import Path


class Upload:
    """One file. It lives as long as the request; whoever wants to keep it moves `path` elsewhere.

    `filename` and `content_type` are what the client claims: never trusted, never a path.
    """

    __slots__ = ("content_type", "filename", "path", "size_bytes")

    def __init__(self, *, filename: str, content_type: str, path: Path, size_bytes: int) -> None:
        self.filename = filename
        self.content_type = content_type
        self.path = path
        self.size_bytes = size_bytes

    def discard(self) -> None:
        """Remove the temporary file, unless it was moved away."""
        with contextlib.suppress(OSError):
            self.path.unlink()

    def __repr__(self) -> str:
        return f"Upload({self.filename!r}, {self.content_type!r}, {self.size_bytes} bytes)"


class FileOrText:
    """A parameter that may be a file or a text: an address to fetch, or `""` to clear a picture."""

    __slots__ = ("text", "upload")

    def __init__(self, *, upload: Upload | None = None, text: str | None = None) -> None:
        self.upload = upload
        self.text = text

    def __repr__(self) -> str:
        return f"FileOrText({self.upload or self.text!r})"
