"""Transcripts: what is written to a router, what comes back, what it is taken for."""

from __future__ import annotations

import pytest

from dmvpn_auto.device.conversation import Answer, Conversation, GarbledError
from dmvpn_auto.device.window import Window


def talk(*lines: str, window: int = 8, questions: bool = False) -> Conversation:
    return Conversation("hub", lines, Window(window, 64), questions=questions)


def test_one_line_one_answer() -> None:
    conversation = talk("show clock")
    assert conversation.to_write(0) == "show clock\n"
    assert list(conversation.feed("show clock\r\n*10:00:00.000 UTC\r\nhub#", 1)) == [
        Answer("show clock", "*10:00:00.000 UTC\n", "hub#")
    ]
    assert conversation.done


def test_lines_written_ahead_are_answered_in_order() -> None:
    conversation = talk("interface Tunnel0", "ip mtu 1400", "exit")
    assert conversation.to_write(0) == "interface Tunnel0\nip mtu 1400\nexit\n"
    stream = (
        "interface Tunnel0\r\nhub(config-if)#ip mtu 1400\r\nhub(config-if)#exit\r\nhub(config)#"
    )
    assert [(a.line, a.text, a.prompt) for a in list(conversation.feed(stream, 1))] == [
        ("interface Tunnel0", "", "hub(config-if)#"),
        ("ip mtu 1400", "", "hub(config-if)#"),
        ("exit", "", "hub(config)#"),
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_text_may_arrive_in_any_pieces(size: int) -> None:
    conversation = talk("interface Tunnel0", "ip mtu 1400", "bad", "exit")
    conversation.to_write(0)
    stream = (
        "interface Tunnel0\r\nhub(config-if)#ip mtu 1400\r\nhub(config-if)#bad\r\n   ^\r\n"
        "% Invalid input detected at '^' marker.\r\n\r\nhub(config-if)#exit\r\nhub(config)#"
    )
    answers = []
    for start in range(0, len(stream), size):
        answers += list(conversation.feed(stream[start : start + size], 1))
    assert [a.line for a in answers] == ["interface Tunnel0", "ip mtu 1400", "bad", "exit"]
    assert "% Invalid input" in answers[2].text
    assert not answers[3].text


def test_the_window_limits_what_is_written() -> None:
    conversation = talk("one", "two", "three", window=2)
    assert conversation.to_write(0) == "one\ntwo\n"
    assert conversation.to_write(0) == ""
    list(conversation.feed("one\r\nhub#two\r\n", 1))
    assert conversation.in_flight == ("two",)
    assert conversation.to_write(1) == "three\n"


def test_text_that_looks_like_a_prompt_is_text() -> None:
    conversation = talk("show running-config", "show clock")
    conversation.to_write(0)
    text = "banner motd ^C\r\nhub#\r\nhub# welcome\r\n^C\r\nend\r\n"
    answers = list(conversation.feed(f"show running-config\r\n{text}\r\nhub#show clock\r\n", 1))
    assert answers[0].text == text.replace("\r", "") + "\n"
    assert next(iter(conversation.feed("12:00\r\nhub#", 2))).text == "12:00\n"


def test_a_question_mark_is_quoted_and_echoed_bare() -> None:
    conversation = talk("pre-shared-key what?")
    assert conversation.to_write(0) == "pre-shared-key what\x16?\n"
    assert next(iter(conversation.feed("pre-shared-key what?\r\nhub(config-peer)#", 1))).text == ""


def test_log_lines_before_an_echo_are_no_answer() -> None:
    conversation = talk("shutdown", "no shutdown")
    conversation.to_write(0)
    stream = (
        "shutdown\r\nhub(config-if)#\r\n*Nov 21 08:00:00.123: %LINK-5-CHANGED: Interface Tunnel0, "
        "changed state\r\nhub(config-if)#no shutdown\r\nhub(config-if)#"
    )
    answers = list(conversation.feed(stream, 1))
    assert [a.line for a in answers] == ["shutdown", "no shutdown"]


def test_a_line_that_comes_back_changed_ends_it() -> None:
    conversation = talk("interface Tunnel0", "ip mtu 1400")
    conversation.to_write(0)
    with pytest.raises(GarbledError):
        list(conversation.feed("intrface Tunnel0\r\n% Invalid\r\nhub(config)#ip mtu 1400\r\n", 1))


def test_a_question_is_an_answer_only_where_one_is_expected() -> None:
    text = "write memory\r\nOverwrite the previous NVRAM configuration?[confirm]"
    asked = talk("write memory", questions=True)
    asked.to_write(0)
    assert next(iter(asked.feed(text, 1))).asks.endswith("[confirm]")
    shown = talk("write memory")
    shown.to_write(0)
    assert list(shown.feed(text, 1)) == []


def test_a_long_hostname_is_cut_in_the_prompt_of_a_mode() -> None:
    name = "a-very-long-hostname-indeed"
    conversation = Conversation(name, ["exit"], Window())
    conversation.to_write(0)
    assert next(iter(conversation.feed("exit\r\na-very-long-hostn(config)#", 1))).prompt.endswith(
        "(config)#"
    )


def test_stop_writes_no_more_and_awaits_what_is_on_its_way() -> None:
    conversation = talk("one", "two", "three", window=2)
    conversation.to_write(0)
    conversation.stop()
    assert not conversation.done
    list(conversation.feed("one\r\nhub#two\r\nhub#", 1))
    assert conversation.done
    assert conversation.to_write(2) == ""


def test_the_window_grows_on_a_long_path_and_stays_small_before_a_slow_router() -> None:
    fast, slow = Window(), Window()
    for _ in range(100):
        fast.answered(0.1, fast.size)  # the path takes all the time, however many are in flight
        slow.answered(0.02 + 0.1 * slow.size, slow.size)  # each line takes 0.1 s in the router
    assert fast.size == 64
    assert 2 <= slow.size <= 16
