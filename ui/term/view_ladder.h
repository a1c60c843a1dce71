/* The ladder drawn: a fixed head with both participants, rows in order of time below it. */
#ifndef IKESIM_UI_TERM_VIEW_LADDER_H
#define IKESIM_UI_TERM_VIEW_LADDER_H

#include "ui/term/grid.h"
#include "ui/term/ladder.h"

#define LADDER_HEAD_HEIGHT 3
#define LADDER_WIDTH_MIN 50

/* As of when the ladder is drawn, and what its head says. */
struct ladder_now {
    uint64_t ordinal;     /* rows of later events are not drawn */
    uint64_t time;        /* where what is on its way has got to */
    bool cursor;          /* mark the row of `ordinal` */
    bool later;           /* rows of later events are drawn too, dimmed */
    uint64_t parting;     /* the first row from this event on is marked; UINT64_MAX: none */
    const char *place[2]; /* of the participants: address; may be NULL */
    const char *state[2]; /* what each has: state, SPI; may be NULL */
};

/* One line on the screen: one row, or several notes of one end at one time. */
struct ladder_line {
    size_t row, count;
};

/* Lines of the rows [first, end) on an area of that width; malloc'ed, *count gets their number. */
struct ladder_line *ladder_layout(const struct grid *grid, int width, const struct ladder *ladder,
                                  size_t first, size_t end, size_t *count);

/* The head: names, states, a rule. LADDER_HEAD_HEIGHT lines. */
void ladder_draw_head(struct grid *grid, struct area area, const struct ladder *ladder,
                      const struct ladder_now *now);

/* One line at the top of the area. */
void ladder_draw_line(struct grid *grid, struct area area, const struct ladder *ladder,
                      const struct ladder_line *line, const struct ladder_now *now);

/* Why a datagram ended on the link, by `why` of net:lost: the words, and in *sign what stands where
 * it died. */
const char *ladder_loss_words(const char *why, const char **sign);

/* Head and as many lines as there is room for, the newest last. */
void view_ladder(struct grid *grid, struct area area, const struct ladder *ladder,
                 const struct ladder_now *now);

#endif
