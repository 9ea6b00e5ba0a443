"""Spokes from CSV and NetBox: the same facts give the same configuration, byte for byte."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dmvpn_auto.errors import InputError, SecretError
from dmvpn_auto.inventory import examine_all, load_cloud, open_design
from dmvpn_auto.models import Spoke, Wan
from dmvpn_auto.models.sources import SPOKE_KEYS, SpokesFrom
from dmvpn_auto.render import Renderer, placeholder
from tests.doubles.netbox import NetBoxDouble, netbox
from tests.unit.intents import PSK, Raw, folder

CANARY = "canary0token0123456789abcdef0123456789abcd"
SPOKES: Raw = {
    "berlin": {
        "nbma": "198.51.100.2",
        "lan": ["10.1.0.1/24", "10.1.9.1/25"],
        "site": "b1",
        "bandwidth": 50000,
        "wan": {"address": "198.51.100.2/30", "gateway": "198.51.100.1"},
        "pre_shared_key": "env:BERLIN",
    },
    "kiel": {"nbma": "dynamic", "lan": ["10.2.0.1/24"], "wan": {"address": "dhcp"}},
    "ulm": {"nbma": "198.51.100.10", "tunnel_address": "10.255.0.9", "lan": ["10.3.0.0/24"],
            "wan": {"address": "198.51.100.10/30", "gateway": "198.51.100.9"}},
}  # fmt: skip
CSV = """\
name,nbma,lan,site,bandwidth,tunnel_address,wan.address,wan.gateway,pre_shared_key
berlin,198.51.100.2,10.1.0.1/24 10.1.9.1/25,b1,50000,,198.51.100.2/30,198.51.100.1,env:BERLIN
kiel,dynamic,10.2.0.1/24,,,,dhcp,,
ulm,198.51.100.10,10.3.0.0/24,,,10.255.0.9,198.51.100.10/30,198.51.100.9,
"""
EXPORT = """\
Tunnel;Hostname;Owner;WAN IP;WAN;Gateway;Networks;Site;kbit/s;Key;;
;berlin;"Doe; Jane";198.51.100.2;198.51.100.2/30;198.51.100.1;"10.1.0.1/24; 10.1.9.1/25";b1;50000;\
env:BERLIN;;
;kiel;;dynamic;dhcp;;10.2.0.1/24;;;;;
10.255.0.9;ulm;"two
lines";198.51.100.10;198.51.100.10/30;198.51.100.9;10.3.0.0/24;;;;;
"""
COLUMNS = {
    "name": "Hostname",
    "nbma": "WAN IP",
    "lan": "Networks",
    "site": "Site",
    "bandwidth": "kbit/s",
    "tunnel_address": "Tunnel",
    "wan.address": "WAN",
    "wan.gateway": "Gateway",
    "pre_shared_key": "Key",
}
FIELDS = {
    "nbma": "custom_fields.nbma",
    "lan": "custom_fields.lan",
    "site": "site.slug",
    "bandwidth": "custom_fields.uplink",
    "tunnel_address": "custom_fields.tunnel",
    "wan.address": "custom_fields.wan",
    "wan.gateway": "custom_fields.gateway",
    "pre_shared_key": "custom_fields.key",
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NetBoxDouble]:
    monkeypatch.setenv("NETBOX_TOKEN", CANARY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with netbox(CANARY) as double:
        yield double


def _cloud(base: Path, **patch: Any) -> Path:
    rest = {"crypto": PSK, "transport": {"manage": True}, "spokes": None, **patch}
    hub = {"hub": {"wan": {"address": "203.0.113.2/30", "gateway": "203.0.113.1"}}}
    base.mkdir(exist_ok=True)
    return folder(base, {"hubs": hub, **rest})


def _configs(base: Path) -> dict[str, str]:
    renderer = Renderer(placeholder)
    return {router.name: renderer.render(router) for router in open_design(base).routers}


def _from_yaml(base: Path) -> dict[str, str]:
    return _configs(_cloud(base / "yaml", spokes={"spoke1": None, "spoke2": None, **SPOKES}))


def _from_csv(base: Path, text: str, **more: Any) -> Path:
    made = _cloud(base / "csv", spokes={"spoke1": None, "spoke2": None},
                  spokes_from={"csv": "spokes.csv", **more})  # fmt: skip
    (made / "clouds" / "spokes.csv").write_text(text)
    return made


def _from_netbox(base: Path, double: NetBoxDouble, **more: Any) -> Path:
    source = {
        "url": double.url,
        "token": "env:NETBOX_TOKEN",
        "filter": {"role": "branch", "status": "active"},
        "fields": FIELDS,
        **more,
    }
    return _cloud(base / "netbox", spokes={"spoke1": None, "spoke2": None},
                  spokes_from={"netbox": source})  # fmt: skip


def _fill(double: NetBoxDouble) -> None:
    """Put the same facts into NetBox; ids say who came first, names sort otherwise."""
    empty = dict.fromkeys(("nbma", "lan", "uplink", "tunnel", "wan", "gateway", "key"))
    double.add_device("zz-core", role="core", custom_fields=empty, id=90)
    double.add_device("ulm", id=12, custom_fields={
        **empty, "nbma": {"id": 3, "address": "198.51.100.10/30"}, "lan": ["10.3.0.0/24"],
        "tunnel": "10.255.0.9/24", "wan": "198.51.100.10/30", "gateway": "198.51.100.9",
    })  # fmt: skip
    double.add_device("berlin", id=3, site="b1", custom_fields={
        **empty, "nbma": "198.51.100.2/30", "lan": "10.1.0.1/24, 10.1.9.1/25", "uplink": 50000,
        "wan": "198.51.100.2/30", "gateway": "198.51.100.1", "key": "env:BERLIN",
    })  # fmt: skip
    double.add_device("kiel", id=7, custom_fields={
        **empty, "nbma": {"value": "dynamic", "label": "Dynamic"},
        "lan": [{"id": 1, "prefix": "10.2.0.1/24"}], "wan": "dhcp", "uplink": "",
    })  # fmt: skip
    planned = {"value": "planned", "label": "Planned"}
    double.add_device("later", id=99, status=planned, custom_fields=empty)


def test_csv_gives_the_bytes_of_yaml(tmp_path: Path) -> None:
    assert _configs(_from_csv(tmp_path, CSV)) == _from_yaml(tmp_path)


@pytest.mark.parametrize("text", [EXPORT, "\ufeff" + EXPORT.replace("\n", "\r\n")])
def test_an_export_with_other_columns_gives_the_bytes_of_yaml(tmp_path: Path, text: str) -> None:
    made = _from_csv(tmp_path, text, columns=COLUMNS, delimiter=";")
    assert _configs(made) == _from_yaml(tmp_path)


@pytest.mark.parametrize("page", [1000, 1, 2])
def test_netbox_gives_the_bytes_of_yaml(tmp_path: Path, server: NetBoxDouble, page: int) -> None:
    _fill(server)
    server.largest_page = page
    assert _configs(_from_netbox(tmp_path, server)) == _from_yaml(tmp_path)
    assert all("exclude=config_context" in asked for asked in server.asked)


def test_addresses_of_interfaces_give_the_bytes_of_yaml(
    tmp_path: Path, server: NetBoxDouble
) -> None:
    _fill(server)
    devices = {device["name"]: device for device in server.devices}
    for name, address in (
        *(("berlin", "10.1.9.1/25"), ("berlin", "10.1.0.1/24"), ("kiel", "10.2.0.1/24")),
        *(("ulm", "10.3.0.0/24"), ("zz-core", "10.99.0.1/24")),
    ):
        server.add_address(devices[name], address, "dmvpn-lan")
    server.add_address(None, "10.77.0.1/24", "dmvpn-lan")
    server.add_address(devices["berlin"], "10.66.0.1/24", "other")
    made = _from_netbox(
        tmp_path,
        server,
        fields={key: path for key, path in FIELDS.items() if key != "lan"},
        addresses={"lan": {"tag": "dmvpn-lan"}},
    )
    assert _configs(made) == _from_yaml(tmp_path)
    assert len(server.asked) == 2


def test_netbox_is_asked_with_the_filter_as_it_stands(tmp_path: Path, server: NetBoxDouble) -> None:
    tag = {"id": 1, "name": "DMVPN", "slug": "dmvpn"}
    server.add_device("a", tags=[tag], primary_ip4={"id": 1, "address": "198.51.100.77/30"})
    server.add_device("b", primary_ip4={"id": 2, "address": "198.51.100.78/30"})
    server.add_device("c", tags=[tag])
    server.add_device("d", tags=[tag], site="x", primary_ip4={"address": "198.51.100.79/30"})
    wanted = {"tag": ["dmvpn"], "has_primary_ip": True, "role": ["branch", "other"]}
    fields = {"nbma": "primary_ip4", "description": "device_type.model"}
    made = _from_netbox(tmp_path, server, filter=wanted, fields=fields)
    spokes = load_cloud(made).intent.spokes
    assert {name: str(spoke.nbma) for name, spoke in spokes.items()} == {
        "a": "198.51.100.77",
        "d": "198.51.100.79",
    }
    assert spokes["a"].description == "C8200"


def test_the_config_context_is_asked_for_only_when_it_is_used(
    tmp_path: Path, server: NetBoxDouble
) -> None:
    server.add_device("a", config_context={"dmvpn": {"nbma": "198.51.100.77"}})
    made = _from_netbox(tmp_path, server, fields={"nbma": "config_context.dmvpn.nbma"})
    assert str(load_cloud(made).intent.spokes["a"].nbma) == "198.51.100.77"


def test_other_credentials_of_the_user_do_not_replace_the_token(
    tmp_path: Path, server: NetBoxDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    _fill(server)
    assert len(load_cloud(_from_netbox(tmp_path, server)).intent.spokes) == 3


WRONG_CSV = [
    ("lan,site", "lan,sit", "clouds/spokes.csv:1: unknown column 'sit'; did you mean 'site'?"),
    ("198.51.100.10,", "198.51.100.300,", "clouds/spokes.csv:4: spokes.ulm.nbma: '198.51.100.300'"),
    ("kiel,dynamic", 'kiel,"dynamic', "clouds/spokes.csv:4: not CSV: unexpected end of data"),
    ("env:BERLIN", "not-a-reference", "clouds/spokes.csv:2: spokes.berlin.pre_shared_key: a refer"),
    ("50000", "50 Mbit", "clouds/spokes.csv:2: spokes.berlin.bandwidth: a whole number"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), WRONG_CSV, ids=[w for _, w, _ in WRONG_CSV])
def test_a_wrong_line_is_named(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_cloud(_from_csv(tmp_path, CSV.replace(right, wrong, 1)))
    assert message in str(caught.value)
    assert "not-a-reference" not in str(caught.value)


def test_the_line_after_a_cell_with_two_lines_is_the_one_of_the_file(tmp_path: Path) -> None:
    text = EXPORT.replace("10.3.0.0/24", "10.3.0.0") + ";ulm;;198.51.100.14;;;;;;;;\n"
    with pytest.raises(InputError, match=r"clouds/spokes.csv:6: spoke 'ulm' is given twice; .* 5"):
        load_cloud(_from_csv(tmp_path, text, columns=COLUMNS, delimiter=";"))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"name": "Hostnam"}, "no column 'Hostnam' for 'name'; did you mean 'Hostname'?"),
        ({"nbma": "WAN IP"}, "spokes.csv:1: spokes_from.columns does not say which column is the"),
        (
            {"name": "Hostname", "nbna": "WAN IP"},
            "'nbna' is not a key of a spoke; did you mean 'nb",
        ),
        ({"name": ""}, "spokes_from.columns.name: "),
    ],
)
def test_a_wrong_mapping_is_explained(tmp_path: Path, columns: Raw, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_cloud(_from_csv(tmp_path, EXPORT, columns=columns, delimiter=";"))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({}, "spokes_from: either csv or netbox is expected"),
        ({"csvv": "x"}, "unknown key 'csvv' in spokes_from; did you mean 'csv'?"),
        ({"csv": "nowhere.csv"}, "nowhere.csv: cannot be read: no such file"),
        ({"csv": 3}, "spokes_from.csv: a text is expected"),
        ({"csv": "x", "netbox": {}}, "spokes_from: either csv or netbox is expected"),
        ({"netbox": {}}, "key 'url' is missing in spokes_from.netbox"),
        ({"netbox": {}, "columns": {}}, "'columns' is for csv; NetBox has `fields`"),
    ],
)
def test_a_wrong_source_is_explained(tmp_path: Path, source: Raw, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_cloud(_cloud(tmp_path / "c", spokes_from=source))
    assert message in str(caught.value)


def _refused(made: Path) -> str:
    with pytest.raises((InputError, SecretError)) as caught:
        load_cloud(made)
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"filter": {"rol": "x"}}, "'rol' is not a filter of NetBox; did you mean 'role'?"),
        ({"filter": {"status": "activ"}}, "refuses a filter: status: Select a valid choice. activ"),
        ({"filter": {"role": "nobody"}}, "no device of NetBox matches the filter"),
        ({"filter": {}}, "spokes_from.netbox.filter: "),
        ({"fields": {"nbma": "primary_ip.addr"}}, "there is no field 'primary_ip.addr' ('primary"),
        ({"fields": {"nbma": "custom_fields.nbna"}}, "('nbna' is unknown; did you mean 'nbma'?)"),
        (
            {"fields": {"site": "role"}},
            "NetBox device berlin (id 3): the field 'role' is an object",
        ),
        ({"fields": {"nbna": "x"}}, "'nbna' is not a key of a spoke; did you mean 'nbma'?"),
        ({"token": CANARY}, "spokes_from.netbox.token: a reference to a secret is due here"),
        ({"token": "env:NETBOX_NONE"}, "NETBOX_NONE is not set"),
        ({"token": "env:OTHER"}, "refuses the token env:OTHER (403)"),
        ({"addresses": {"lan": {"tag": "x"}}}, "'lan' is both in fields and in addresses"),
        ({"ca_file": "ca.pem"}, "there is no file ca.pem"),
        ({"url": "http://127.0.0.1:1"}, "http://127.0.0.1:1 cannot be reached (ConnectionError)"),
        ({"url": "ftp://127.0.0.1"}, "spokes_from.netbox.url: "),
    ],
)
def test_wrong_words_about_netbox_are_explained(
    tmp_path: Path, server: NetBoxDouble, monkeypatch: pytest.MonkeyPatch, more: Raw, message: str
) -> None:
    monkeypatch.setenv("OTHER", "another-token")
    monkeypatch.delenv("NETBOX_NONE", raising=False)
    _fill(server)
    said = _refused(_from_netbox(tmp_path, server, **more))
    assert message in said
    assert "clouds/branches.yaml:" in said or "NetBox device" in said or "NETBOX_NONE" in said


def test_wrong_facts_name_the_device(tmp_path: Path, server: NetBoxDouble) -> None:
    _fill(server)
    made = _from_netbox(tmp_path, server)
    kiel = next(device for device in server.devices if device["name"] == "kiel")
    kiel["custom_fields"]["nbma"] = "198.51.100.300"
    assert "NetBox device kiel (id 7): spokes.kiel.nbma: '198.51.100.300'" in _refused(made)
    kiel["custom_fields"]["nbma"] = None
    kiel["name"] = "berlin"
    assert "spoke 'berlin' is given twice; first by NetBox device berlin (id 3)" in _refused(made)
    kiel["name"] = None
    assert "NetBox device without a name (id 7): the device has no name" in _refused(made)


def test_findings_name_the_device(tmp_path: Path, server: NetBoxDouble) -> None:
    _fill(server)
    made = _from_netbox(tmp_path, server)
    next(d for d in server.devices if d["name"] == "ulm")["custom_fields"]["nbma"] = "198.51.100.2"
    (found,) = (f for f in examine_all(made)[0].findings if f.rule == "nbma-address-duplicate")
    assert found.where == "NetBox device ulm (id 12)"


def test_one_address_is_one(tmp_path: Path, server: NetBoxDouble) -> None:
    device = server.add_device("a")
    for address in ("198.51.100.77/30", "198.51.100.78/30"):
        server.add_address(device, address, "wan")
    made = _from_netbox(
        tmp_path, server, fields={"site": "site.slug"}, addresses={"nbma": {"tag": "wan"}}
    )
    said = _refused(made)
    assert "NetBox device a (id 1): 'nbma' is one address, but 2 match: 198.51.100.77/30," in said
    server.addresses.pop()
    assert str(load_cloud(made).intent.spokes["a"].nbma) == "198.51.100.77"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((200, "<html>Log in</html>"), "does not answer as NetBox does"),
        ((200, '{"count": 1}'), "does not answer as NetBox does"),
        ((404, "<html></html>"), "answers 404"),
        ((502, "<html></html>"), "answers 502"),
        ((401, "{}"), "refuses the token env:NETBOX_TOKEN (401)"),
    ],
)
def test_what_is_no_netbox_is_said(
    tmp_path: Path, server: NetBoxDouble, answer: tuple[int, str], message: str
) -> None:
    server.answer = answer
    assert message in _refused(_from_netbox(tmp_path, server))


def test_a_netbox_that_does_not_answer_is_given_up(tmp_path: Path, server: NetBoxDouble) -> None:
    server.silent = True
    assert "did not answer within 1 s" in _refused(_from_netbox(tmp_path, server, timeout=1))


def _certificate(base: Path) -> tuple[SSLContext, Path]:
    """Make a certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "netbox")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, SHA256())
    )
    path, private = base / "ca.pem", base / "key.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, private)
    return context, path


def test_a_private_authority_is_trusted_only_when_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETBOX_TOKEN", CANARY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    context, authority = _certificate(tmp_path)
    with netbox(CANARY, context) as double:
        _fill(double)
        said = _refused(_from_netbox(tmp_path, double))
        assert f"the certificate of {double.url} is not trusted" in said
        assert double.asked == []
        made = _from_netbox(tmp_path, double, ca_file=str(authority))
        assert len(load_cloud(made).intent.spokes) == 3
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "another.pem"))
        assert len(load_cloud(made).intent.spokes) == 3


def test_the_commands_read_netbox_and_show_no_token(tmp_path: Path, server: NetBoxDouble) -> None:
    _fill(server)
    made = _from_netbox(tmp_path, server)
    said = ""
    for verb in ("validate", "render", "report design"):
        done = subprocess.run(
            [sys.executable, "-m", "dmvpn_auto", *verb.split(), "-i", str(made)],
            cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        said += done.stdout + done.stderr
    files = sorted(path.name for path in (tmp_path / "build" / "branches").iterdir())
    assert files == ["berlin.cfg", "hub.cfg", "kiel.cfg", "ulm.cfg"]
    assert CANARY not in said
    assert all(CANARY not in p.read_text() for p in tmp_path.rglob("*") if p.is_file())


def test_the_examples_of_the_documentation_are_right() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "spokes-from.md").read_text()
    examples = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        SpokesFrom.model_validate(yaml.safe_load(example)["spokes_from"])
    table = re.findall(r"```csv\n(.*?)\n", text)[0].split(",")
    assert set(table) <= set(SPOKE_KEYS)


def test_every_key_of_a_spoke_can_be_mapped() -> None:
    keys = set(SPOKE_KEYS)
    assert keys >= set(Spoke.model_fields) - {"wan"}
    assert keys >= {f"wan.{key}" for key in Wan.model_fields}
