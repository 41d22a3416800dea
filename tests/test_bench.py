"""The measuring itself, with few repeats: every part runs, and what it writes can be read."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from fusion.bench.__main__ import main
from fusion.bench.against import slower
from fusion.bench.browser import measure_browser
from fusion.bench.changes import Changes, measure_changes
from fusion.bench.clients import Person, check_distinct, measure_load, measure_memory
from fusion.bench.engine_times import measure_engine
from fusion.bench.forms import FORMS, measure_forms
from fusion.bench.report import HEADING, changes, forms, report
from fusion.bench.server import Server, free_port, served, wait_for
from fusion.bench.soak import actions, measure_soak
from fusion.bench.start import imports_seconds
from fusion.bench.timing import milliseconds, summary
from fusion.engine import ASSETS, Engine
from fusion.inputs import Seen
from fusion.outputs import ImageEncoding


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served() as running:
        yield running


def test_summary_gives_median_and_p95() -> None:
    assert summary([float(n) for n in range(101)]) == {
        "median_ms": 50.0,
        "p95_ms": 95.0,
        "p99_ms": 99.0,
        "count": 101,
    }
    assert summary([2.0], unit="s") == {
        "median_s": 2.0,
        "p95_s": 2.0,
        "p99_s": 2.0,
        "count": 1,
    }


def test_summary_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no durations"):
        summary([])


def test_milliseconds_are_milliseconds() -> None:
    assert 10 <= milliseconds(lambda: time.sleep(0.01)) < 1000


def test_engine_actions_stand_beside_the_yardstick(shipped: Engine) -> None:
    measured = measure_engine(shipped, repeats=1)
    assert list(measured["actions"]) == ["ask", "ask_again", "masking", "compare"]
    for action in measured["actions"].values():
        assert action["ratio"] == pytest.approx(
            action["median_ms"] / measured["yardstick"]["median_ms"], abs=1e-3
        )
    assert report({"engine": measured}).count("\n") == 1 + len(measured["actions"]) + 1


def ratios(**actions: float) -> dict[str, Any]:
    return {"engine": {"actions": {name: {"ratio": r} for name, r in actions.items()}}}


def test_what_became_slower_is_named() -> None:
    recorded = ratios(ask=0.2, masking=0.3)
    assert list(slower(ratios(ask=0.29, masking=0.1, new=9.0), recorded)) == []
    (said,) = slower(ratios(ask=0.32, masking=0.3), recorded)
    assert said.startswith("ask takes 0.32 times the yardstick, 1.6 times what was recorded (0.20)")
    assert list(slower(ratios(ask=0.2), recorded)) == ["masking is not measured any more"]
    with pytest.raises(ValueError, match="no engine part"):
        list(slower(recorded, {}))


def test_a_slower_engine_fails_the_command(tmp_path: Path) -> None:
    arguments = ["--only", "engine", "--repeats", "1", "--against"]
    fast, slow = tmp_path / "fast.json", tmp_path / "slow.json"
    slow.write_text(json.dumps(ratios(ask=100.0, masking=100.0)))
    fast.write_text(json.dumps(ratios(ask=0.0001)))
    main([*arguments, str(slow)])
    with pytest.raises(SystemExit, match="slower: ask takes"):
        main([*arguments, str(fast)])


def test_forms_of_the_backbone_answer_alike() -> None:
    chosen = ("plain", "folded", "int8")
    measured = measure_forms(repeats=1, scenes=4, forms=chosen)
    right = {name: form["accuracy"]["correct"] for name, form in measured["forms"].items()}
    assert right["folded"] == right["plain"] and abs(right["int8"] - right["plain"]) <= 2
    assert measured["forms"]["plain"]["accuracy"]["count"] == 24
    assert measured["served"] in FORMS and forms({"forms": measured}).count("(served)") == 1


def test_changes_are_measured_both_ways() -> None:
    measured = measure_changes(repeats=1)
    table = changes({"changes": measured})
    for change in measured["changes"].values():
        assert change["before"]["count"] == change["after"]["count"] == 1
        assert change["what"] in table


def test_both_ways_of_a_change_do_the_same_work() -> None:
    tried = Changes(ASSETS)
    scenes = map(tried.engine.scene, range(77, 99))
    for work in (tried.channels_last, tried.fewer_layers):
        before, after = (cast(ImageEncoding, way()) for way in work(scenes))
        assert torch.allclose(before.regions, after.regions, atol=1e-4)
    one_by_one, at_once = (cast(list[Seen], way()) for way in tried.batches(scenes))
    assert (len(one_by_one), len(at_once)) == (12, 1)
    joined = torch.cat([seen.encoding.regions for seen in one_by_one])
    assert torch.allclose(joined, at_once[0].encoding.regions, atol=1e-4)
    passes, masking = (cast(Any, way()) for way in tried.together(scenes))
    for alone, case in zip(passes, masking.cases.values(), strict=True):
        assert alone.answers[0][1] == pytest.approx(case.answers[0][1], abs=1e-5)


def test_the_page_is_served_and_weighed(server: Server) -> None:
    assert server.start_seconds > 0
    assert 50 < server.memory_mb() < 10_000


def test_memory_is_sampled(shipped: Engine, server: Server) -> None:
    measured = measure_memory(shipped, server, questions=2)
    assert measured["questions"] == 2
    assert measured["samples_mb"] == [measured["start_mb"], measured["end_mb"]]
    assert "memory" in report({"memory": measured})


def test_people_get_their_own_results(shipped: Engine, server: Server) -> None:
    measured = measure_load(shipped, server, count=2, seconds=0.5)
    assert measured["count"] >= 2
    assert (measured["errors"], measured["wrong_results"]) == (0, 0), measured["first_errors"]
    assert measured["median_ms"] <= measured["p95_ms"] <= measured["p99_ms"]
    assert measured["error_rate"] == 0 and min(measured["before_mb"], measured["after_mb"]) > 50
    table = report({"load": [measured, {**measured, "people": 50}]})
    assert "2 people" in table and "50 people" in table and "p99" in table


def test_people_who_expect_the_same_are_no_measurement() -> None:
    check_distinct([{"answer": "a"}, {"answer": "b"}])
    with pytest.raises(RuntimeError, match="mix-up would not be seen"):
        check_distinct([{"answer": "a"}, {"answer": "b"}, {"answer": "a"}])


def test_anything_in_any_order(shipped: Engine) -> None:
    measured = measure_soak(shipped, seconds=6.0, seed=1)
    assert measured["actions"] >= 1 and measured["failures"] == 0, measured["first_failures"]
    for sample in measured["samples"]:
        assert sample["memory_mb"] > 50 and sample["threads"] > 1 and sample["open_files"] > 3
    assert "any order" in report({"soak": measured})


def test_the_order_of_a_seed_is_the_same() -> None:
    named: dict[str, dict[str, Any]] = {
        "/ask": {"image": "path", "question": "x", "fusion": "y"},
        "/fusions": {},
        "/new_scene": {"seed": 7},
    }
    drawn = [[action for action, _ in islice(actions(named, seed), 40)] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2] and set(drawn[0]) == set(named)


def test_a_press_is_timed_until_all_is_drawn(server: Server) -> None:
    measured = measure_browser(server, questions=1)
    assert 0 < measured["median_ms"] < 200_000


class Confused:
    """A client that gives everybody the same result, and every third time an error."""

    def __init__(self) -> None:
        self.calls = 0

    def predict(self, **given: Any) -> dict[str, Any]:
        self.calls += 1
        if self.calls % 3 == 0:
            raise ConnectionError("gone")
        time.sleep(0.01)
        return {"answer": "somebody else's"}


def test_mix_ups_and_errors_are_counted(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"")
    somebody = Person(client=Confused(), picture=picture, question="?", expected={"answer": "mine"})
    somebody.ask_until(time.perf_counter() + 0.2)
    assert somebody.strangers == len(somebody.durations) > 0
    assert somebody.errors[0] == "ConnectionError: gone"


def test_a_page_that_ends_is_reported_with_what_it_said(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+") as log:
        process = subprocess.Popen([sys.executable, "-c", "print('no port')"], stdout=log)
        process.wait()
        with pytest.raises(RuntimeError, match=r"has ended.*no port"):
            wait_for(f"http://127.0.0.1:{free_port()}/", process, log)


def test_imports_take_time() -> None:
    assert imports_seconds() > 0.1


def test_the_command_writes_json_and_keeps_what_other_parts_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "bench.json"
    browser = {"median_ms": 1.0, "p95_ms": 2.0, "count": 3}
    out.write_text(json.dumps({"browser": browser}))
    main(["--only", "engine", "--repeats", "1", "--out", str(out)])
    written = json.loads(out.read_text())
    assert written["browser"] == browser
    assert written["engine"]["actions"]["masking"]["count"] == 1
    assert HEADING[0] in capsys.readouterr().out
