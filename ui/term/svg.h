/* A screen as a picture for slides. */
#ifndef IKESIM_UI_TERM_SVG_H
#define IKESIM_UI_TERM_SVG_H

#include "ui/term/theme.h"

/* Writes the grid as SVG 1.1, in a fixed-width font and the theme's colours on a ground for them.
 */
void svg_write(const struct grid *grid, enum theme theme, FILE *out);

#endif
