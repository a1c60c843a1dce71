/* Hosts and the links between them, with what is on its way. */
#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/network.h"
#include "ui/term/overview.h"
#include "ui/term/view.h"
#include "ui/term/words.h"

#define LINK_HEIGHT 6
#define BOX_WIDTH 18

static const struct trace_host_state *host_of(const struct model *model, const char *name)
{
    for (uint32_t i = 0; i < model->state->host_count; i++) {
        if (strcmp(model->state->hosts[i].name, name) == 0) {
            return &model->state->hosts[i];
        }
    }
    return NULL;
}

static void draw_host(const struct app *app, struct grid *grid, int x, int y, const char *name,
                      const struct trace_end_state *end, bool selected)
{
    const struct trace_host_state *host = host_of(app->model, name);
    enum style frame = selected ? STYLE_CURSOR : STYLE_DIM;
    int right = x + BOX_WIDTH;
    grid_put(grid, x, y, right, frame, "┌");
    grid_fill(grid, x + 1, y, right - 1, frame, "─");
    grid_put(grid, right - 1, y, right, frame, "┐");
    grid_put(grid, x, y + 4, right, frame, "└");
    grid_fill(grid, x + 1, y + 4, right - 1, frame, "─");
    grid_put(grid, right - 1, y + 4, right, frame, "┘");
    for (int i = 1; i < 4; i++) {
        grid_put(grid, x, y + i, right, frame, "│");
        grid_put(grid, right - 1, y + i, right, frame, "│");
    }
    grid_put(grid, x + 2, y + 1, right - 1, selected ? STYLE_CURSOR : STYLE_LIFELINE, name);
    grid_put(grid, x + 2, y + 2, right - 1, STYLE_DIM, host && host->address ? host->address : "");
    grid_put(grid, x + 2, y + 3, right - 1, STYLE_STATE, end->state ? end->state : "no IKE SA");
}

/* The pipe with what moves in it; both directions share the glyphs, turned round. */
static void draw_pipe(struct grid *grid, int from, int to, int y, const struct network_way *way,
                      int side)
{
    grid_fill(grid, from, y, to, STYLE_DIM, "─");
    for (size_t i = way->packet_count; i-- > 0;) {
        const struct network_packet *packet = &way->packets[i];
        int length = to - from - 1, step = packet->permille * length / 1000;
        int x = side == 0 ? from + step : to - 1 - step;
        const char *glyph = packet->lost  ? "✗"
                            : packet->esp ? (side == 0 ? "›" : "‹")
                                          : (side == 0 ? "▶" : "◀");
        enum style style = packet->lost  ? STYLE_LOST
                           : packet->esp ? STYLE_ESP
                                         : (side == 0 ? STYLE_REQUEST : STYLE_RESPONSE);
        grid_put(grid, x, y, x + 1, style, glyph);
    }
}

#define GAUGE_WIDTH 8

/* The queue at the sender's end, if anything has waited there of late: how full it is. */
static void draw_gauge(struct grid *grid, int from, int to, int y, const struct network_way *way,
                       int side)
{
    if (way->limit == 0) {
        return;
    }
    int full = (int)(way->waiting * GAUGE_WIDTH / way->limit);
    full = way->waiting > 0 && full == 0 ? 1 : full > GAUGE_WIDTH ? GAUGE_WIDTH : full;
    for (int i = 0; i < GAUGE_WIDTH; i++) {
        int x = side == 0 ? from + i : to - 1 - i;
        /* It fills up from the link's end. */
        bool filled = GAUGE_WIDTH - 1 - i < full;
        grid_put(grid, x, y, x + 1, filled ? STYLE_AGAIN : STYLE_DIM, filled ? "▮" : "▯");
    }
}

static char *way_words(const struct network_way *way, int width)
{
    struct words words = {0};
    char one[WORDS_TIME_MAX], two[WORDS_TIME_MAX];
    bool narrow = width < 60;
    if (way->limit > 0) {
        words_add(&words, "queue %zu of %" PRIu64 " · ", way->waiting, way->limit);
    }
    words_add(&words, narrow ? "%zu flying · %" PRIu64 " sent" : "%zu on the way · sent %" PRIu64,
              way->flying, way->sent);
    words_add(&words, narrow ? " · ✗ %" PRIu64 : " · lost %" PRIu64, way->lost);
    if (way->sent > 0) {
        words_add(&words, " (%" PRIu64 " %%)", way->lost * 100 / way->sent);
    }
    if (way->doubled > 0 && !narrow) {
        words_add(&words, " · doubled %" PRIu64, way->doubled);
    }
    if (way->delays > 0 && !narrow) {
        words_add(&words, " · %s … %s", words_duration(way->delay_min, one),
                  words_duration(way->delay_max, two));
    }
    return words.data;
}

static char *recent_words(const struct network_way *way, const char *from)
{
    struct words words = {0};
    if (way->recent == 0) {
        words_add(&words, "nothing of %s's yet", from);
        return words.data;
    }
    words_add(&words, "%s's last %zu: lost %zu", from, way->recent, way->recent_lost);
    if (way->waited_most > 0) {
        words_add(&words, ", up to %" PRIu64 " waited", way->waited_most);
    }
    if (way->lost_queue > 0) {
        words_add(&words, ", %zu in a full queue", way->lost_queue);
    }
    if (way->lost_other > 0) {
        words_add(&words, ", %zu for another reason", way->lost_other);
    }
    words_add(&words, ", overtaken %zu", way->overtaken);
    return words.data;
}

/* NAT boxes stand across both directions, near the host that is behind them. */
static char *draw_nats(struct grid *grid, int from, int to, int y, const struct network_link *link,
                       const char *const names[2])
{
    struct words words = {0};
    for (int side = 0; side < 2; side++) {
        const struct network_way *way = &link->way[side];
        if (!way->outside[0]) {
            continue;
        }
        int x = side == 0 ? from + (to - from) / 5 : to - 1 - (to - from) / 5;
        grid_put(grid, x, y + 1, to, STYLE_KEY, "║");
        grid_put(grid, x, y + 3, to, STYLE_KEY, "║");
        words_add(&words, "%s║ NAT %s: outside, %s is %s", words.len > 0 ? " · " : "", way->nat,
                  names[side], way->outside);
    }
    return words.data;
}

static void draw_link(const struct app *app, struct grid *grid, struct area area,
                      const struct network_link *link)
{
    const struct trace_pair_state *pair = &app->model->state->pairs[link->pair];
    bool selected = link->pair == app->model->pair_index;
    int left = area.x + 1, right = area.x + area.width - BOX_WIDTH - 1;
    int from = left + BOX_WIDTH + 1, to = right - 1;
    draw_host(app, grid, left, area.y, pair->a, &pair->end[0], selected);
    draw_host(app, grid, right, area.y, pair->b, &pair->end[1], selected);
    for (int side = 0; side < 2; side++) {
        const struct network_way *way = &link->way[side];
        int y = area.y + (side == 0 ? 1 : 3);
        draw_pipe(grid, from, to, y, way, side);
        draw_gauge(grid, from, to, y, way, side);
        grid_put(grid, side == 0 ? to : from - 1, y, to + 1, STYLE_DIM, side == 0 ? "▶" : "◀");
        char *text = way_words(way, to - from);
        grid_put(grid, from, side == 0 ? y - 1 : y + 1, to, STYLE_TEXT, text);
        free(text);
    }
    char *nats = draw_nats(grid, from, to, area.y, link, (const char *const[]){pair->a, pair->b});
    grid_target(grid, area, TARGET_PAIR, link->pair);
    if (nats) {
        grid_put(grid, from, area.y + 2, to, STYLE_KEY, nats);
        free(nats);
        return;
    }
    char *text = recent_words(&link->way[0], pair->a);
    char *other = recent_words(&link->way[1], pair->b);
    bool both = grid_measure(grid, text) + grid_measure(grid, other) + 3 < to - from;
    struct words words = {0};
    words_add(&words, both ? "%s · %s" : "%s", text, other);
    grid_put(grid, from, area.y + 2, to, STYLE_DIM, words.data);
    free(words.data);
    free(text);
    free(other);
}

void view_network(const struct app *app, struct grid *grid, struct area area)
{
    const struct network *network = app->network;
    if (!app->model->state || network->count == 0) {
        grid_put(grid, area.x + 2, area.y + 1, area.x + area.width, STYLE_DIM,
                 "No two hosts have had to do with each other by now.");
        return;
    }
    int y = area.y;
    for (size_t i = 0; i < network->count && y + LINK_HEIGHT - 1 <= area.y + area.height; i++) {
        draw_link(app, grid, (struct area){area.x, y, area.width, LINK_HEIGHT}, &network->links[i]);
        y += LINK_HEIGHT;
    }
    view_datagrams(app, grid, (struct area){area.x, y, area.width, area.y + area.height - y});
}
