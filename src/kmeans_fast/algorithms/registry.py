"""The names that ``algorithm=`` takes.

All give the same labels, centers and number of iterations and differ in time only. At present each
of them runs Lloyd's iterations: "elkan" is accepted so that code written for scikit-learn runs.
"""

ALGORITHMS = ("auto", "lloyd", "elkan")
