"""Clouds as large as a test asks for, which the lab's IOS node carries: the lab's own, with 1 to 4
hubs and any number of spokes at sites of ten.

Also what each router runs before there is a cloud, so that `fleet` can serve it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from dmvpn_auto.resources import resource
from tests.doubles.fleet import address, lan, startup

SECRETS = {"nhrp_authentication": "CANARY1", "pre_shared_key": "canary-psk"}
AT_A_SITE = 10


@dataclass(frozen=True)
class Large:
    """A cloud: the text of its intent and the configuration of each router, by name, hubs first."""

    intent: str
    configs: dict[str, str]

    @property
    def names(self) -> list[str]:
        return list(self.configs)

    def write(self, inventory: Path) -> None:
        """Write the intent and its secrets into an inventory folder."""
        (inventory / "clouds").mkdir(parents=True)
        (inventory / "clouds" / "branches.yaml").write_text(self.intent)
        (inventory / "secrets").mkdir(mode=0o700, exist_ok=True)
        for name, value in SECRETS.items():
            file = inventory / "secrets" / name
            file.touch(mode=0o600)
            file.write_text(value + "\n")


def large(spokes: int, hubs: int = 1) -> Large:
    """Make a cloud of 1 to 4 hubs and this many spokes (up to 4,000)."""
    cloud = yaml.safe_load((resource("lab") / "clouds" / "branches.yaml").read_text())
    names = ["hub", *(f"hub{number}" for number in range(2, hubs + 1))]
    names += [f"spoke{number:04}" for number in range(1, spokes + 1)]
    cloud["tunnel"]["subnet"] = "10.254.0.0/20"
    cloud["hubs"], cloud["spokes"] = {}, {}
    for number, name in enumerate(names):
        router = {"nbma": address(number), "lan": [lan(number)]}
        if number < hubs:
            cloud["hubs"][name] = router
        else:
            site = (number - hubs) // AT_A_SITE
            cloud["spokes"][name] = {**router, "site": f"site{site:03}"}
    configs = {name: startup(name, number) for number, name in enumerate(names)}
    return Large(yaml.safe_dump(cloud, sort_keys=False), configs)
