"""scikit-learn estimators; importing one loads scikit-learn."""
