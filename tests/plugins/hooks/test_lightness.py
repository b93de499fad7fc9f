"""What the hooks import."""

import subprocess
import sys


def test_hooks_import_no_torch() -> None:
    code = (
        "import sys, genaug_plugins.hooks.progress, genaug_plugins.hooks.event_log;"
        "from genaug_plugins.hooks import monitor, sample_grid;"
        "monitor.MonitorHook().subscribe(), sample_grid.SampleGridHook().subscribe();"
        "print([m for m in ('torch', 'sklearn', 'scipy', 'plotly') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
