"""Secrets by reference: a place says where a value is, a resolver fetches it, nothing prints it.

An intent or an inventory holds `env:NAME`, `file:PATH`, `vault:...`, never the value. `Secrets`
resolves a reference when it is needed, hands out `Secret` objects that show themselves as `***`,
and can take every value it has handed out from a text.
"""

from dmvpn_auto.secrets.resolvers import EnvironmentResolver, FileResolver, Resolver
from dmvpn_auto.secrets.store import Secrets
from dmvpn_auto.secrets.value import Secret, redact

__all__ = ["EnvironmentResolver", "FileResolver", "Resolver", "Secret", "Secrets", "redact"]
