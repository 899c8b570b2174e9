#!/usr/bin/env python3
"""Writes reference.json: logistic regression as scikit-learn fits it, for the tests of this chapter.

Run by hand (scikit-learn 1.9.1 wrote the file that is there); the tests only read the result. Samples are standardized
by the mean and the deviation of the training part; sample i is tested on in fold i mod 5.
"""
import json
import pathlib
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression

HERE = pathlib.Path(__file__).parent
DATA = HERE.parent.parent / "data"


def load(name):
    rows = np.genfromtxt(DATA / f"{name}.csv", delimiter=",", skip_header=0 if name == "digits" else 1)
    return rows[:, :-1], rows[:, -1].astype(int)


def standardize(train, other):
    deviation = train.std(axis=0)
    return (other - train.mean(axis=0)) / np.where(deviation == 0, 1, deviation)


def fit(x, y, c):
    model = LogisticRegression(C=c, tol=1e-9, max_iter=2_000, solver="newton-cg")
    return model.fit(x, y)


def main():
    warnings.simplefilter("ignore")  # newton-cg reports that it cannot improve on rounding
    result = {}
    for name, c in (("breast_cancer", 1.0), ("iris", 1.0), ("digits", 0.1)):
        x, y = load(name)
        model = fit(standardize(x, x), y, c)
        fold = np.arange(len(y)) % 5
        right = 0
        for k in range(5):
            train, test = x[fold != k], x[fold == k]
            part = fit(standardize(train, train), y[fold != k], c)
            right += int((part.predict(standardize(train, test)) == y[fold == k]).sum())
        result[name] = {"C": c, "coefficients": model.coef_.tolist(), "intercept": model.intercept_.tolist(),
                        "right_on_training_data": int((model.predict(standardize(x, x)) == y).sum()),
                        "right_in_five_folds": right}
    (HERE / "reference.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
