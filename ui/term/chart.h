/* A figure over time as an area, and another one as a line above it: in braille, where each
 * character has two columns of four dots, or in blocks of eighths. */
#ifndef IKESIM_UI_TERM_CHART_H
#define IKESIM_UI_TERM_CHART_H

#include "ui/term/grid.h"

enum chart_glyphs {
    CHART_BRAILLE,
    CHART_BLOCKS, /* for terminals without braille, for ASCII, and for one row: eight steps in each
                   */
};

struct chart {
    enum chart_glyphs glyphs;
    int count;              /* samples: chart_samples */
    int passed;             /* samples up to now: filled; what comes later is an outline */
    const uint64_t *values; /* the area */
    const uint64_t *upper;  /* the line; NULL: none */
    uint64_t most;          /* what reaches the top; not 0 */
};

/* How many samples an area takes. */
int chart_samples(struct area area, enum chart_glyphs glyphs);

/* Draws into the whole area, from its bottom up. */
void chart_draw(struct grid *grid, struct area area, const struct chart *chart);

#endif
