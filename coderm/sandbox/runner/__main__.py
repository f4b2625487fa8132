"""Command line of the server: `python -m runner --uid-base N --scratch DIR` in a container, `--plain DIR` outside of one."""

from .confinement import fork_hooks

fork_hooks.withhold()  # before any module that registers one is imported

import argparse  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

from .confinement.box import Box, PlainBox, UidBox  # noqa: E402
from .serving.two_servers import TwoServers, claim_streams  # noqa: E402
from .serving.warm_up import package_words, warm_packages, warm_up  # noqa: E402


def main() -> None:
    """Warm up and serve until stdin ends."""
    parser = argparse.ArgumentParser(prog="runner")
    parser.add_argument("--plain", metavar="DIR", help="scratch directory of a server without a uid per pair; protects nothing")
    parser.add_argument("--uid-base", type=int, default=1_000_000, help="first of the uids given to pairs")
    parser.add_argument("--scratch", default="/tmp", help="directory the pairs may write to")
    options = parser.parse_args()
    streams = claim_streams()
    box: Box = PlainBox(options.plain) if options.plain else UidBox(options.scratch, options.uid_base)
    warm_up(box)
    os.chdir("/")
    python = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(TwoServers(box, streams, package_words(), lambda: {"python": python} | warm_packages()).serve())


if __name__ == "__main__":
    main()
