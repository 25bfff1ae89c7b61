"""The page's sound card, as its module computes it: µ-law, both resamplers, the queue and its marks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from simulator import ulaw
from tests.support.browser import NEEDS_BROWSER, Browser

pytestmark = NEEDS_BROWSER
RATES = [8000, 16000, 44100, 48000, 96000]
IMPORT = "const { Line, encoded, obey } = await import('/static/js/ulaw-worklet.js');"


@pytest.fixture
def browser(live_server: LiveServer) -> Iterator[Browser]:
    browser = Browser(live_server.url, 1280, expected=("favicon",))
    yield browser
    assert browser.wrong == []


def computed(browser: Browser, script: str, argument: Any = None) -> Any:
    def story(page: Page) -> Any:
        page.goto("/static/icons.svg")
        return page.evaluate(f"async (argument) => {{ {IMPORT} {script} }}", argument)

    return browser.visit(story)


def test_it_codes_as_telephones_do(browser: Browser) -> None:
    samples = [*range(-32767, 32768, 37), 0, 1, -1, 32767]
    codes = computed(browser, "return argument.map((sample) => encoded(sample / 32767));", samples)
    assert codes == [ulaw.encode(sample) for sample in samples]


def test_a_tone_passes_the_microphone_at_any_rate_and_what_telephones_cannot_carry_does_not(browser: Browser) -> None:
    tone = """
        return argument.map((rate) => [1000, 6000].map((hertz) => {
          const levels = [];
          const line = new Line(rate, ({ level }) => { if (level !== undefined) levels.push(level); });
          for (let at = 0; at < rate; at += 1) line.take(0.5 * Math.sin(2 * Math.PI * hertz * at / rate));
          return [levels.length, levels[25]];
        }));
    """
    for rate, ((frames, kept), (_, lost)) in zip(RATES, computed(browser, tone, RATES), strict=True):
        assert abs(frames - 50) <= 1, rate
        assert math.isclose(kept, 0.5 / math.sqrt(2), rel_tol=0.1), rate
        assert lost < 0.03 or rate < 12000, rate


def test_what_came_is_played_at_its_own_pace_with_its_marks(browser: Browser) -> None:
    play = """
        return argument.map((rate) => {
          const told = [];
          let at = 0;
          const line = new Line(rate, ({ mark, played }) => told.push([at * 1000 / rate, mark ?? played]));
          for (let piece = 0; piece < 10; piece += 1) obey(line, { audio: new Uint8Array(480).fill(encoded(0.5)) });
          obey(line, { mark: "end" });
          let loud = 0;
          for (; at < rate; at += 1) if (line.play() > 0.4) loud += 1;
          return [loud * 1000 / rate, told];
        });
    """
    for rate, (loud_ms, told) in zip(RATES, computed(browser, play, RATES), strict=True):
        assert abs(loud_ms - 600) < 10, rate
        assert [what for _, what in told] == [True, "end", False], rate
        assert abs(told[1][0] - 600) < 10, rate


def test_a_clear_returns_the_marks_and_nothing_more_is_heard(browser: Browser) -> None:
    clear = """
        const told = [];
        const line = new Line(8000, (message) => told.push(message));
        obey(line, { audio: new Uint8Array(1600).fill(encoded(0.5)) });
        obey(line, { mark: "one" });
        obey(line, { mark: "two" });
        for (let at = 0; at < 800; at += 1) line.play();
        obey(line, { clear: true });
        let loud = 0;
        for (let at = 0; at < 800; at += 1) if (line.play() > 0.1) loud += 1;
        return { marks: told.filter(({ mark }) => mark).map(({ mark }) => mark), loud };
    """
    told = computed(browser, clear)
    assert told["marks"] == ["one", "two"]
    assert told["loud"] <= 1  # the sample it was on its way to


def test_muted_it_sends_silence(browser: Browser) -> None:
    mute = """
        const frames = [];
        const line = new Line(8000, ({ frame }) => { if (frame) frames.push([...frame]); });
        obey(line, { muted: true });
        for (let at = 0; at < 160; at += 1) line.take(0.5);
        return frames;
    """
    assert computed(browser, mute) == [[255] * 160]
