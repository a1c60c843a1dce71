#include "sim/host/outer.h"

#include <stdlib.h>

#include "sim/engine/memory.h"

/* SPIs are drawn, so their low bits are as good as any. */
static uint32_t first_place(const struct outer_table *table, uint32_t spi_in)
{
    return spi_in & (table->cap - 1);
}

/* The place that has it or would have it. */
static struct outer *place_of(struct outer_table *table, uint32_t spi_in)
{
    if (table->cap == 0) {
        return &table->one;
    }
    uint32_t at = first_place(table, spi_in);
    while (table->places[at].spi_in != 0 && table->places[at].spi_in != spi_in) {
        at = (at + 1) & (table->cap - 1);
    }
    return &table->places[at];
}

static void grow(struct outer_table *table)
{
    const struct outer *old = table->cap ? table->places : &table->one;
    uint32_t old_cap = table->cap ? table->cap : 1;
    struct outer_table grown = {.count = table->count, .cap = table->cap ? table->cap * 2 : 4};
    grown.places = sim_calloc(grown.cap, sizeof *grown.places);
    for (uint32_t i = 0; i < old_cap; i++) {
        if (old[i].spi_in != 0) {
            *place_of(&grown, old[i].spi_in) = old[i];
        }
    }
    outer_dispose(table);
    *table = grown;
}

struct outer *outer_add(struct outer_table *table, uint32_t spi_in)
{
    if (table->count >= (table->cap ? table->cap / 4 * 3 : 1)) {
        grow(table);
    }
    struct outer *outer = place_of(table, spi_in);
    *outer = (struct outer){.spi_in = spi_in};
    table->count++;
    return outer;
}

struct outer *outer_find(struct outer_table *table, uint32_t spi_in)
{
    struct outer *outer = place_of(table, spi_in);
    return outer->spi_in == spi_in ? outer : NULL;
}

/* Those that had to go on for its sake come back to their places. */
static void close_gap(struct outer_table *table, uint32_t gap)
{
    uint32_t mask = table->cap - 1;
    for (uint32_t at = (gap + 1) & mask; table->places[at].spi_in != 0; at = (at + 1) & mask) {
        uint32_t away = (at - first_place(table, table->places[at].spi_in)) & mask;
        if (away >= ((at - gap) & mask)) {
            table->places[gap] = table->places[at];
            table->places[at].spi_in = 0;
            gap = at;
        }
    }
}

void outer_remove(struct outer_table *table, uint32_t spi_in)
{
    struct outer *outer = outer_find(table, spi_in);
    if (!outer) {
        return;
    }
    outer->spi_in = 0;
    table->count--;
    if (table->cap) {
        close_gap(table, (uint32_t)(outer - table->places));
    }
}

void outer_dispose(struct outer_table *table)
{
    if (table->cap) {
        free(table->places);
    }
    *table = (struct outer_table){0};
}

size_t outer_memory(const struct outer_table *table)
{
    return table->cap * sizeof(struct outer);
}
