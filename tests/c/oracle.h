/* The oracle of the kernels: the sum that decides which center is nearest, in plain C. It does not
 * use csrc/exact/defining_sum.h, so that an error there is found. */
#ifndef ORACLE_H
#define ORACLE_H

static double defining_sum(const real *row, const real *center, int64_t d) {
    double sum = 0;
    for (int64_t f = 0; f < d; f++) {
        const double difference = (double)row[f] - (double)center[f];
        sum += difference * difference;
    }
    return sum;
}

#endif
