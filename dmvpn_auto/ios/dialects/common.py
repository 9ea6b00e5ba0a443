"""Lines that sections of several kinds hold."""

from __future__ import annotations

from dmvpn_auto.ios.rules import line

DESCRIPTION = line(r"description\b", no="no description")
