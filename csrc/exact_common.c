/* Exact arithmetic without an element type: compiled once per instruction set, without contraction
 * to FMA. */
#include "exact/boxes_filter.h"
#include "exact/elkan_scan.h"
#include "exact/list_unsettled.h"
#include "exact/kmeans_1d.h"
#include "exact/means.h"
#include "exact/running_mean.h"
#include "exact/sketch_rest.h"
#include "exact/sum.h"
#include "tables.h"

const kmf_exact_common KMF_TABLE = {
    .add_terms = add_terms,
    .find_term = find_term,
    .cluster_mean = cluster_mean,
    .running_mean = running_mean,
    .list_unsettled = list_unsettled,
    .elkan_scan = elkan_scan,
    .filter_centers = filter_centers,
    .sketch_rest = sketch_rest,
    .prefix_sums = prefix_sums,
    .cheapest_split = cheapest_split,
    .cheapest_splits = cheapest_splits,
};
