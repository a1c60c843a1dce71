#include "sim/host/outer.h"

#include <stdlib.h>

static void *checked_calloc(size_t count, size_t size)
{
    void *p = calloc(count, size);
    if (!p) {
        abort();
    }
    return p;
}

/* SPIs are drawn, so their low bits are as good as any. */
static struct outer **place_of(const struct outer_table *table, uint32_t spi_in)
{
    struct outer **place = &table->buckets[spi_in & (table->bucket_count - 1)];
    while (*place && (*place)->spi_in != spi_in) {
        place = &(*place)->next;
    }
    return place;
}

static void grow(struct outer_table *table)
{
    struct outer_table grown = {.count = table->count,
                                .bucket_count = table->bucket_count ? table->bucket_count * 2 : 1};
    grown.buckets = checked_calloc(grown.bucket_count, sizeof(struct outer *));
    for (size_t i = 0; i < table->bucket_count; i++) {
        for (struct outer *outer = table->buckets[i], *next; outer; outer = next) {
            next = outer->next;
            outer->next = NULL;
            *place_of(&grown, outer->spi_in) = outer;
        }
    }
    free(table->buckets);
    *table = grown;
}

struct outer *outer_add(struct outer_table *table, uint32_t spi_in)
{
    if (table->count == table->bucket_count) {
        grow(table);
    }
    struct outer *outer = checked_calloc(1, sizeof *outer);
    outer->spi_in = spi_in;
    *place_of(table, spi_in) = outer;
    table->count++;
    return outer;
}

struct outer *outer_find(const struct outer_table *table, uint32_t spi_in)
{
    return table->count ? *place_of(table, spi_in) : NULL;
}

void outer_remove(struct outer_table *table, uint32_t spi_in)
{
    struct outer *outer = outer_find(table, spi_in);
    if (outer) {
        *place_of(table, spi_in) = outer->next;
        free(outer);
        table->count--;
    }
}

void outer_dispose(struct outer_table *table)
{
    for (size_t i = 0; i < table->bucket_count; i++) {
        for (struct outer *outer = table->buckets[i], *next; outer; outer = next) {
            next = outer->next;
            free(outer);
        }
    }
    free(table->buckets);
    *table = (struct outer_table){0};
}

size_t outer_memory(const struct outer_table *table)
{
    return table->count * sizeof(struct outer) + table->bucket_count * sizeof(struct outer *);
}
