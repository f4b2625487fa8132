"""What `coderm serve` and `coderm status` do; each returns its exit code."""

import sys
from pathlib import Path

from coderm.config.loader import load_service_config


def serve(config: Path, overrides: list[str], dashboard: Path | None) -> int:
    """`coderm serve`: the reward service, until it is told to stop; or only its dashboard as a file."""
    loaded = load_service_config(config, overrides)
    if dashboard is not None:
        from coderm.service.dashboard import write_dashboard

        write_dashboard(dashboard)
        print(f"coderm: {dashboard}: import it into Grafana")
        return 0
    from cluster.service.serve import run_service

    if loaded.sandbox.type == "local":
        print('coderm: sandbox.type = "local" protects nothing: programs run as plain processes of this machine', file=sys.stderr)
    return run_service(loaded)


def status(url: str) -> int:
    """`coderm status`: the figures of a running service."""
    from rich.console import Console

    from coderm.service.status import print_status

    return print_status(url, Console())
