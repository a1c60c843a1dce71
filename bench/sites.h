/*
 * Who holds how much: the program's own calls of malloc and its like are wrapped (-Wl,--wrap) and
 * counted by the function that made them. What libraries allocate for themselves is not seen here,
 * but in the total that mallinfo2 gives.
 */
#ifndef IKESIM_BENCH_SITES_H
#define IKESIM_BENCH_SITES_H

#include <stddef.h>

/* One function that allocates, and what it holds now. */
struct site {
    const char *function;
    size_t size; /* of one block; 0: of several sizes */
    size_t blocks, octets;
};

/* Counts from here on; before anything is allocated that is to be counted. */
void sites_begin(void);

/* What is held now; the array is the caller's to free. */
struct site *sites_take(size_t *count);

#endif
