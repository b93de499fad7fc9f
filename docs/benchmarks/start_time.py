"""Time how long genaug's commands take before any work begins.

Run: python docs/benchmarks/start_time.py --out docs/benchmarks

It writes ``start-time.json`` and ``.md``; a minute. Each command runs in a process of its own, with compiled
bytecode at hand, as after the first command on a machine.
"""

import json
import os
import resource
import subprocess
import sys

DIGITS = "docs/recipes/digits.yaml"
COMMANDS: dict[str, tuple[list[str], float, float | None]] = {
    "genaug --help": (["--help"], 0.5, None),
    "genaug plugins list": (["plugins", "list"], 0.5, None),
    "a config error": (["check", DIGITS, "--set", "generator.stepz=3"], 1.0, 150.0),
    "genaug check digits.yaml": (["check", DIGITS], 3.0, None),
}
"""What is run, with the bars: seconds of the processor, MiB of peak memory."""


def once(arguments: list[str]) -> dict[str, float]:
    """Run a command once; return seconds of the processor and peak memory in MiB."""
    # An environment that forbids bytecode would have every command compile all modules again.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "genaug", *arguments]
    ended = subprocess.run(command, capture_output=True, check=False, env=environment)
    if ended.returncode not in (0, 2):
        sys.exit(ended.stderr.decode())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    return {"processor": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * unit / 2**20}


def main() -> None:
    """Time each command several times, and write the record and the page."""
    # Imported here, so that a process that measures stays small.
    from genaug.experiments.measuring import Script, in_own_process, medians

    script = Script(__file__, __doc__)
    script.options.add_argument("--rounds", type=int, default=5, help="runs of each command (5)")
    asked = script.options.parse_args()
    rows = []
    for name, (_, processor, memory) in COMMANDS.items():
        in_own_process(script.path, name)  # compiles what is not compiled yet
        runs = [in_own_process(script.path, name) for _ in range(asked.rounds)]
        rows.append({"name": name, "bars": {"processor": processor, "peak": memory}, **medians(runs)})
    script.publish(asked, {"rows": rows})


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1] in COMMANDS:
        print(json.dumps(once(COMMANDS[sys.argv[1]][0])))
    else:
        main()
