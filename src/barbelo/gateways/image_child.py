"""The process in which pictures are decoded: `python -m barbelo.gateways.image_child`.

A line of JSON comes in for each task, a line of JSON goes out (`picture.py`). It knows no secret, holds
no connection, gives way to the processes that serve, and ends when its parent does. A picture that
breaks the decoder breaks this process and nothing else.
"""

import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from msgspec import Raw

from barbelo.gateways.picture import Answer, Envelope, Task, decode, encode
from barbelo.kernel.errors import Invalid, TooLarge

MEMORY_BYTES = 1_073_741_824  # of address space; the hungriest picture within the limits took 580 MB
FILE_BYTES = 268_435_456  # of any one file written
NICENESS = 5


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints must not be taken for an answer
    _confine()
    from barbelo.gateways import pixels  # noqa: PLC0415 - after the limits, for it starts libvips

    pixels.confine()
    for line in sys.stdin.buffer:
        envelope = decode(line, Envelope)
        answers.write(encode(_answer(pixels.perform, envelope)) + b"\n")
        answers.flush()


def _answer(perform: Callable[[Task, int], Any], envelope: Envelope) -> Answer:
    """A refusal is an answer; any other exception is a bug and ends the process, with its trace on stderr."""
    try:
        return Answer(result=Raw(encode(perform(envelope.task, envelope.max_pixels))))
    except (TooLarge, MemoryError) as error:
        return Answer(too_large=getattr(error, "message", "The picture needs too much memory"))
    except Invalid as error:
        return Answer(invalid=error.message)


def _confine() -> None:
    """Limits that hold whatever a decoder does. Some systems know not all of them."""
    os.umask(0o077)
    os.nice(NICENESS)
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))


if __name__ == "__main__":
    main()
