"""DMVPN for Cisco IOS and IOS-XE: intent, configuration, proof, deployment and verification."""

__version__ = "0.1.0"
