"""Pools across clouds: whoever stays keeps what it has, and nothing is given twice."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmvpn_auto.errors import InputError, IntentError
from dmvpn_auto.inventory import open_design
from dmvpn_auto.inventory.pools import LEDGER, PoolBook, share_out
from dmvpn_auto.models import Cloud
from dmvpn_auto.models.pools import Pools
from tests.unit.intents import changed, folder

POOLS = Pools.model_validate(
    {"tunnel_keys": "100-119", "network_ids": "1-20", "router_ids": "10.254.0.0/26"}
)
_CLOUDS = [f"c{n}" for n in range(8)]
_ROUTERS = [f"r{n}" for n in range(16)]


def _cloud(routers: list[str], key: int | None) -> Cloud:
    spokes = {name: {"nbma": "dynamic"} for name in routers}
    patch: dict[str, Any] = {"spokes": None, "tunnel": {"key": key}, "nhrp": {"network_id": None}}
    raw = changed({**patch, "hubs": {"hub": None, "h": {"nbma": "203.0.113.2"}}})
    return Cloud.model_validate({**raw, "spokes": spokes})


_GENERATION = st.dictionaries(
    st.sampled_from(_CLOUDS),
    st.tuples(
        st.lists(st.sampled_from(_ROUTERS), unique=True, max_size=8),
        st.sampled_from([None, None, None, 7, 105]),
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=60)
@given(st.lists(_GENERATION, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_nothing_moves_and_nothing_is_given_twice(
    generations: list[dict[str, tuple[list[str], int | None]]], shuffled: Any
) -> None:
    book = PoolBook()
    seen: list[PoolBook] = []
    given_keys: list[dict[str, int | None]] = []
    for generation in generations:
        order = list(generation)
        shuffled.shuffle(order)
        intents = {name: _cloud(*generation[name]) for name in order}
        shared = share_out(POOLS, intents, book)
        fresh = shared.tunnel_keys
        assert set(fresh) == {name for name, (_, key) in generation.items() if key is None}
        assert len(set(fresh.values())) == len(fresh)
        assert not set(fresh.values()) & {key for _, key in generation.values() if key}
        for part in (shared.network_ids, shared.router_ids):
            assert len(set(part.values())) == len(part)
        assert all(number in range(1, 21) for number in shared.network_ids.values())
        seen.append(shared)
        given_keys.append({name: key for name, (_, key) in generation.items()})
        book = PoolBook(
            {
                n: key
                for n, key in {**book.tunnel_keys, **fresh}.items()
                if n in fresh or n not in generation
            },
            {**book.network_ids, **shared.network_ids},
            {**book.router_ids, **shared.router_ids},
        )
    for (before, keys_before), (after, keys_after) in pairwise(zip(seen, given_keys, strict=True)):
        for name in before.router_ids.keys() & after.router_ids.keys():
            assert before.router_ids[name] == after.router_ids[name]
        for name in before.network_ids.keys() & after.network_ids.keys():
            assert before.network_ids[name] == after.network_ids[name]
        for name in keys_before.keys() & keys_after.keys():
            taken = {key for key in keys_after.values() if key}
            if keys_before[name] is None and keys_after[name] is None:
                mine = before.tunnel_keys[name]
                assert mine in taken or after.tunnel_keys[name] == mine


def _inventory(base: Path) -> Path:
    for name, source in (("beta", "GigabitEthernet1"), ("alpha", "GigabitEthernet2")):
        folder(
            base,
            {
                "tunnel": {"key": None, "subnet": f"10.{len(name)}.0.0/24",
                           "interface": f"Tunnel{len(name)}"},
                "transport": {"source": source},
                "nhrp": {"network_id": None},
                "hubs": {"hub": {"tunnel_address": None}},
            },
            name,
        )  # fmt: skip
    (base / "pools.yaml").write_text(
        "tunnel_keys: 100-199\nnetwork_ids: 10-19\nrouter_ids: 10.254.0.0/24\n"
    )
    return base


def test_clouds_of_a_folder_share_out_and_keep(tmp_path: Path) -> None:
    base = _inventory(tmp_path)
    alpha = open_design(base, "alpha", record=True)
    beta = open_design(base, "beta", record=True)
    tunnels = [design.routers[0].tunnel for design in (alpha, beta)]
    assert [(t.key, t.nhrp.network_id) for t in tunnels] == [(100, 10), (101, 11)]
    ids = [{r.name: str(getattr(r.overlay, "router_id", "")) for r in d.routers}
           for d in (alpha, beta)]  # fmt: skip
    assert ids[0] == ids[1]
    assert set(ids[0].values()) == {"10.254.0.1", "10.254.0.2", "10.254.0.3"}
    (base / "clouds/alpha.yaml").unlink()
    again = open_design(base, "beta").routers[0].tunnel
    assert (again.key, again.nhrp.network_id) == (101, 11)
    text = (base / LEDGER).read_text()
    assert "alpha: 100" in text
    open_design(base, "beta", record=True, prune=True)
    assert "alpha" not in (base / LEDGER).read_text()


def test_reading_writes_nothing(tmp_path: Path) -> None:
    base = _inventory(tmp_path)
    open_design(base, "alpha")
    assert not (base / LEDGER).exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tunnel_keys: 200-100\n", "pools.yaml:1: tunnel_keys: a range such as 100-199"),
        ("tunel_keys: 1-2\n", "did you mean 'tunnel_keys'"),
        ("router_ids: 10.0.0.0\n", "pools.yaml:1"),
    ],
)
def test_a_wrong_pool_names_its_line(tmp_path: Path, text: str, said: str) -> None:
    base = _inventory(tmp_path)
    (base / "pools.yaml").write_text(text)
    with pytest.raises(InputError, match=said.replace("'", ".")):
        open_design(base, "alpha")


def test_an_empty_pool_says_what_to_do(tmp_path: Path) -> None:
    base = _inventory(tmp_path)
    (base / "pools.yaml").write_text("tunnel_keys: 100-100\n")
    with pytest.raises(IntentError, match=r"the pool tunnel_keys is empty") as caught:
        open_design(base, "beta")
    assert "larger" in caught.value.hint


def test_a_ledger_with_one_value_for_two_is_refused(tmp_path: Path) -> None:
    base = _inventory(tmp_path)
    (base / LEDGER).write_text("tunnel_keys: {alpha: 100, beta: 100}\n")
    with pytest.raises(InputError, match="given to both"):
        open_design(base, "alpha")
