"""Run a recipe, and record its verdict in a file beside it: `make record-demo`, `make record-recipes`.

The README quotes the record of the demo, docs/recipes/README.md all of them; `make docs` puts them there.
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
    options.add_argument("--recipe", type=Path, default=RECIPE, help="default: that of the demo")
    options.add_argument("--run", type=Path, help="folder of the run; default: runs/RECIPE")
    options.add_argument("--out", type=Path, help="the record's file; default: beside the recipe")
    options.add_argument("--set", action="append", default=[], help="settings that differ; to try it out")
    asked = options.parse_args()
    folder = asked.run or Path("runs") / asked.recipe.stem
    out = asked.out or asked.recipe.with_suffix(".json")
    pipeline = Pipeline.from_file(asked.recipe, asked.set)
    run = pipeline.run(folder)
    if run.verdict is None:
        raise SystemExit(f"{asked.recipe} names no validator that gives a verdict")
    command = "python docs/record_demo.py"
    made = Made.by(
        command if asked.recipe == RECIPE else f"{command} --recipe docs/recipes/{asked.recipe.name}",
        modules_of(pipeline),
        versions={name: (version,) for name, version in run.versions.items()},
        machines=(Machine(threads=pipeline.threads),),
    )
    results = {
        "sentence": run.verdict.sentence,
        "verdict": run.verdict.model_dump(mode="json"),
        "report": f"runs/{asked.recipe.stem}/{run.report}",
    }
    record = Measurements(
        experiment="demo" if asked.recipe == RECIPE else "recipe",
        made=made,
        asked=pipeline.config(),
        results=results,
        minutes=round(sum(stage.seconds for stage in run.stages) / 60, 1),
    )
    write_json(out, record.model_dump(mode="json"))
    print(f"{run.verdict.sentence}\nwrote {out}")


if __name__ == "__main__":
    main()
