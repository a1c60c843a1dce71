/*
 * Writes distributions.c, the tables from which jitter is drawn, to standard output. Run by hand
 * (target `net_distributions`) and its output kept in the tree: libm's last bits differ between
 * machines, and the tables must not.
 *
 * Each table has the inverse distribution function at equal steps of probability, from one end to
 * the other; an end that is nowhere is taken a quarter of a step before it. It is then scaled, by
 * less than one in a hundred, so that what is drawn from it, along straight lines between its
 * entries, has mean 0 and standard deviation 1.
 */
#include <math.h>
#include <stdio.h>

#include "sim/net/link.h"

enum { N = NET_DISTRIBUTION_SIZE };

static double normal_share(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

/* Bounded Pareto: shape 3 on [1, 10], moved and scaled to mean 0 and standard deviation 1. */
static const double cut = 1 - 1e-3; /* 1 - 10^-3, the share of Pareto below 10 */

static double pareto_mean(void)
{
    return 1.5 * (1 - 1e-2) / cut;
}

static double pareto_deviation(void)
{
    return sqrt(3 * (1 - 1e-1) / cut - pareto_mean() * pareto_mean());
}

static double pareto_share(double x)
{
    double value = pareto_mean() + x * pareto_deviation();
    return value <= 1 ? 0 : value >= 10 ? 1 : (1 - pow(value, -3)) / cut;
}

static double mixed_share(double x)
{
    return 0.25 * normal_share(x) + 0.75 * pareto_share(x);
}

/* The value below which `share` lies, by halving an interval. */
static double inverse(double (*function)(double), double share)
{
    double low = -20, high = 20;
    for (int i = 0; i < 200; i++) {
        double middle = (low + high) / 2;
        if (function(middle) < share) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (low + high) / 2;
}

static void write_table(const char *name, double (*function)(double), double end)
{
    double table[N], mean = 0, square = 0;
    for (int i = 0; i < N; i++) {
        table[i] = inverse(function, fmin(fmax((double)i / (N - 1), end), 1 - end));
    }
    for (int i = 0; i + 1 < N; i++) { /* of a straight line from a to b */
        double a = table[i], b = table[i + 1];
        mean += (a + b) / 2 / (N - 1);
        square += (a * a + a * b + b * b) / 3 / (N - 1);
    }
    double deviation = sqrt(square - mean * mean);
    fprintf(stderr, "%s: mean %g, standard deviation %g before\n", name, mean, deviation);
    printf("    /* %s */\n    {", name);
    for (int i = 0; i < N; i++) {
        printf("%s%ld,", i % 10 ? " " : "\n        ",
               lround((table[i] - mean) / deviation * 65536));
    }
    printf("\n    },\n");
}

int main(void)
{
    printf("/* Made by make_distributions.c; see there. In 2^-16 standard deviations. */\n"
           "#include \"sim/net/link.h\"\n\n"
           "/* clang-format off */\n"
           "const int32_t net_distribution_tables[3][NET_DISTRIBUTION_SIZE] = {\n");
    write_table("normal", normal_share, 0.25 / (N - 1));
    write_table("pareto", pareto_share, 1e-9);
    write_table("paretonormal", mixed_share, 0.25 / (N - 1));
    printf("};\n/* clang-format on */\n");
    return 0;
}
