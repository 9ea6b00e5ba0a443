"""Who goes with whom: roles, kinds of change, batches, the redundancy guard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dmvpn_auto.design.types import CloudDesign, Nhs, Role
from dmvpn_auto.errors import UsageError
from dmvpn_auto.ios import diff, parse
from dmvpn_auto.rollout import Plan, Policy, arrange
from dmvpn_auto.rollout.waves import Kind, kind
from tests.unit.cloud_model import make_cloud as make_design

RUNNING = """\
crypto ikev2 keyring KR
 peer ANY
  address 0.0.0.0 0.0.0.0
  pre-shared-key old
crypto ipsec profile P
interface Tunnel0
 bandwidth 1000
 ip nhrp authentication OLD
 tunnel key 100
 tunnel protection ipsec profile P
"""


def change(name: str, role: Role, old: str, new: str, *, running: str = RUNNING) -> Plan:
    before, after = parse(running), parse(running.replace(old, new))
    return Plan(name, role, after, diff(before, after), (), before)


def plans(cloud: CloudDesign, old: str, new: str) -> dict[str, Plan]:
    return {router.name: change(router.name, router.role, old, new) for router in cloud.routers}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("bandwidth 1000", "bandwidth 2000", Kind.PLAIN),
        ("pre-shared-key old", "pre-shared-key new", Kind.PAIRED),
        ("tunnel key 100", "tunnel key 200", Kind.FLAG_DAY),
        ("authentication OLD", "authentication NEW", Kind.FLAG_DAY),
        (" tunnel protection ipsec profile P\n", "", Kind.FLAG_DAY),
    ],
)
def test_a_change_has_a_kind(old: str, new: str, expected: Kind) -> None:
    assert kind(change("r1", Role.SPOKE, old, new)) is expected


def test_a_tunnel_that_is_made_owes_nobody_anything() -> None:
    wanted = parse(RUNNING)
    fresh = Plan("r1", Role.SPOKE, wanted, diff({}, wanted), (), {})
    assert kind(fresh) is Kind.PLAIN


def cloud(spokes: int) -> CloudDesign:
    made = make_design()
    hub, spoke = made.hubs[0], made.spokes[0]
    routers = [hub]
    for number in range(1, spokes + 1):
        site = f"site{number % 2}"
        routers.append(replace(spoke, name=f"s{number}", site=site))
    return replace(made, routers=tuple(routers))


def names(policy: Policy, count: int, workers: int = 20) -> list[int]:
    made = cloud(count)
    waves = arrange(plans(made, "1000", "2000"), made, policy, workers)
    return [len(wave.names) for wave in waves]


def test_batches_grow_up_to_the_number_of_workers() -> None:
    assert names(Policy(), 31) == [1, 1, 4, 8, 16, 2]
    assert names(Policy(), 31, workers=6) == [1, 1, 4, 6, 6, 6, 6, 2]
    assert names(Policy(growth=1, batch=10, canary=0), 31) == [1, 10, 10, 10, 1]
    assert names(Policy(canary=3), 3) == [1, 3]


def test_waves_by_site() -> None:
    made = cloud(5)
    waves = arrange(plans(made, "1000", "2000"), made, Policy(by="site"), 20)
    assert [(wave.title, wave.names) for wave in waves] == [
        ("hub", ("hub",)),
        ("canary", ("s1",)),
        ("site site0", ("s2", "s4")),
        ("site site1", ("s3", "s5")),
    ]


def test_what_a_hub_only_loses_it_loses_last() -> None:
    made = cloud(2)
    waves = arrange(plans(made, " tunnel protection ipsec profile P\n", ""), made,
                    Policy(flag_day=True), 20)  # fmt: skip
    assert [wave.title for wave in waves] == ["flag day"]
    removal = plans(made, " bandwidth 1000\n", "")
    assert [wave.names for wave in arrange(removal, made, Policy(), 20)][-1] == ("hub",)


def test_a_new_key_is_proven_at_the_hub_by_its_first_spoke() -> None:
    made = cloud(3)
    first, *rest = arrange(plans(made, "key old", "key new"), made, Policy(), 20)
    assert first.stages == (("hub",), ("s1",))
    assert not first.together
    assert [name for wave in rest for name in wave.names] == ["s2", "s3"]


def test_a_flag_day_must_be_allowed_and_is_one_wave() -> None:
    made = cloud(3)
    todo = plans(made, "tunnel key 100", "tunnel key 200")
    with pytest.raises(UsageError, match="all tunnels are down"):
        arrange(todo, made, Policy(), 20)
    (wave,) = arrange(todo, made, Policy(flag_day=True), 20)
    assert (wave.stages, wave.together) == ((("hub",), ("s1", "s2", "s3")), True)
    far = {name: replace(plan, in_band=plan.role is Role.SPOKE) for name, plan in todo.items()}
    (wave,) = arrange(far, made, Policy(flag_day=True), 20)
    assert wave.stages[0] == ("s1", "s2", "s3"), "who is reached through the hub goes before it"


def test_never_two_hubs_of_one_spoke() -> None:
    made = cloud(2)
    hub, one, two = made.routers
    other = replace(hub, name="hub2")
    alone = replace(hub, name="hub3")
    nhs = one.tunnel.nhrp.nhs[0]

    def serves(spoke: str, *hubs: str) -> tuple[Nhs, ...]:
        del spoke
        return tuple(replace(nhs, hub=name) for name in hubs)

    both = replace(one.tunnel, nhrp=replace(one.tunnel.nhrp, nhs=serves("s1", "hub", "hub2")))
    single = replace(two.tunnel, nhrp=replace(two.tunnel.nhrp, nhs=serves("s2", "hub3")))
    routers = (hub, other, alone, replace(one, tunnel=both), replace(two, tunnel=single))
    made = replace(made, routers=routers)
    waves = arrange(plans(made, "1000", "2000"), made, Policy(), 20)
    assert [wave.names for wave in waves if wave.title.startswith("hub")] == [
        ("hub", "hub3"),
        ("hub2",),
    ]
