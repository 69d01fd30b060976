"""The emulator's HTTP connections."""

import asyncio
from typing import Any

import ministack.app

from local_cloud import callers
from local_cloud.emulator.editing import edit

_KEPT = 5000


def idle_connections_outlive_their_clients() -> None:
    """The client closes an idle connection, never the server.

    A server that closes first may do so while the next request is on its way, and that request fails.

    Source: AWS endpoints close idle connections later than the Terraform provider's HTTP client, which keeps them 90 s.
    Upstream: ministack.app.main closes idle connections after 75 seconds.
    Remove when: the emulator keeps idle connections for more than 90 seconds, or lets a setting say how long.

    Edited, because the value is a local variable of the function that also serves.
    """
    edit(ministack.app, "main", ("config.keep_alive_timeout = 75", "config.keep_alive_timeout = 600"))


def repeated_calls_are_answered_once() -> None:
    """A call that the SDK repeats under the same invocation id gets the answer of its first attempt.

    On a machine with more work than processors Terraform's provider gives up about one connection in an apply of 900
    calls: a packet capture shows that it resets the connection right after a complete and valid answer, which the call
    never sees. The SDK then repeats the call, which must not fail because the first attempt succeeded. A call that
    failed is carried out again.

    Source: none; AWS may refuse a repeated creation in the same way, but answers hardly ever get lost on their way
    there.
    Upstream: ministack.app.app carries out every attempt.
    Remove when: an apply on a busy machine passes without it many times (test_connections.py shows the patch at work).
    """
    inner = ministack.app.app
    answers: dict[bytes, asyncio.Future[list[dict[str, Any]]]] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        call = (
            dict(scope.get("headers") or ()).get(b"amz-sdk-invocation-id")
            if scope["type"] == "http" and scope["method"] == "POST"
            else None
        )
        if call is None:
            await inner(scope, receive, send)
            return
        if call in answers:
            for message in await answers[call]:
                await send(message)
            return
        answers[call] = answer = asyncio.get_running_loop().create_future()
        if len(answers) > _KEPT:
            del answers[next(iter(answers))]
        said: list[dict[str, Any]] = []

        async def heard(message: dict[str, Any]) -> None:
            said.append(message)
            await send(message)

        try:
            await inner(scope, receive, heard)
        except BaseException:
            answers.pop(call, None)
            answer.cancel()
            raise
        answer.set_result(said)
        if next((message["status"] for message in said if "status" in message), 500) >= 400:
            answers.pop(call, None)  # what failed may be tried again

    ministack.app.app = app


def pages_of_browsers_are_refused() -> None:
    """No page in a browser may call the cloud, also not by a name that was bound to this machine.

    Source: none; AWS asks for a signature, which a page cannot make.
    Upstream: ministack.app.app allows every origin and every host.
    Remove when: the emulator refuses requests with an origin or a foreign host.
    """
    inner = ministack.app.app

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket" or (scope["type"] == "http" and callers.refuses(_headers(scope))):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            kind = [(b"content-type", b"text/plain")]
            await send({"type": "http.response.start", "status": 403, "headers": kind})
            await send({"type": "http.response.body", "body": callers.REFUSAL})
            return
        await inner(scope, receive, send)

    ministack.app.app = app


def _headers(scope: Any) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers") or ()}
