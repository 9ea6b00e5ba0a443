"""IKE and IPsec: SAs with their algorithms, flows with their counters, sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dmvpn_auto.observe.evidence.base import Part, Reading, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeSa(Row):
    """One IKE SA. IKEv1 output names no algorithms; they are None then."""

    version: int
    local: str
    local_port: int | None
    remote: str
    remote_port: int | None
    front_vrf: str | None
    status: str  # "READY", "QM_IDLE", "MM_NO_STATE", "IN-NEG", ...
    encryption: str | None = None  # "AES-GCM"
    key_size: int | None = None
    prf: str | None = None
    integrity: str | None = None  # None: combined mode
    dh_group: int | None = None
    auth_local: str | None = None
    auth_remote: str | None = None
    lifetime: int | None = None
    active_time: int | None = None
    inside_vrf: str | None = None
    connection_id: int | None = None  # IKEv1, and the tunnel ID of IKEv2
    capabilities: str | None = None  # IKEv1 detail: "D" dead peer detection, "N" NAT traversal
    remaining: str | None = None  # IKEv1 detail: lifetime left, "23:59:39"
    local_id: str | None = None  # IKEv2 detail, like all below
    remote_id: str | None = None
    local_spi: str | None = None
    remote_spi: str | None = None
    session_id: int | None = None
    description: str | None = None  # "Negotiation done"
    dpd_seconds: int | None = None
    dpd_retries: int | None = None
    fragmentation: bool | None = None
    nat_detected: str | None = None  # "not detected", "detected inside", "detected outside"
    initiator: bool | None = None
    local_subnets: tuple[str, ...] = ()
    remote_subnets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeSas(Reading):
    """`show crypto ikev2 sa [detailed]` or `show crypto isakmp sa`."""

    sas: tuple[IkeSa, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSa(Part):
    """One pair of ESP SAs of an IKEv2 session; algorithms in `detailed` only."""

    local: tuple[str, ...]  # selectors, "10.0.0.0/0 - 10.0.0.255/65535"
    remote: tuple[str, ...]
    spi_in: str
    spi_out: str
    encryption: str | None = None  # "AES-CBC"
    key_size: int | None = None
    integrity: str | None = None  # "SHA256"
    mode: str | None = None  # "transport", "tunnel"


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeSession(Row):
    """One session of `show crypto ikev2 session`: its IKE SAs and what they protect."""

    session_id: int
    status: str  # "UP-ACTIVE", "UP-IDLE", "DOWN-NEGOTIATING"
    sas: tuple[IkeSa, ...]
    children: tuple[ChildSa, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeSessions(Reading):
    """`show crypto ikev2 session [detailed]`."""

    sessions: tuple[IkeSession, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EspSa(Part):
    """One ESP SA of a flow."""

    direction: str  # "inbound", "outbound"
    spi: str  # hexadecimal, or "[Not Available]" where the hardware keeps it
    transform: str  # "esp-gcm 256", "esp-aes 256 esp-sha256-hmac"
    mode: str  # "transport", "tunnel"
    udp_encapsulation: bool
    remaining_kilobytes: int | None
    remaining_seconds: int | None
    active: bool
    protocol: str = "esp"  # "esp", "ah", "pcp"
    settings: tuple[str, ...] = ()  # "Transport", "UDP-Encaps", "esn" as printed
    connection_id: int | None = None
    crypto_map: str | None = None
    flow_id: str | None = None
    initiator: bool | None = None
    iv_bytes: int | None = None
    replay_detection: bool | None = None
    replay_window: int | None = None  # packets
    status: str | None = None  # "ACTIVE(ACTIVE)"


@dataclass(frozen=True, slots=True, kw_only=True)
class IpsecFlow(Row):
    """One flow (pair of identities) of `show crypto ipsec sa`; without `esp` the flow has no SA."""

    interface: str
    crypto_map: str
    local: str
    remote: str
    remote_port: int | None
    local_ident: str
    remote_ident: str
    protocol: int | None  # 47: GRE
    encapsulated: int  # packets
    decapsulated: int
    send_errors: int
    receive_errors: int
    pfs_group: str | None
    esp: tuple[EspSa, ...]
    others: tuple[EspSa, ...] = ()  # AH and compression
    vrf: str | None = None  # protected VRF (IVRF)
    path_mtu: int | None = None  # bytes
    plaintext_mtu: int | None = None  # bytes
    outbound_spi: str | None = None
    counters: Mapping[str, int] = field(default_factory=dict)  # by printed name, "pkts_verify"


@dataclass(frozen=True, slots=True, kw_only=True)
class IpsecFlows(Reading):
    """`show crypto ipsec sa`."""

    flows: tuple[IpsecFlow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionIke(Part):
    """One IKE SA of a session; a session may list old ones as inactive."""

    version: int | None  # None: printed without
    local: str
    local_port: int | None
    remote: str
    remote_port: int | None
    active: bool
    capabilities: str | None = None
    connection_id: int | None = None
    lifetime: str | None = None  # what is left, "23:59:39"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFlow(Part):
    """One IPsec flow of a session; the counters are of `detail` only."""

    flow: str  # "permit 47 host 198.51.100.1 host 203.0.113.2"
    active_sas: int
    origin: str | None = None  # "crypto map", "dynamic crypto map"
    decrypted: int | None = None  # packets
    decrypted_dropped: int | None = None
    encrypted: int | None = None
    encrypted_dropped: int | None = None
    inbound_kilobytes: int | None = None  # what is left; None: volume rekey is disabled
    inbound_seconds: int | None = None
    outbound_kilobytes: int | None = None
    outbound_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSession(Row):
    """One session of `show crypto session`; `peer` is the remote NBMA address."""

    interface: str
    status: str  # "UP-ACTIVE", "UP-IDLE", "UP-NO-IKE", "DOWN", "DOWN-NEGOTIATING"
    peer: str
    profile: str | None
    active_sas: int
    ike_active: bool
    peer_port: int | None = None
    uptime: str | None = None
    fvrf: str | None = None
    ivrf: str | None = None
    phase1_id: str | None = None
    description: str | None = None
    session_id: int | None = None
    username: str | None = None
    group: str | None = None
    assigned_address: str | None = None
    ike: tuple[SessionIke, ...] = ()
    flows: tuple[SessionFlow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSessions(Reading):
    """`show crypto session [detail | brief]`."""

    sessions: tuple[CryptoSession, ...]
