"""NHRP (RFC 2332, with Cisco's additions) for the lab: a pure engine and its kernel side."""

from .config import NhsConfig, StaticMap, TunnelConfig
from .node import NhrpNode

__all__ = ["NhrpNode", "NhsConfig", "StaticMap", "TunnelConfig"]
