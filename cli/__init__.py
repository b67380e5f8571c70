"""The `waybill` command; importing this package alone costs nothing, as worker processes do it too."""

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    from cli.app import app  # noqa: PLC0415 - keeps Prefect out of spawned worker processes

    app()
