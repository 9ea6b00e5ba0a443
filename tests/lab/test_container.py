"""The image's entry point, in namespaces like those a container has, on a lab kernel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
export LAB_ROLE=ios CLAB_INTFS=1
mkdir -p /config
for i in 1 2; do
    f=/run/c$i/startup-config; mkdir -p /run/c$i
    printf "hostname r%s\\nusername admin privilege 15 secret admin\\n" $i > $f
    printf "interface GigabitEthernet1\\n ip address 192.0.2.%s 255.255.255.252\\n" $i >> $f
    printf " no shutdown\\nend\\n" >> $f
    unshare -m -n -u --propagation private sh -c "hostname r$i; ip link set lo up
        mount -t sysfs s /sys; mount --bind /run/c$i /config; mount -t tmpfs v /var/lib
        mount -t tmpfs r /run; exec python -m dmvpn_auto.lab.container" &
    eval P$i=$!
done
for i in $(seq 50); do [ "$(cat /proc/$P2/comm)" = python ] && break; sleep 0.1; done
ip link add eth1 netns $P1 type veth peer name eth1 netns $P2   # after the start, as containerlab
for i in 1 2; do
    nsenter -t $(eval echo \\$P$i) -n python -c '
import socket, time
end = time.monotonic() + 60
while True:
    try:
        print("banner", socket.create_connection(("127.0.0.1", 22), 1).recv(20)[:8])
        break
    except OSError:
        assert time.monotonic() < end
        time.sleep(0.2)'
done
nsenter -t $P1 -n ping -c 1 -W 5 192.0.2.2 >/dev/null && echo reached
kill $P1 $P2
wait $P1; echo status $?
wait $P2; echo status $?
"""


def test_two_containers_cabled_after_their_start_reach_each_other(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-m", "dmvpn_auto.lab.uml", "run", "--memory", "700", "--",
         "/bin/sh", str(script)],
        capture_output=True, text=True, check=False, timeout=240, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    told = done.stdout.replace("\r", "").splitlines()
    assert told.count("banner b'SSH-2.0-'") == 2, done.stdout + done.stderr
    assert "reached" in told
    assert told.count("status 0") == 2
