"""Serves what a benchmark drives, in a process of its own, until its stdin closes: the facade, or bare routes.

`python -m bench.served facade` serves the facade with the settings of the environment; `... bare FILE` serves, without
any of it, the JSON documents of FILE from memory. Either prints its port.
"""

import json
import logging
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Response

from api.app import create
from logs.setup import configure
from settings import Settings


def bare(documents: dict[str, Any]) -> FastAPI:
    """`/json/{name}` gives a document as FastAPI writes it, `/bytes/{name}` one that was written before."""
    app = FastAPI()
    written = {name: json.dumps(document).encode() for name, document in documents.items()}

    @app.get("/json/{name}", response_model=None)
    async def as_json(name: str) -> Any:
        return documents[name]

    @app.get("/bytes/{name}", response_model=None)
    async def as_bytes(name: str) -> Response:
        return Response(written[name], media_type="application/json")

    return app


def main(what: str, file: str = "") -> None:
    """Serve as the command line does."""
    if what == "facade":
        settings = Settings()
        configure(sys.stderr, settings.log_level, settings.log_format)
        app = create(settings)
    else:
        app = bare(json.loads(Path(file).read_text()))
        logging.disable()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(512)
        config = uvicorn.Config(
            app, server_header=False, proxy_headers=False, access_log=False, log_config=None
        )
        server = uvicorn.Server(config)
        threading.Thread(target=_stop_when_told, args=(server,), daemon=True).start()
        print(listening.getsockname()[1], flush=True)
        server.run(sockets=[listening])


def _stop_when_told(server: uvicorn.Server) -> None:
    sys.stdin.read()
    server.should_exit = True


if __name__ == "__main__":
    main(*sys.argv[1:])
