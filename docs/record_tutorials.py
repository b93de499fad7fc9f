"""Run the tutorials and keep their outputs: `make tutorials`.

Outputs in the notebooks come from here alone; a test finds those that are older than the text or the code.
"""

import argparse
import hashlib
import json
import os
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path
from typing import Any

TUTORIALS = Path(__file__).parent / "tutorials"
CLEARED = ("PYTHON", "GENAUG", "PIP")
"""Variables of the user's that would change what a notebook does."""


def digest(notebook: Any) -> str:
    """Return a hash of the cells as they are written, without their outputs."""
    cells = [[cell["cell_type"], "".join(cell["source"])] for cell in notebook["cells"]]
    return hashlib.blake2b(json.dumps(cells).encode(), digest_size=8).hexdigest()


def executed(path: Path, folder: Path) -> Any:
    """Return a notebook with its outputs, executed in an empty folder.

    The kernel has an environment of its own on top of the running one, so that what a notebook installs is
    gone with the folder. Nothing is downloaded.

    Args:
        path: of the notebook.
        folder: empty, with a short path (it holds sockets); the notebook works in ``work`` in it.

    Raises:
        nbclient.exceptions.CellExecutionError: naming the cell that failed.
    """
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_core.utils import run_sync
    from nbclient import NotebookClient

    spec = folder / "kernels" / "tutorial"
    spec.mkdir(parents=True)
    work = folder / "work"
    work.mkdir()
    environment = environment_on_top(folder / "environment")
    argv = [environment["PYTHON"], "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    told = {"argv": argv, "display_name": "tutorial", "language": "python", "env": environment}
    (spec / "kernel.json").write_text(json.dumps(told), encoding="utf-8")
    notebook = nbformat.read(path, as_version=4)
    kernel = AsyncKernelManager(
        kernel_name="tutorial",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(spec.parent)]),
        transport="ipc",
        ip=str(folder / "kernel"),
    )
    where = {"metadata": {"path": str(work)}}
    client = NotebookClient(notebook, km=kernel, timeout=600, resources=where, record_timing=False)
    try:
        client.execute()
    finally:
        run_sync(kernel.shutdown_kernel)(now=True)  # the client stops only managers that it made
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "genaug": {"recorded": digest(notebook)},
    }
    return notebook


def environment_on_top(folder: Path) -> dict[str, str]:
    """Make an environment that sees what is installed here, and return the variables of its kernel.

    ``PYTHON`` is the path of its interpreter.
    """
    venv.create(folder, with_pip=False)
    scripts = folder / "bin"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    running = sysconfig.get_path("purelib")
    (site / "running.pth").write_text(f"import site; site.addsitedir({running!r})\n", encoding="utf-8")
    genaug = scripts / "genaug"
    main = "import sys; from genaug.cli import main; sys.exit(main())"
    genaug.write_text(f'#!/bin/sh\nexec "{scripts}/python" -c "{main}" "$@"\n', encoding="utf-8")
    genaug.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(CLEARED)}
    return kept | {
        "PYTHON": str(scripts / "python"),
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # as pip reads it, 0 switches the isolation off
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def main() -> None:
    """Run the named tutorials, or all, and write their outputs into them."""
    import nbformat

    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", nargs="*", help="photos, table, own-plugin; default: all")
    options.add_argument("--out", type=Path, default=TUTORIALS, help="folder to write to; default: in place")
    asked = options.parse_args()
    for name in asked.names or sorted(path.stem for path in TUTORIALS.glob("*.ipynb")):
        path = TUTORIALS / f"{name}.ipynb"
        with tempfile.TemporaryDirectory() as folder:
            notebook = executed(path, Path(folder))
            text = nbformat.writes(notebook)
            if folder in text:
                sys.exit(f"{name}: an output names the folder {folder}")
            (asked.out / path.name).write_text(text, encoding="utf-8")
        print(f"recorded {asked.out / path.name}")


if __name__ == "__main__":
    main()
