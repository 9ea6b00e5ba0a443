"""NHRP (RFC 2332, with Cisco's additions) for the lab's routers: a pure engine and its kernel side."""

from .config import NhsConfig, StaticMap, TunnelConfig

__all__ = ["NhsConfig", "StaticMap", "TunnelConfig"]
