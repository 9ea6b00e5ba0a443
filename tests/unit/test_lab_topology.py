"""The topology reader: what it understands, and that it refuses the rest by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dmvpn_auto.errors import InputError
from dmvpn_auto.lab.topology import read_topology
from dmvpn_auto.resources import resource

GOOD: dict[str, Any] = {
    "name": "small",
    "topology": {
        "defaults": {"kind": "linux", "exec": ["first"]},
        "groups": {"router": {"env": {"LAB_ROLE": "ios"}}},
        "nodes": {
            "wan": {"exec": ["second"], "sysctls": {"net.ipv4.ip_forward": 1}},
            "box": None,
        },
        "links": [{"endpoints": ["wan:eth1", "box:eth2"], "mtu": 1500}],
    },
}


def _file(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "x.clab.yml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return path


def _changed(keys: str, value: object) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(yaml.safe_dump(GOOD))
    *path, last = keys.split("/")
    place = content
    for key in path:
        place = place[int(key)] if isinstance(place, list) else place[key]
    place[last] = value
    return content


def test_the_shipped_topology_is_the_documented_one() -> None:
    topology = read_topology(resource("lab") / "dmvpn.clab.yml")
    assert [node.name for node in topology.routers] == ["hub", "spoke1", "spoke2", "spoke3"]
    for router in topology.routers:
        startup = router.startup_config
        assert startup is not None
        assert f"hostname {router.name}\n" in startup.read_text()
        assert topology.interfaces(router.name) == ("eth1", "eth2")
    assert len(topology.interfaces("wan")) == len(topology.routers)


def test_layers_are_merged_as_containerlab_does(tmp_path: Path) -> None:
    content = _changed("topology/nodes/box", {"group": "router", "env": {"A": 1}, "exec": []})
    content["topology"]["defaults"] = {"kind": "linux", "env": {"A": 0, "B": 2}}
    box = read_topology(_file(tmp_path, content)).node("box")
    assert (box.role, box.env) == ("ios", {"A": "1", "B": "2", "LAB_ROLE": "ios"})
    wan = read_topology(_file(tmp_path, GOOD)).node("wan")
    assert wan.commands == ("first", "second")
    assert wan.sysctls == {"net.ipv4.ip_forward": "1"}


def test_a_jump_host_is_a_plain_node_with_a_way_in(tmp_path: Path) -> None:
    content = _changed("topology/nodes/wan", {"env": {"LAB_ROLE": "jump"}})
    topology = read_topology(_file(tmp_path, content))
    assert [node.name for node in topology.jumps] == ["wan"]
    assert "wan" not in [node.name for node in topology.routers]
    assert topology.node("wan").commands


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(_changed("topology/nodes/wan", {"image": "x", "cpu": 1}), "'cpu'", id="node"),
        pytest.param(_changed("mgmt", {}), "'mgmt'", id="top"),
        pytest.param(_changed("topology/nodez", {}), "did you mean 'nodes'", id="near"),
        pytest.param(_changed("topology/links/0/vars", {}), "'vars'", id="link"),
        pytest.param(_changed("topology/nodes/wan", {"kind": "cisco_iol"}), "cisco_iol", id="kind"),
        pytest.param(_changed("topology/nodes/wan", {"group": "gone"}), "'gone'", id="group"),
        pytest.param(_changed("topology/links/0/mtu", 70000), "70000", id="mtu"),
        pytest.param(
            _changed("topology/links/0/endpoints", ["wan:eth1", "bix:eth1"]),
            "did you mean 'box'",
            id="unknown end",
        ),
        pytest.param(
            _changed("topology/links/0/endpoints", ["wan:eth1", "wan:eth1"]),
            "cabled twice",
            id="same end",
        ),
        pytest.param(
            _changed("topology/links/0/endpoints", ["wan:eth0", "box:eth1"]),
            "eth0 is for management",
            id="management end",
        ),
        pytest.param(
            _changed("topology/nodes/wan", {"binds": ["nothing:/there"]}),
            "does not exist",
            id="bind",
        ),
        pytest.param(
            _changed("topology/nodes/wan", {"env": {"LAB_ROLE": "junos"}}), "'junos'", id="role"
        ),
        pytest.param(
            _changed("topology/nodes/wan", {"group": "router"}), "startup-config", id="exec of ios"
        ),
        pytest.param(_changed("name", "a b"), "'a b' is no name", id="name"),
        pytest.param("name: [", "not YAML", id="yaml"),
        pytest.param("- 1", "must be a mapping", id="list"),
    ],
)
def test_what_is_not_carried_out_is_refused_by_name(
    tmp_path: Path, content: object, says: str
) -> None:
    path = _file(tmp_path, content)
    with pytest.raises(InputError) as refused:
        read_topology(path)
    assert says in str(refused.value)
    assert refused.value.where.startswith(str(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_topology(tmp_path / "none.yml")
