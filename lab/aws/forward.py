"""Runs in the gateway container: pass each connection at a port on to a unix socket (`80=/sockets/http …`)."""

import asyncio
import functools
import sys


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy one direction until its end, and close that half."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except (OSError, RuntimeError):
        writer.close()


async def forward(path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Join a client with the socket."""
    try:
        far_reader, far_writer = await asyncio.open_unix_connection(path)
    except OSError:
        writer.close()
        return
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
    writer.close()
    far_writer.close()


async def main() -> None:
    """Listen at every port of the arguments, for ever."""
    servers = []
    for argument in sys.argv[1:]:
        port, _equals, path = argument.partition("=")
        serve = functools.partial(forward, path)
        servers.append(await asyncio.start_server(serve, "0.0.0.0", int(port)))  # noqa: S104
    await asyncio.gather(*(server.serve_forever() for server in servers))


asyncio.run(main())
