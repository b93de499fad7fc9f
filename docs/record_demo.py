"""Run the demo, and record its verdict in docs/recipes/digits.json: `make record-demo`.

The README quotes the record; `make docs` puts it there.
"""

import argparse
from pathlib import Path

from genaug import Pipeline
from genaug.data.json_files import write_json
from genaug.experiments.measuring import Measurements
from genaug.experiments.record import Machine, Made, modules_of

RECIPE = Path("docs/recipes/digits.yaml")


def main() -> None:
    """Run the recipe, and write the record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--run", type=Path, default=Path("runs/digits"), help="folder of the run")
    options.add_argument("--out", type=Path, default=RECIPE.with_suffix(".json"), help="the record's file")
    options.add_argument("--set", action="append", default=[], help="settings that differ; to try it out")
    asked = options.parse_args()
    pipeline = Pipeline.from_file(RECIPE, asked.set)
    run = pipeline.run(asked.run)
    if run.verdict is None:
        raise SystemExit(f"{RECIPE} names no validator that gives a verdict")
    made = Made.by(
        "python docs/record_demo.py",
        modules_of(pipeline),
        versions={name: (version,) for name, version in run.versions.items()},
        machines=(Machine(threads=pipeline.threads),),
    )
    results = {
        "sentence": run.verdict.sentence,
        "verdict": run.verdict.model_dump(mode="json"),
        "report": f"{asked.run.as_posix()}/{run.report}",
    }
    record = Measurements(
        experiment="demo",
        made=made,
        asked=pipeline.config(),
        results=results,
        minutes=round(sum(stage.seconds for stage in run.stages) / 60, 1),
    )
    write_json(asked.out, record.model_dump(mode="json"))
    print(f"{run.verdict.sentence}\nwrote {asked.out}")


if __name__ == "__main__":
    main()
