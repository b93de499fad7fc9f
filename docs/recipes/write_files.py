"""Write the files of the recipes that read files, from data that scikit-learn ships (no download).

    python docs/recipes/write_files.py [FOLDER]

`tumours.csv`: all 357 benign and the first 60 malignant of 569 breast tumours (Wolberg et al. 1995), with 30
measurements. `digits.csv`: the handwritten digits 0 to 4 as signals of 8 channels, one for each column of
pixels, in long form. `nines.csv`: all handwritten digits from 0 to 8 and the first 67 nines, 4 %, as a table
of 64 whole numbers. `patches.csv` lists images of 32 × 32 pixels that are cut from two photographs in steps
of 16; overlapping ones are of one block of the photograph, their group.
"""

import csv
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_digits, load_sample_images

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

digits = load_digits()
kept = np.concatenate([np.flatnonzero(digits.target != 9), np.flatnonzero(digits.target == 9)[:67]])
with (folder / "nines.csv").open("w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow([*(f"pixel_{pixel}" for pixel in range(64)), "digit"])
    for row in kept:
        name = "nine" if digits.target[row] == 9 else "other"
        writer.writerow([*digits.data[row].astype(int).tolist(), name])

photos = load_sample_images()
(folder / "patches").mkdir(exist_ok=True)
with (folder / "patches.csv").open("w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["path", "photo", "block"])
    for name, photo in zip(("china", "flower"), photos.images, strict=True):
        for top in range(0, photo.shape[0] - 31, 16):
            for left in range(0, photo.shape[1] - 31, 16):
                if (
                    top % 64 <= 32 and left % 64 <= 32
                ):  # inside a block of 64 pixels: no overlap across blocks
                    path = f"patches/{name}-{top}-{left}.png"
                    Image.fromarray(photo[top : top + 32, left : left + 32]).save(folder / path)
                    writer.writerow([path, name, f"{name}-{top // 64}-{left // 64}"])
