"""Write the WAV files of `sounds.yaml`: the currents of three appliances, 30,000 values a second.

    pip install --no-deps --target /tmp/sktime sktime==1.2.0
    python docs/recipes/write_sounds.py /tmp/sktime/sktime/datasets/data/PLAID [FOLDER]

PLAID (Gao et al. 2014) measured 11 kinds of appliances in 56 households of Pittsburgh; the package sktime
ships a part of it (BSD). A value of 1 in the files is the largest current of all.
"""

import sys
from pathlib import Path

import numpy as np
import soundfile

APPLIANCES = {"1": "fluorescent-lamp", "4": "hairdryer", "7": "laptop"}

source, folder = Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else ".") / "sounds"
currents = []
for part in ("TRAIN", "TEST"):
    text = (source / f"PLAID_{part}.ts").read_text(encoding="utf-8-sig").partition("@data")[2]
    for line in filter(None, map(str.strip, text.splitlines())):
        values, _, label = line.rpartition(":")
        if label in APPLIANCES:
            currents.append((APPLIANCES[label], np.array(values.split(","), dtype=np.float64)))
largest = max(float(np.abs(values).max()) for _, values in currents)
for name in APPLIANCES.values():
    (folder / name).mkdir(parents=True, exist_ok=True)
for number, (name, values) in enumerate(currents):
    soundfile.write(folder / name / f"{number:04d}.wav", values / largest, 30_000)
