/*
 * A screen as data: cells of one character and one meaning each. Views draw onto it and know no
 * terminal; the terminal, `--text` and the tests read it. Nothing is ever drawn outside of it.
 *
 * Text comes in as UTF-8, some of it out of recordings, hence from strangers: control characters
 * never get through. On a grid that is `ascii` every other character is replaced by letters that
 * stand for it, so one view serves both.
 */
#ifndef IKESIM_UI_TERM_GRID_H
#define IKESIM_UI_TERM_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What a cell means. Themes (screen_ncurses.c) turn meanings into colours; shapes carry the meaning
 * without them. */
enum style {
    STYLE_TEXT,
    STYLE_DIM,      /* frames, what is only context */
    STYLE_TITLE,    /* title line, headings */
    STYLE_FOCUS,    /* the frame of the pane that the keys go to */
    STYLE_CURSOR,   /* the selected row */
    STYLE_LIFELINE, /* a participant's line, and its name */
    STYLE_REQUEST,
    STYLE_RESPONSE,
    STYLE_AGAIN, /* a retransmission, a cached response */
    STYLE_LOST,  /* lost, refused, gave up */
    STYLE_COPY,  /* a duplicate made by the link; overtaken */
    STYLE_STATE, /* states of SAs */
    STYLE_KEY,   /* keys and what needs them */
    STYLE_ESP,
    STYLE_GOOD,
    STYLE_FIELD, /* names of fields */
    STYLE_LIT,   /* bytes of the selected field */
    STYLE_WHY,   /* the line that explains */
    STYLE_FOOTER,
    STYLE_FOOTER_KEY,
    STYLE_COUNT
};

struct cell {
    uint32_t ch; /* Unicode; 0 is the right half of a wide character */
    uint8_t style;
};

/* A rectangle of a grid. */
struct area {
    int x, y, width, height;
};

/* What a click on a part of the screen means; `what` says which one. */
enum target_kind {
    TARGET_NONE,
    TARGET_TAB,    /* enum app_screen */
    TARGET_KEY,    /* the key */
    TARGET_SCRUB,  /* nothing: the column says when */
    TARGET_EVENT,  /* its ordinal */
    TARGET_PAIR,   /* its index in the state */
    TARGET_FIELD,  /* of the open message */
    TARGET_OCTET,  /* of the open message; bits 32 to 39: its layer */
    TARGET_BIT,    /* of the open message: as an octet, its bit from bit 40 on */
    TARGET_STEP,   /* of the key derivation */
    TARGET_CHOICE, /* of a lesson's question */
    TARGET_LESSON, /* nothing: a lesson's panel */
    TARGET_ITEM,   /* of a menu */
    TARGET_FIGURE, /* of the storm */
    TARGET_CHART,  /* of such a figure: the column says when */
};

struct target {
    struct area area;
    enum target_kind kind;
    uint64_t what;
};

struct grid {
    int width, height;
    bool ascii;
    struct cell *cells; /* row by row */
    size_t target_count, target_cap;
    struct target *targets;
};

/* Blank cells. `ascii`: characters beyond ASCII are drawn by their stand-ins (glyph.h). Clearing
 * forgets the targets too. */
struct grid *grid_new(int width, int height, bool ascii);
void grid_free(struct grid *grid);
void grid_clear(struct grid *grid);

/* Columns that the text takes on this grid. */
int grid_measure(const struct grid *grid, const char *text);

/* Draws text from (x, y) on, cut off at the column `end` (exclusive) and at the grid's edges;
 * returns the column behind it. Text that does not fit ends in an ellipsis. */
int grid_put(struct grid *grid, int x, int y, int end, enum style style, const char *text);

/* The same, right-aligned to end just before `end`, and cut off before `x`. Returns its first
 * column. */
int grid_put_right(struct grid *grid, int x, int y, int end, enum style style, const char *text);

/* snprintf and grid_put. */
int grid_print(struct grid *grid, int x, int y, int end, enum style style, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* One character repeated from x to `end` (exclusive). */
void grid_fill(struct grid *grid, int x, int y, int end, enum style style, const char *glyph);

/* Says what a click on that part of the screen means; where several lie, the last one does. */
void grid_target(struct grid *grid, struct area area, enum target_kind kind, uint64_t what);

/* What a click on that cell means; NULL if nothing. */
const struct target *grid_target_at(const struct grid *grid, int x, int y);

/* Changes the meaning of cells and leaves their characters. */
void grid_restyle(struct grid *grid, int x, int y, int end, enum style style);

/* Length in bytes of the first part of `text` that fits `width` columns, broken at a space where
 * there is one; *next gets the offset at which the next line begins. */
size_t grid_wrap(const struct grid *grid, const char *text, int width, size_t *next);

/* Lines that the text takes so. */
int grid_wrapped_lines(const struct grid *grid, const char *text, int width);

/* Draws text wrapped into the area; returns the number of lines used. */
int grid_put_wrapped(struct grid *grid, struct area area, enum style style, const char *text);

/* The row as UTF-8 without trailing spaces; malloc'ed. */
char *grid_line(const struct grid *grid, int y);

/* All rows, a newline behind each. */
void grid_write(const struct grid *grid, FILE *out);

#endif
