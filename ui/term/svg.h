/* A screen as a picture for slides. */
#ifndef IKESIM_UI_TERM_SVG_H
#define IKESIM_UI_TERM_SVG_H

#include "ui/term/grid.h"

/* Writes the grid as SVG 1.1, a fixed-width font on a light ground, the meanings in the colours of
 * the light theme. */
void svg_write(const struct grid *grid, FILE *out);

#endif
