"""Crypto: IKEv2, IKEv1, IPsec and PKI, in the order and spelling of IOS-XE 17."""

from __future__ import annotations

from dmvpn_auto.lab.ios.checks import crypto as checks
from dmvpn_auto.lab.ios.checks.words import plain_key, without_128
from dmvpn_auto.lab.ios.rules import Keep, Line, Mode, Raw, Sort

_GROUPS = "1|2|5|14|15|16|19|20|21|24"
_PROPOSAL_NOTICE = (
    (
        "IKEv2 proposal MUST either have a set of an encryption algorithm other than aes-gcm, an "
        "integrity algorithm and a DH group configured or "
    ),
    " encryption algorithm aes-gcm, a prf algorithm and a DH group configured",
)
_PROFILE_NOTICE = (
    "IKEv2 profile MUST have:",
    "   1. A local and a remote authentication method.",
    "   2. A match identity or a match certificate or match any statement.",
)
_TRANSFORM = (
    "(esp-gcm [128|192|256]|esp-gmac [128|192|256]|esp-aes [128|192|256]|esp-null"
    "|esp-sha-hmac|esp-sha256-hmac|esp-sha384-hmac|esp-sha512-hmac|esp-md5-hmac"
    "|ah-sha-hmac|ah-sha256-hmac|ah-sha384-hmac|ah-sha512-hmac|ah-md5-hmac)"
)


PROPOSAL = Mode("ikev2-proposal", "config-ikev2-proposal", (
    Line("encryption / {(aes-gcm-256|aes-gcm-128|aes-cbc-256|aes-cbc-192|aes-cbc-128)}",
         "Set encryption algorithm(s) for proposal", check=checks.ikev2_encryption),
    Line("integrity / {(sha512|sha384|sha256|sha1|md5)}",
         "Set integrity hash algorithm(s) for proposal", check=checks.ikev2_integrity,
         then=checks.derived_prf),
    Line("prf / {(sha512|sha384|sha256|sha1|md5)}", "Set prf algorithm(s) for proposal",
         then=checks.derived_prf),
    Line(f"group / {{({_GROUPS})}}", "Set the Diffie-Hellman group"),
))  # fmt: skip

POLICY = Mode("ikev2-policy", "config-ikev2-policy", (
    Line("match fvrf / (any|<vrf>)", "Match front door VRF"),
    Line("match address local <address:ip> /", "Match local address"),
    Line("proposal <proposal> /", "Specify Proposal"),
))  # fmt: skip

PEER = Mode("ikev2-peer", "config-ikev2-keyring-peer", (
    Line("description <text:line>", "Specify a description of this peer"),
    Line("hostname <host>", "Hostname of the peer"),
    Line("address / (<address:ip> [<mask:mask>]|<address:prefix6>|<address:ip6>)",
         "Specify IPv4/IPv6 address of peer"),
    Line("identity / (address <address:ip>|fqdn [domain] <fqdn>|email [domain] <email>|key-id"
         " <id>)", "Specify peer IKE identity"),
    Line("pre-shared-key local / [0] <key>", "Specify signing key", wording=plain_key,
         then=checks.local_or_remote_key),
    Line("pre-shared-key remote / [0] <key>", "Specify verifying key", wording=plain_key,
         then=checks.local_or_remote_key),
    Line("pre-shared-key / [0] <key>", "Specify the pre-shared key", wording=plain_key,
         then=checks.common_key),
))  # fmt: skip

KEYRING = Mode("ikev2-keyring", "config-ikev2-keyring", (
    Line("peer <peer>", "Configure a Peer and associated keys", opens="ikev2-peer", after="!"),
))  # fmt: skip

_IDENTITY = (
    "(address (<address:ip> [<mask:mask>]|<address:prefix6>)|fqdn [domain] <fqdn>"
    "|email [domain] <email>|key-id <id>|any)"
)

PROFILE = Mode("ikev2-profile", "config-ikev2-profile", (
    Line("description <text:line>", "Specify a description of this profile"),
    Line("match fvrf / (any|<vrf>)", "Match front door VRF"),
    Line("match address local (interface <interface:if>|<address:ip>) /", "Match local address"),
    Line(f"match identity remote {_IDENTITY} /", "Match remote identity",
         wording=checks.remote_identity),
    Line("match certificate <map> /", "Match peer certificate attributes", carried=False),
    Line("identity local / (address <address:ip>|fqdn <fqdn>|email <email>|key-id <id>|dn)",
         "Specify local IKE identity"),
    Line("authentication remote / (pre-share [key [0] <key>]|rsa-sig|ecdsa-sig)",
         "Set remote authentication method", wording=plain_key),
    Line("authentication local / (pre-share [key [0] <key>]|rsa-sig|ecdsa-sig)",
         "Set local authentication method", wording=plain_key),
    Line("keyring / (local|aaa) <keyring>", "Specify keyring"),
    Line("pki trustpoint <trustpoint> [sign] [verify] /",
         "Specify certificate authorities to use"),
    Line("lifetime <seconds:120-86400>", "Set lifetime for ISAKMP security association",
         hidden=("lifetime 86400",)),
    Line("dpd / <interval:10-3600> <retry:2-60> (on-demand|periodic)",
         "Enable IKE liveness check for peers"),
    Line("nat keepalive <seconds:5-3600>", "NAT-transparency"),
    Line("ivrf <vrf>", "I-VRF of the profile", carried=False),
    Line("initial-contact force", "initial-contact processing"),
))  # fmt: skip

TRANSFORM_SET = Mode("transform-set", "cfg-crypto-trans", (
    Line("mode / (tunnel|transport [require])", "encapsulation mode", gone=checks.mode_back),
))  # fmt: skip

IPSEC_PROFILE = Mode("ipsec-profile", "ipsec-profile", (
    Line("description <text:line>", "Description of the crypto map statement policy"),
    Line("set security-association lifetime seconds / <seconds:120-2592000>",
         "Time-based key duration", hidden=("set security-association lifetime seconds 3600",)),
    Line("set security-association lifetime kilobytes / (<kilobytes:2560-4294967295>|disable)",
         "Volume-based key duration",
         hidden=("set security-association lifetime kilobytes 4608000",)),
    Line("set security-association replay / (window-size (64|128|256|512|1024)|disable)",
         "Set replay checking"),
    Line("set security-association idle-time <seconds:60-86400>",
         "Automatically delete IPSec SAs after idle", carried=False),
    Line("set transform-set / {<set>}", "Specify list of transform sets in priority order", pad=" ",
         check=checks.transform_sets_exist),
    Line("set pfs / [group1|group2|group5|group14|group15|group16|group19|group20|group21|group24]",
         "Specify pfs settings", wording=checks.pfs_group),
    Line("set isakmp-profile <profile>", "Specify isakmp Profile"),
    Line("set ikev2-profile <profile>", "Specify ikev2 Profile"),
    Line("responder-only", "Do not initiate SAs from this device"),
))  # fmt: skip

ISAKMP_POLICY = Mode("isakmp-policy", "config-isakmp", (
    Line("encryption / (aes [128|192|256]|3des|des)",
         "Set encryption algorithm for protection suite", hidden=("encryption des",),
         wording=without_128),
    Line("encr / (aes [128|192|256]|3des|des)", "Set encryption algorithm for protection suite",
         hidden=("encryption des",), rewrite=checks.encr),
    Line("hash / (sha|sha256|sha384|sha512|md5)", "Set hash algorithm for protection suite",
         hidden=("hash sha",)),
    Line("authentication / pre-share", "Set authentication method"),
    Line("authentication / rsa-sig", "Set authentication method",
         hidden=("authentication rsa-sig",)),
    Line("authentication / (rsa-encr|ecdsa-sig)", "Set authentication method", carried=False),
    Line(f"group / ({_GROUPS})", "Set the Diffie-Hellman group", hidden=("group 1",)),
    Line("lifetime <seconds:60-86400>", "Set lifetime", hidden=("lifetime 86400",)),
))  # fmt: skip

CRYPTO_KEYRING = Mode("crypto-keyring", "conf-keyring", (
    Line("description <text:line>", "Keyring description"),
    Line("local-address / <address:ip>", "Local address"),
    Line("local-address / <interface:if>", "Local address", carried=False),
    Line("pre-shared-key address <address:ip> [<mask:mask>] / key [0] <key>", "Pre-shared key",
         wording=plain_key),
    Line("pre-shared-key address ipv6 <address:prefix6> / key [0] <key>", "Pre-shared key",
         wording=plain_key, carried=False),
    Line("pre-shared-key hostname <host> / key [0] <key>", "Pre-shared key", wording=plain_key,
         carried=False),
), indent=2)  # fmt: skip

ISAKMP_PROFILE = Mode("isakmp-profile", "conf-isa-prof", (
    Line("description <text:line>", "Profile description"),
    Line("vrf <vrf>", "IVRF", carried=False),
    Line("keyring <keyring>", "Specify keyring"),
    Line("ca trust-point <trustpoint> /", "CA trust point"),
    Line("self-identity / address", "Identity"),
    Line("self-identity / (fqdn [<fqdn>]|user-fqdn <fqdn>)", "Identity", carried=False),
    Line("match identity address <address:ip> [<mask:mask>] [<vrf>] /", "Match peer identity",
         wording=checks.isakmp_identity),
    Line("match identity address ipv6 <address:prefix6> [<vrf>] /", "Match peer identity",
         carried=False),
    Line("match identity (host [domain] <host>|group <group>|user <user>) /",
         "Match peer identity", carried=False),
    Line("match certificate <map> /", "Match certificate", carried=False),
    Line("keepalive <seconds:10-3600> retry <retry:2-60>", "Keepalive"),
    Line("initiate mode aggressive", "Initiate in aggressive mode", carried=False),
    Line("local-address / (<interface:if>|<address:ip> [<vrf>])", "Local address", carried=False),
), indent=3)  # fmt: skip

TRUSTPOINT = Mode("trustpoint", "ca-trustpoint", (
    Line("enrollment / url <url>", "Enrollment parameters"),
    Line("enrollment / (selfsigned|pkcs12|terminal [pem]|profile <profile>|mode ra"
         "|retry <retry:line>)", "Enrollment parameters", carried=False),
    Line("serial-number / [none]", "Include router serial number"),
    Line("fqdn / (none|<fqdn>)", "Include fully-qualified domain name"),
    Line("ip-address / (none|<address:ip>|<interface:if>)", "Include ip address"),
    Line("subject-name <name:line>", "Subject Name"),
    Line("subject-alt-name <name:line>", "Subject Alternative Name", carried=False),
    Line("vrf <vrf>", "VRF to use for enrollment and obtaining CRLs"),
    Line("revocation-check / {(crl|none)}", "Revocation checking options"),
    Line("revocation-check / {(crl|none|ocsp)}", "Revocation checking options", carried=False),
    Line("source interface <interface:if>", "Specify source interface"),
    Line("rsakeypair <label> / [<bits:360-4096>] [<more:360-4096>]",
         "Specify rsakeypair for this identity"),
    Line("eckeypair <label>", "Specify eckeypair for this identity"),
    Line("auto-enroll / [<percent:1-100>] [regenerate]",
         "Automatically enroll this router identity"),
    Line("hash / (md5|sha1|sha256|sha384|sha512)", "Specify hash algorithm"),
    Line("usage / {(ike|ssl-client|ssl-server)}", "Certificate Usage"),
))  # fmt: skip

CERTIFICATE_CHAIN = Mode("certificate-chain", "config-cert-chain", (
    Line("certificate / [ca|self-signed] <serial:hex> <file:nvram>", "Certificate kept in a file"),
    Line("certificate / [ca|self-signed|rollover|rollover ca] [<serial:hex>]", "Certificate",
         raw=Raw(end="quit")),
))  # fmt: skip

CERTIFICATE_MAP = Mode("certificate-map", "ca-certificate-map", (
    Line("(subject-name|issuer-name|alt-subject-name|name|serial-number) (co|eq|nc|ne)"
         " <value:line> /", "Certificate field"),
))  # fmt: skip

LINES = (
    Line("crypto pki trustpoint <name>", "Define a CA trustpoint", opens="trustpoint"),
    Line("crypto pki certificate map <name> <number:1-65535> /", "Certificate attribute map",
         opens="certificate-map", carried=False),
    Line("crypto pki certificate chain <name>", "Identify a certificate chain",
         opens="certificate-chain", carried=False),
    Line("crypto ikev2 proposal <name>", "Define IKEv2 proposals", opens="ikev2-proposal",
         notice=_PROPOSAL_NOTICE, sort=Sort.VALUE, may_go=checks.ikev2_proposal_free),
    Line("crypto ikev2 policy <name>", "Define IKEv2 policies", opens="ikev2-policy",
         notice=("IKEv2 policy MUST have atleast one complete proposal attached ",),
         sort=Sort.VALUE),
    Line("crypto ikev2 keyring <name>", "Define IKEv2 keyring", opens="ikev2-keyring",
         sort=Sort.VALUE, may_go=checks.ikev2_keyring_free),
    Line("crypto ikev2 profile <name>", "Define IKEv2 profiles", opens="ikev2-profile",
         notice=_PROFILE_NOTICE, sort=Sort.VALUE, may_go=checks.ikev2_profile_free),
    Line("crypto ikev2 dpd / <interval:10-3600> <retry:2-60> (on-demand|periodic)",
         "Enable IKE liveness check for peers", block="ikev2"),
    Line("crypto ikev2 nat keepalive <seconds:5-3600>", "NAT-transparency", block="ikev2"),
    Line("crypto ikev2 fragmentation / [mtu <bytes:68-1500>]",
         "Enable fragmentation of ikev2 packets", block="ikev2"),
    Line("crypto keyring <name> [vrf <vrf>] /", "Key ring commands", opens="crypto-keyring"),
    Line("crypto isakmp policy <priority:1-10000>", "Set policy for an ISAKMP protection suite",
         opens="isakmp-policy", sort=Sort.VALUE),
    Line("crypto isakmp key [0] <key> address <address:ip> [<mask:mask>] [no-xauth] /",
         "Set pre-shared key for remote peer", wording=checks.isakmp_key, block="isakmp"),
    Line("crypto isakmp key [0] <key> address ipv6 <address:prefix6> [no-xauth] /",
         "Set pre-shared key for remote peer", wording=plain_key, block="isakmp", carried=False),
    Line("crypto isakmp invalid-spi-recovery", "Initiate IKE and send Invalid SPI Notify",
         block="isakmp", carried=False),
    Line("crypto isakmp keepalive / <seconds:10-3600> [<retry:2-60>] [periodic|on-demand]",
         "Set a keepalive interval for use with IOS peers", block="isakmp"),
    Line("crypto isakmp nat keepalive <seconds:5-3600>", "NAT keepalive", block="isakmp",
         carried=False),
    Line("crypto isakmp profile <name>", "Define ISAKMP Profiles", opens="isakmp-profile"),
    Line("crypto ipsec security-association lifetime (seconds|kilobytes) / <value:120-4294967295>",
         "security association lifetime", block="ipsec",
         hidden=("crypto ipsec security-association lifetime seconds 3600",
                 "crypto ipsec security-association lifetime kilobytes 4608000")),
    Line("crypto ipsec security-association replay / (window-size (64|128|256|512|1024)|disable)",
         "Set replay checking", block="ipsec",
         hidden=("crypto ipsec security-association replay window-size 64",)),
    Line(f"crypto ipsec transform-set <name> / {{{_TRANSFORM}}}", "Define transform and settings",
         opens="transform-set", pad=" ", wording=without_128, sort=Sort.VALUE,
         check=checks.transforms, then=checks.default_mode, may_go=checks.transform_set_free),
    Line("crypto ipsec fragmentation / (after-encryption|before-encryption)",
         "Handle fragmentation of near-MTU sized packets", block="ipsec", carried=False),
    Line("crypto ipsec df-bit / (clear|copy|set)", "Handling of encapsulated DF bit",
         block="ipsec", carried=False),
    Line("crypto ipsec profile <name>", "Configure an ipsec policy profile", opens="ipsec-profile",
         sort=Sort.VALUE, may_go=checks.ipsec_profile_free),
    Line("crypto engine compliance shield disable", "Allow weak algorithms", carried=False,
         keep=Keep.POSITIVE),
)  # fmt: skip

MODES = (
    PROPOSAL, POLICY, PEER, KEYRING, PROFILE, TRANSFORM_SET, IPSEC_PROFILE,
    ISAKMP_POLICY, CRYPTO_KEYRING, ISAKMP_PROFILE, TRUSTPOINT, CERTIFICATE_CHAIN, CERTIFICATE_MAP,
)  # fmt: skip
