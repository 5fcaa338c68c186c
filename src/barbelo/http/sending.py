"""An `Answer` onto the wire."""

from collections.abc import Iterable

from barbelo.http.body import Body
from barbelo.http.context import Ctx, cookie_header
from barbelo.http.replies import Answer, Stream
from barbelo.http.request import Send

RawHeaders = list[tuple[bytes, bytes]]


def raw(name: str, value: str) -> tuple[bytes, bytes]:
    """A header that cannot become two: line breaks are cut out."""
    if "\n" in value or "\r" in value:
        value = value.replace("\r", "").replace("\n", "")
    return name.encode("latin-1"), value.encode("latin-1", "replace")


def raw_headers(answer: Answer, ctx: Ctx) -> RawHeaders:
    """What the answer says, then what the handler set on the context, then cookies."""
    headers = [(b"content-type", answer.content_type.encode())]
    if isinstance(answer.body, bytes):
        headers.append((b"content-length", str(len(answer.body)).encode()))
    named: Iterable[tuple[str, str]] = {**ctx.headers, **answer.headers}.items()
    headers += [raw(name, value) for name, value in named]
    headers += [raw("set-cookie", cookie_header(cookie)) for cookie in ctx.cookies]
    return headers


async def send_answer(answer: Answer, headers: RawHeaders, send: Send, *, head: bool = False) -> None:
    """With `head`, a stream is not even begun."""
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if isinstance(answer.body, bytes):
        await send({"type": "http.response.body", "body": answer.body})
    else:
        await _send_stream(answer.body, send, head=head)


async def send_and_hang_up(answer: Answer, headers: RawHeaders, send: Send, body: Body) -> None:
    """An answer before the body has come: say it, listen a little longer, close."""
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    await body.linger()
    await send({"type": "http.response.body", "body": b""})


async def _send_stream(stream: Stream, send: Send, *, head: bool) -> None:
    try:
        if not head:
            async for chunk in stream.chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        if stream.close:
            stream.close()
