/* The last datagrams of the selected pair, a line for each. */
#include <stdio.h>
#include <stdlib.h>

#include "ui/term/datagrams.h"
#include "ui/term/network.h"
#include "ui/term/view.h"
#include "ui/term/view_ladder.h"
#include "ui/term/words.h"

/* Columns of names and of what they send, and from which width on there is room for all. */
#define NAME_WIDTH 16
#define NAME_NARROW 9
#define WHAT_WIDTH 40
#define WHAT_NARROW 29
#define WIDE 100

static enum style style_of(const struct datagram *datagram)
{
    return datagram->fate == DATAGRAM_LOST ? STYLE_LOST
           : datagram->esp                 ? STYLE_ESP
           : datagram->again               ? STYLE_AGAIN
           : datagram->response            ? STYLE_RESPONSE
                                           : STYLE_REQUEST;
}

static void say_fate(const struct datagram *datagram, uint64_t now, bool narrow,
                     struct words *words)
{
    char time[WORDS_TIME_MAX];
    const char *sign;
    switch (datagram->fate) {
    case DATAGRAM_FLYING:
        words_add(words, "on its way for %s", words_duration(now - datagram->sent, time));
        break;
    case DATAGRAM_LOST: {
        const char *why = ladder_loss_words(datagram->why, &sign);
        words_add(words, "%s %s", sign, why);
        break;
    }
    case DATAGRAM_ARRIVED:
        words_add(words, narrow ? "arrived, %s" : "arrived after %s",
                  words_duration(datagram->delay, time));
        if (datagram->overtaken) {
            words_add(words, ", overtaken%s", narrow ? "" : " by a later one");
        }
        if (datagram->copies > 1) {
            words_add(words, ", %u times", datagram->copies);
        }
        break;
    }
}

static void draw_line(const struct app *app, struct grid *grid, struct area area,
                      const struct datagram *datagram)
{
    const struct model *model = app->model;
    bool narrow = area.width < WIDE;
    int end = area.x + area.width, x = area.x + 1;
    enum style style = style_of(datagram);
    char time[WORDS_TIME_MAX];
    words_time(datagram->sent, time);
    grid_put_right(grid, x, area.y, x + 11, STYLE_TEXT, time);
    grid_put(grid, x + 13, area.y, end, style, datagram->side == 0 ? "▶" : "◀");
    x += 15;
    int next = x + (narrow ? NAME_NARROW : NAME_WIDTH);
    grid_put(grid, x, area.y, next - 1, STYLE_TEXT, model->pair[datagram->side]);
    x = next;
    next = x + (narrow ? WHAT_NARROW : WHAT_WIDTH);
    grid_put(grid, x, area.y, next - 1, style, datagram->what);
    x = next;
    if (!narrow) {
        char octets[24];
        snprintf(octets, sizeof octets, "%zu B", datagram->octets);
        grid_put_right(grid, x, area.y, x + 7, STYLE_DIM, octets);
        x += 9;
    }
    struct words fate = {0};
    say_fate(datagram, model->time, narrow, &fate);
    grid_put(grid, x, area.y, end,
             datagram->fate == DATAGRAM_LOST     ? STYLE_LOST
             : datagram->fate == DATAGRAM_FLYING ? STYLE_FOCUS
                                                 : STYLE_TEXT,
             fate.data);
    free(fate.data);
    grid_target(grid, area, TARGET_EVENT, datagram->ordinal);
}

void view_datagrams(const struct app *app, struct grid *grid, struct area area)
{
    const struct datagrams *datagrams = &app->network->datagrams;
    if (datagrams->count == 0 || area.height < 3) {
        return;
    }
    grid_fill(grid, area.x, area.y, area.x + area.width, STYLE_DIM, "─");
    grid_print(grid, area.x + 1, area.y, area.x + area.width, STYLE_TITLE,
               " the last datagrams of %s and %s, the newest first ", app->model->pair[0],
               app->model->pair[1]);
    for (size_t i = 0; i < datagrams->count && (int)i + 1 < area.height; i++) {
        struct area line = {area.x, area.y + 1 + (int)i, area.width, 1};
        draw_line(app, grid, line, &datagrams->list[i]);
    }
}
