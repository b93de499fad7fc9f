"""Which settings tell finished runs apart."""

from genaug.execution.compared import own_settings, telling


def judged(path: str, seeds: int = 3) -> dict[str, object]:
    return {
        "source.path": "people.csv",
        "generator.use": "ready-made",
        "generator.source.use": "table-file",
        "generator.source.path": path,
        "strategy.use": "all-available",
        "validators[0].seeds": seeds,
    }


def test_runs_that_judge_candidates_differ_by_the_candidates() -> None:
    runs = [judged(f"{name}.csv") for name in "abcd"]
    runs.append(
        {
            "source.path": "people.csv",
            "generator.use": "gan",
            "generator.steps": 200,
            "strategy.use": "class-balance",
        }
    )
    runs.append(judged("a.csv", 5))
    own = own_settings(telling(runs), len(runs))
    assert [list(one) for one in own[1:4]] == [["generator.source.path"]] * 3
    assert own[1] == {"generator.source.path": "b.csv"}
    assert next(iter(own[4])) == "generator.use"
    assert list(own[5].items()) == [("validators[0].seeds", 5), ("generator.source.path", "a.csv")]


def test_two_runs_show_what_differs_and_equal_ones_nothing() -> None:
    assert own_settings(telling([judged("a.csv"), judged("b.csv")]), 2) == [
        {"generator.source.path": "a.csv"},
        {"generator.source.path": "b.csv"},
    ]
    assert own_settings(telling([judged("a.csv")] * 3), 3) == [{}, {}, {}]
