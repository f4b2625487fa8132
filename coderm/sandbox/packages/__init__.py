"""Packages: libraries that programs may import, resolved and pinned on the host.

Installs wheels only, so that no code of a package runs before it is in a box. Knows no engine and no container.
"""
