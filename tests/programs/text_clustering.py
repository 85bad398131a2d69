"""Group short texts: TF-IDF, truncated SVD, normalized rows, k-means."""

from itertools import product

from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import v_measure_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from kmeans_fast import KMeans

TOPICS = {
    "kitchen": (["bake", "cook", "fry", "season"], ["bread", "fish", "soup", "onions"], "kitchen"),
    "sea": (["sail", "row", "anchor", "steer"], ["boat", "ship", "yacht", "ferry"], "harbor"),
    "code": (["compile", "debug", "test", "deploy"], ["program", "module", "kernel"], "server"),
}
texts, truth = [], []
for topic, (verbs, nouns, place) in TOPICS.items():
    for verb, noun, time in product(verbs, nouns, ["today", "again", "at night"]):
        texts.append(f"we {verb} the {noun} in the {place} {time}")
        truth.append(topic)

vectorizer = TfidfVectorizer(stop_words="english", sublinear_tf=True)
reduce = make_pipeline(TruncatedSVD(n_components=10, random_state=0), Normalizer(copy=False))
X = reduce.fit_transform(vectorizer.fit_transform(texts))
model = KMeans(n_clusters=3, n_init=5, random_state=0).fit(X)
found = v_measure_score(truth, model.labels_)

svd = reduce[0]
terms = vectorizer.get_feature_names_out()
for center in svd.inverse_transform(model.cluster_centers_):
    print(" ".join(terms[center.argsort()[::-1][:5]]))
print(f"V-measure: {found:.3f}")
