"""The router itself: host name, users, logging, lines, banners; and the global mode that joins all
families.

The order of `GLOBAL` is the order of a running configuration of IOS-XE 17.
"""

from __future__ import annotations

from dmvpn_auto.lab.ios.checks import interface, system
from dmvpn_auto.lab.ios.checks.words import family_name, ignored
from dmvpn_auto.lab.ios.grammar import bgp, crypto, policy, routing
from dmvpn_auto.lab.ios.grammar.interface import INTERFACE, TUNNEL, mode_of
from dmvpn_auto.lab.ios.rules import Keep, Line, Mode, Raw, Sort

VRF_FAMILY = Mode("vrf-family", "config-vrf-af", (
    Line("import map <map>", "Route-map based VRF import", carried=False),
    Line("export map <map>", "Route-map based VRF export", carried=False),
    Line("route-target (export|import) <target:rd> /", "Specify Target VPN Extended Communities",
         carried=False),
), exits=("exit", "exit-address-family"))  # fmt: skip

VRF = Mode("vrf", "config-vrf", (
    Line("description <text:line>", "VRF specific description"),
    Line("rd <rd:rd>", "Specify Route Distinguisher", check=system.rd_unique),
    Line("route-target (export|import) <target:rd> /", "Specify Target VPN Extended Communities",
         carried=False),
    Line("address-family ipv4 / [unicast]", "Address family", opens="vrf-family", before="!",
         after="exit-address-family", wording=family_name),
    Line("address-family ipv6 / [unicast]", "Address family", opens="vrf-family", before="!",
         after="exit-address-family", wording=family_name),
))  # fmt: skip

LINE = Mode("line", "config-line", (
    Line("session-timeout <minutes:0-35791>",
         "Set interval for closing connection when there is no input traffic"),
    Line("exec-timeout <minutes:0-35791> [<seconds:0-2147483>]", "Set the EXEC timeout",
         hidden=("exec-timeout 10 0",), wording=system.exec_timeout),
    Line("privilege level <level:0-15>", "Change privilege level for line"),
    Line("password / [0|7] <password>", "Set a password", rewrite=system.line_password),
    Line("logging synchronous / [level <level:line>]", "Synchronized message output"),
    Line("login / [local|authentication <list>]", "Enable password checking", keep=Keep.BOTH),
    Line("length <lines:0-512>", "Set number of lines on a screen", hidden=("length 24",)),
    Line("width <columns:0-512>", "Set width of the display terminal", hidden=("width 80",)),
    Line("history size <size:0-256>", "Enable and control the command history function"),
    Line("access-class <list> (in|out) [vrf-also] /",
         "Filter connections based on an IP access list"),
    Line("transport preferred / (none|ssh|telnet)", "Specify the preferred protocol"),
    Line("transport input / {(none|all|ssh|telnet)}",
         "Define which protocols to use when connecting"),
    Line("transport output / {(none|all|ssh|telnet)}",
         "Define which protocols to use for outgoing connections"),
    Line("stopbits (1|1.5|2) /", "Set async line stop bits"),
    Line("speed <baud:0-4294967295>", "Set the transmit and receive speeds"),
    Line("no-exec", "EXEC off"),
))  # fmt: skip

ARCHIVE_LOG = Mode("archive-log", "config-archive-log-cfg", (
    Line("logging enable", "Enable the config logger"),
    Line("logging size <entries:1-1000>", "Modify maximum number of entries"),
    Line("notify syslog / [contenttype plaintext]", "Set up notification"),
    Line("hidekeys", "Suppress output of password strings"),
))  # fmt: skip
ARCHIVE = Mode("archive", "config-archive", (
    Line("log config", "Log commands", opens="archive-log"),
    Line("path <path>", "Path for backups"),
    Line("maximum <files:1-14>", "Maximum number of backup copies"),
    Line("write-memory", "Enable automatic backup generation during write memory"),
    Line("time-period <minutes:1-525600>", "Period of time in minutes to automatically archive"),
))  # fmt: skip

PUBKEY_USER = Mode("pubkey-user", "conf-ssh-pubkey-user", (
    Line("key-hash <type> <hash> [<comment:line>] /", "Hash of a public key"),
    Line("key-string /", "Enter a public key", raw=Raw(end="exit", finish=system.public_key)),
))  # fmt: skip
PUBKEY_CHAIN = Mode("pubkey-chain", "conf-ssh-pubkey", (
    Line("username <name>", "Configure user", opens="pubkey-user"),
), indent=2)  # fmt: skip

CALL_HOME_PROFILE = Mode("call-home-profile", "cfg-call-home-profile", (
    Line("active", "Activate profile"),
    Line("destination <what:line> /", "Message destination"),
    Line("reporting <what:line> /", "Reporting"),
))  # fmt: skip
CALL_HOME = Mode("call-home", "cfg-call-home", (
    Line("contact-email-addr <address>", "Contact email address"),
    Line("profile <name>", "Profile", opens="call-home-profile"),
))  # fmt: skip
REDUNDANCY = Mode("redundancy", "config-red", (Line("mode <mode>", "Redundancy mode"),))
CONTROL_PLANE = Mode("control-plane", "config-cp", (
    Line("service-policy (input|output) / <policy>", "Configure QoS Service Policy", carried=False),
))  # fmt: skip

_SYSTEM = (
    Line("version <version>", "Version of the configuration", check=ignored, block="version"),
    Line("service timestamps (debug|log) / (uptime|datetime [msec] [localtime] [show-timezone]"
         " [year])", "Timestamp debug/log messages", block="version", keep=Keep.BOTH),
    Line("service password-encryption", "Encrypt system passwords", block="version",
         then=system.encrypt_passwords, keep=Keep.POSITIVE),
    Line("service"
         " (call-home|tcp-keepalives-in|tcp-keepalives-out|sequence-numbers|dhcp|pad|config) /",
         "Set up miscellaneous services", block="version"),
    Line("platform <what:line> /", "Platform specific configuration", block="version"),
    Line("configuration mode exclusive / (auto|manual)", "Configuration mode lock",
         block="version"),
    Line("hostname <name>", "Set system's network name", block="hostname", check=system.hostname,
         gone=system.hostname_back),
    Line("boot-start-marker", "", permanent=True, block="boot-start"),
    Line("boot system <what:line> /", "", block="boot-start"),
    Line("boot-end-marker", "", permanent=True, block="boot-start"),
    Line("vrf definition <name>", "VRF definition configuration commands", opens="vrf",
         gone=interface.vrf_gone, sort=Sort.VALUE),
    Line("ip vrf <name>", "Configure an IP VPN Routing/Forwarding instance", opens="vrf",
         carried=False),
    Line("logging buffered / [<size:4096-2147483647>]"
         " [<level:0-7>|debugging|informational|notifications|warnings|errors]",
         "Set buffered logging parameters", block="logging"),
    Line("logging rate-limit <what:line>", "Set messages per second limit", block="logging"),
    Line("logging console /"
         " [<level:0-7>|debugging|informational|notifications|warnings|errors|critical]",
         "Set console logging parameters", block="logging", keep=Keep.BOTH,
         hidden=("logging console",)),
    Line("logging monitor / [<level:0-7>|debugging|informational|notifications|warnings|errors]",
         "Set terminal line (monitor) logging parameters", block="logging", keep=Keep.BOTH,
         hidden=("logging monitor",)),
    Line("enable secret / [level <level:1-15>] [0|5|8|9] <secret>",
         "Assign the privileged level secret", block="logging", rewrite=system.enable_secret),
    Line("enable password / [0|7] <password>", "Assign the privileged level password",
         block="logging", rewrite=system.line_password),
    Line("aaa new-model", "Enable NEW access control commands and functions", block="aaa",
         keep=Keep.BOTH, check=system.no_aaa),
    Line("clock timezone <zone:zone> <hours:-23-23> [<minutes:0-59>]", "Configure time zone",
         block="clock", wording=system.timezone),
    Line("clock summer-time <what:line>", "Configure summer (daylight savings) time",
         block="clock"),
    Line("mmi (polling-interval <seconds:1-3600>|auto-configure|pvc|snmp-timeout"
         " <timeout:1-3600>) /", "MMI", block="mmi", keep=Keep.BOTH),
    Line("process-max-time <ms:20-200>", "", block="mmi"),
    *policy.EARLY[:3],
    Line("ip host <name> [vrf <vrf>] / {<address:ip>}", "Add an entry to the ip hostname table",
         block="name"),
    Line("ip domain lookup", "Enable IP Domain Name System hostname translation", block="name",
         keep=Keep.NEGATIVE),
    Line("ip domain lookup source-interface / <interface:if>", "Source of name queries",
         block="name"),
    Line("ip domain-lookup", "Enable IP Domain Name System hostname translation", block="name",
         keep=Keep.NEGATIVE, rewrite=system.domain_lookup),
    Line("ip domain name / [vrf <vrf>] <name>", "Define the default domain name", block="name"),
    Line("ip domain-name <name>", "Define the default domain name", block="name",
         rewrite=system.domain_name),
    Line("ip name-server / [vrf <vrf>] {<address:ip>}", "Specify address of name server to use",
         block="name"),
    Line("ip name-server / [vrf <vrf>] {(<address:ip>|<address:ip6>)}",
         "Specify address of name server to use", block="name", carried=False),
    Line("ip cef", "Cisco Express Forwarding", block="cef", keep=Keep.BOTH, hidden=("ip cef",)),
    Line("login (on-success|on-failure) / [log]", "Enable secure login checking", block="login"),
    Line("login block-for <what:line>", "Set quiet-mode active time period", block="login"),
    Line("ip multicast-routing / [distributed]", "Enable IP multicast forwarding", block="login",
         carried=False),
    policy.EARLY[3],
    Line("ipv6 unicast-routing", "Enable unicast routing", block="login6", carried=False),
    Line("ipv6 cef", "Cisco Express Forwarding for IPv6", block="login6", keep=Keep.BOTH,
         hidden=("no ipv6 cef",), carried=False),
    Line("subscriber templating", "", block="subscriber"),
    Line("multilink bundle-name authenticated", "", permanent=True, block="multilink"),
    policy.EARLY[4],
    Line("password encryption aes", "Encryption of passwords", block="password", carried=False),
    *crypto.LINES[:3],
    Line("license udi pid <pid> sn <sn>", "", block="license", check=ignored),
    Line("license (boot|smart|accept) <what:line> /", "Configure license features",
         block="license"),
    Line("archive", "Archive the configuration", opens="archive"),
    Line("diagnostic bootup level / (minimal|complete)", "", block="license"),
    Line("memory free low-watermark processor / <kbytes:0-4294967295>", "", block="license"),
    Line("spanning-tree <what:line> /", "Spanning Tree Subsystem", block="spanning-tree"),
    Line("username <name> / [privilege <privilege:0-15>] [(secret|password) [0|5|7|8|9] <secret>]",
         "Establish User Name Authentication", block="username", rewrite=system.user,
         sort=Sort.ENTRY),
    Line("redundancy", "Enter redundancy mode", permanent=True, opens="redundancy"),
    Line("cdp run", "Enable CDP", block="cdp", keep=Keep.BOTH, hidden=("no cdp run",),
         carried=False),
    *policy.MIDDLE,
    Line("ip tcp (synwait-time <seconds:5-300>|path-mtu-discovery) /", "Global TCP parameters",
         block="tcp"),
    Line("ip ssh (version <version:1-2>|time-out <seconds:1-120>|authentication-retries"
         " <retries:0-5>|bulk-mode <bytes:131072-1073741824>|source-interface <interface:if>) /",
         "Configure ssh options", block="ssh"),
    Line("ip ssh pubkey-chain", "pubkey-chain", opens="pubkey-chain"),
    *crypto.LINES[3:],
    Line("interface <name:if>", "Select an interface to configure", opens=mode_of,
         sort=Sort.VALUE, then=interface.interface_created, gone=interface.interface_gone,
         may_go=interface.interface_may_go, reset=interface.interface_reset),
    *routing.ROUTERS,
    *bgp.LINES,
    Line("ip forward-protocol (nd|udp <port>) /",
         "Controls forwarding of physical and directed IP broadcasts", block="forward",
         keep=Keep.BOTH),
    Line("ip default-gateway <address:ip>", "Specify default gateway (if not routing IP)",
         block="forward"),
    Line("ip bgp-community new-format", "select aa:nn format for BGP community", block="http"),
    Line("ip http server", "HTTP server configuration", block="http", keep=Keep.BOTH),
    Line("ip http authentication / (local|enable|aaa)", "Set http server authentication method",
         block="http"),
    Line("ip http secure-server", "Enable HTTP secure server", block="http", keep=Keep.BOTH),
    Line("ip http client source-interface <interface:if>", "HTTP client", block="http"),
    Line("ip ftp <what:line> /", "FTP configuration commands", block="http"),
    Line("ip tftp source-interface <interface:if>", "TFTP", block="http"),
    *policy.LATE[:3],
    *routing.STATIC,
    *policy.LATE[3:],
    Line("logging host <host:ip> / [vrf <vrf>] [transport udp port <port:1-65535>]",
         "Set syslog server", block="syslog"),
    Line("logging trap / [<level:0-7>|debugging|informational|notifications|warnings|errors]",
         "Set syslog server logging level", block="syslog"),
    Line("logging source-interface <interface:if>", "Source of syslog", block="syslog"),
    Line("logging <host:ip> /", "Set syslog server", block="syslog"),
    *routing.IPV6,
    Line("ipv6 ioam timestamp", "", block="ipv6", carried=False),
    *policy.LATE6,
    Line("snmp-server <what:line> /", "Modify SNMP engine parameters", block="snmp"),
    Line("mpls ldp router-id / <interface:if> [force]", "Preferred interface for LDP identifier",
         block="mpls", carried=False),
    Line("control-plane", "Configure control plane services", permanent=True,
         opens="control-plane"),
    Line("banner (motd|login|exec|incoming) / <text:line>", "Define a login banner",
         raw=Raw(end=""), block="banner", wording=system.banner),
    Line("alias exec <name> / <command:line>", "Create command alias", block="alias"),
    Line("line con <number:0-0> /", "Configure a terminal line", opens="line", block="line",
         permanent=True),
    Line("line console <number:0-0> /", "Configure a terminal line", opens="line", block="line",
         permanent=True, rewrite=system.line_console),
    Line("line aux <number:0-0> /", "Configure a terminal line", opens="line", block="line",
         permanent=True),
    Line("line vty <first:0-15> [<last:0-15>] /", "Configure a terminal line", opens="line",
         block="line"),
    Line("scheduler allocate <interrupt:400-60000> <process:100-4000>", "Scheduler parameters",
         block="scheduler"),
    Line("ntp server [vrf <vrf>] <server> / [prefer] [source <interface:if>] [key"
         " <key:0-4294967295>]", "Configure NTP server", block="ntp"),
    Line("ntp (update-calendar|master [<stratum:1-15>]|source <interface:if>|logging) /",
         "Configure NTP", block="ntp"),
    Line("event manager applet <name>", "Event manager configuration commands", opens="applet",
         carried=False),
    Line("call-home", "Enter call-home configuration mode", opens="call-home"),
)  # fmt: skip

APPLET = Mode("applet", "config-applet", (
    Line("event (none|timer|syslog|track|snmp|cli|interface) [<what:line>] /", "Event"),
    Line("action <label> / <what:line>", "Action"),
))  # fmt: skip

GLOBAL = Mode("global", "config", _SYSTEM)

MODES = {
    mode.name: mode
    for mode in (
        GLOBAL, VRF, VRF_FAMILY, INTERFACE, TUNNEL, LINE, ARCHIVE, ARCHIVE_LOG, PUBKEY_CHAIN,
        PUBKEY_USER, CALL_HOME, CALL_HOME_PROFILE, REDUNDANCY, CONTROL_PLANE, APPLET,
        *crypto.MODES, *bgp.MODES, *routing.MODES, *policy.MODES,
    )
}  # fmt: skip

FACTORY = (
    "service timestamps debug datetime msec",
    "service timestamps log datetime msec",
    "boot-start-marker",
    "boot-end-marker",
    "no aaa new-model",
    "multilink bundle-name authenticated",
    "redundancy",
    "ip forward-protocol nd",
    "no ip http server",
    "no ip http secure-server",
    "control-plane",
    "line con 0",
    "line aux 0",
    "line vty 0 4",
)
"""What is there before anything was typed."""
