"""Write the files of the recipes that read files, from data that scikit-learn ships (no download).

    python docs/recipes/write_files.py [FOLDER]

`tumours.csv`: all 357 benign and the first 60 malignant of 569 breast tumours (Wolberg et al. 1995), with 30
measurements. `digits.csv`: the handwritten digits 0 to 4 as signals of 8 channels, one for each column of
pixels, in long form.
"""

import csv
import sys
from pathlib import Path

from sklearn.datasets import load_breast_cancer, load_digits

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")

table = load_breast_cancer()
with (folder / "tumours.csv").open("w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["tumour_id", *table.feature_names, "diagnosis"])
    rare = 0
    for number, (row, label) in enumerate(zip(table.data, table.target, strict=True)):
        rare += label == 0
        if label == 1 or rare <= 60:
            writer.writerow([number, *map(repr, row.tolist()), table.target_names[label]])

digits = load_digits(n_class=5)
with (folder / "digits.csv").open("w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["id", "step", *(f"x{column}" for column in range(8)), "digit"])
    for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        for step, row in enumerate(image):
            writer.writerow([number, step, *row.astype(int).tolist(), label])
