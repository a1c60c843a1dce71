/* The ladder drawn. */
#include "ui/term/view_ladder.h"

#include <inttypes.h>

#include "ui/memory.h"
#include "ui/term/words.h"

/* Columns of an area: cursor and times, lifeline, lanes, lifeline, times. */
struct columns {
    int left, right; /* the area's, right exclusive */
    int line[2];     /* lifelines */
    bool both_times; /* there is room for times on the right */
};

#define TIME_WIDTH 12 /* cursor mark, up to "12345.678 901" cut to what fits, a space */
#define BOTH_TIMES_MIN 84

static struct columns columns_of(struct area area)
{
    struct columns columns = {.left = area.x, .right = area.x + area.width};
    columns.both_times = area.width >= BOTH_TIMES_MIN;
    columns.line[0] = area.x + TIME_WIDTH + 1;
    columns.line[1] = columns.right - (columns.both_times ? TIME_WIDTH + 1 : 2);
    return columns;
}

static int lane_column(const struct columns *columns, int side, int lane)
{
    return side == 0 ? columns->line[0] + 2 + 2 * lane : columns->line[1] - 2 - 2 * lane;
}

/* First and last column (exclusive) that no lane in use takes. */
static int free_from(const struct columns *columns, const struct ladder_row *row, int own_lane)
{
    int lane = row->lanes[0] ? 31 - __builtin_clz(row->lanes[0]) : -1;
    lane = own_lane > lane ? own_lane : lane;
    return lane < 0 ? columns->line[0] + 2 : lane_column(columns, 0, lane) + 2;
}

static int free_to(const struct columns *columns, const struct ladder_row *row, int own_lane)
{
    int lane = row->lanes[1] ? 31 - __builtin_clz(row->lanes[1]) : -1;
    lane = own_lane > lane ? own_lane : lane;
    return lane < 0 ? columns->line[1] - 1 : lane_column(columns, 1, lane) - 1;
}

static enum style style_of(const struct ladder_message *message)
{
    if (message->esp) {
        return STYLE_ESP;
    }
    if (message->transmission > 1) {
        return STYLE_AGAIN;
    }
    return message->response ? STYLE_RESPONSE : STYLE_REQUEST;
}

/* A message in words: "IKE_AUTH request · MID 1 · 272 B", with what is special about this
 * transmission. `brief` leaves out what narrow screens have no room for. */
static void print_title(const struct ladder_message *message, bool brief, char *text, size_t cap)
{
    const char *what = message->exchange ? message->exchange : "datagram";
    if (message->esp) {
        snprintf(text, cap, "%s %" PRIu64 " · %s · %" PRIu64 " B", what, message->message_id,
                 message->payloads ? message->payloads : "", message->length);
        return;
    }
    if (strcmp(what, LADDER_FORGED) == 0 || strcmp(what, LADDER_ICMP) == 0) {
        snprintf(text, cap, "%s · %" PRIu64 " B", what, message->length);
        return;
    }
    if (strcmp(what, LADDER_KEEPALIVE) == 0) {
        snprintf(text, cap, "%s", what);
        return;
    }
    const char *kind = message->response ? "response" : "request";
    if (message->transmission <= 1) {
        snprintf(text, cap, brief ? "%s %s %" PRIu64 : "%s %s · MID %" PRIu64 " · %" PRIu64 " B",
                 what, kind, message->message_id, message->length);
    } else if (message->response) {
        snprintf(text, cap,
                 brief ? "%s %s %" PRIu64 " · cached, again"
                       : "%s %s · MID %" PRIu64 " · the cached %" PRIu64 " B again",
                 what, kind, message->message_id, message->length);
    } else if (brief) {
        snprintf(text, cap, "%s %s %" PRIu64 " · again, try %" PRIu64, what, kind,
                 message->message_id, message->transmission);
    } else {
        snprintf(text, cap,
                 "%s %s · MID %" PRIu64 " · same %" PRIu64 " B · retransmission %" PRIu64, what,
                 kind, message->message_id, message->length, message->transmission - 1);
    }
}

/* ---- pieces of a line ---- */

static void draw_frame(struct grid *grid, int y, const struct columns *columns,
                       const struct ladder_row *row, const char *lifeline)
{
    for (int side = 0; side < 2; side++) {
        grid_put(grid, columns->line[side], y, columns->right, STYLE_LIFELINE, lifeline);
        for (int lane = 0; row && lane < LADDER_LANES; lane++) {
            if (row->lanes[side] >> lane & 1) {
                bool dashed = row->dashed[side] >> lane & 1;
                grid_put(grid, lane_column(columns, side, lane), y, columns->right,
                         dashed ? STYLE_AGAIN : STYLE_DIM, dashed ? "┆" : "│");
            }
        }
    }
}

static void draw_time(struct grid *grid, int y, const struct columns *columns, int side,
                      uint64_t time)
{
    char text[WORDS_TIME_MAX];
    words_time(time, text);
    if (side == 1 && columns->both_times) {
        grid_put(grid, columns->line[1] + 2, y, columns->right, STYLE_TEXT, text);
    } else {
        grid_put_right(grid, columns->left + 1, y, columns->line[0] - 1, STYLE_TEXT, text);
    }
}

/* A horizontal stroke over lanes: what goes on below shows as a crossing. */
static void draw_stroke(struct grid *grid, int y, int from, int to, enum style style,
                        const char *glyph, const struct columns *columns,
                        const struct ladder_row *row)
{
    grid_fill(grid, from, y, to, style, glyph);
    for (int side = 0; row && side < 2; side++) {
        for (int lane = 0; lane < LADDER_LANES; lane++) {
            int x = lane_column(columns, side, lane);
            if ((row->lanes[side] >> lane & 1) && x >= from && x < to) {
                grid_put(grid, x, y, to, style, "┼");
            }
        }
    }
}

/* Words in the middle of a stroke, with a space on both sides. */
static void draw_label(struct grid *grid, int y, int from, int to, enum style style,
                       const char *text)
{
    if (!text || !*text || to - from < 8) {
        return;
    }
    int room = to - from - 4;
    int width = grid_measure(grid, text);
    width = width < room ? width : room;
    int x = from + (to - from - width) / 2;
    grid_put(grid, x - 1, y, x, style, " ");
    int end = grid_put(grid, x, y, x + width, style, text);
    grid_put(grid, end, y, end + 1, style, " ");
}

static void draw_send(struct grid *grid, int y, const struct columns *columns,
                      const struct ladder *ladder, const struct ladder_row *row)
{
    const struct ladder_message *message = &ladder->messages[row->message];
    enum style style = style_of(message);
    const char *stroke = message->transmission > 1 ? "┄" : "─";
    int lane = lane_column(columns, row->side, message->lane);
    int from = free_from(columns, row, row->side == 0 ? message->lane : -1);
    int to = free_to(columns, row, row->side == 1 ? message->lane : -1);
    char title[160];
    print_title(message, false, title, sizeof title);
    if (grid_measure(grid, title) > to - from) {
        print_title(message, true, title, sizeof title);
    }
    if (row->side == 0) {
        grid_put(grid, columns->line[0], y, columns->right, style, "├");
        draw_stroke(grid, y, columns->line[0] + 1, lane, style, stroke, columns, row);
        grid_put(grid, lane, y, columns->right, style, "╮");
        grid_put(grid, from, y, to, style, title);
    } else {
        grid_put(grid, lane, y, columns->right, style, "╭");
        draw_stroke(grid, y, lane + 1, columns->line[1], style, stroke, columns, row);
        grid_put(grid, columns->line[1], y, columns->right, style, "┤");
        grid_put_right(grid, from, y, to, style, title);
    }
}

static void draw_arrive(struct grid *grid, int y, const struct columns *columns,
                        const struct ladder *ladder, const struct ladder_row *row)
{
    const struct ladder_message *message = &ladder->messages[row->message];
    bool copy = row->copy > 1;
    enum style style = copy || row->overtaken ? STYLE_COPY : style_of(message);
    const char *stroke = copy ? "╌" : message->transmission > 1 ? "┄" : "─";
    int lane = lane_column(columns, message->side, message->lane);
    struct words label = {0};
    words_add(&label, "%s%s", message->payloads ? message->payloads : "",
              copy             ? " · a copy made by the link"
              : row->overtaken ? " · overtaken by a later one"
                               : "");
    int from, to;
    if (message->side == 0) {
        from = lane + 1;
        to = columns->line[1] - 1;
        draw_stroke(grid, y, from, to, style, stroke, columns, row);
        grid_put(grid, lane, y, columns->right, style, row->last ? "╰" : "├");
        grid_put(grid, to, y, columns->right, style, "▶");
        grid_put(grid, columns->line[1], y, columns->right, style, "┤");
    } else {
        from = columns->line[0] + 2;
        to = lane;
        draw_stroke(grid, y, from, to, style, stroke, columns, row);
        grid_put(grid, lane, y, columns->right, style, row->last ? "╯" : "┤");
        grid_put(grid, from - 1, y, columns->right, style, "◀");
        grid_put(grid, columns->line[0], y, columns->right, style, "├");
    }
    int label_from = free_from(columns, row, -1), label_to = free_to(columns, row, -1);
    draw_label(grid, y, label_from > from ? label_from : from, label_to < to ? label_to : to, style,
               label.data);
    free(label.data);
}

/* What is not the link's dice but somebody's rule has a sign of its own. */
const char *ladder_loss_words(const char *why, const char **sign)
{
    static const struct {
        const char *why, *sign, *words;
    } table[] = {
        {"loss", "✗", "lost on the link"},
        {"gemodel", "✗", "lost in a bad moment of the link"},
        {"script", "⊘", "dropped by the script"},
        {"queue", "⊘", "the queue is full"},
        {"mtu", "⊘", "too big for the link"},
        {"down", "⊘", "the link is down"},
        {"attacker", "⊘", "kept by the attacker"},
        {"no route", "⊘", "nobody has the address"},
        {"no host", "⊘", "nobody has the address"},
        {"host down", "⊘", "the host is down"},
        {"no mapping", "⊘", "the NAT has no mapping"},
        {"filtered", "⊘", "the NAT lets none in"},
        {"no port", "⊘", "the NAT knows no ports"},
        {"no free port", "⊘", "the NAT is out of ports"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(why, table[i].why) == 0) {
            *sign = table[i].sign;
            return table[i].words;
        }
    }
    *sign = "⊘";
    return why;
}

static void draw_lost(struct grid *grid, int y, const struct columns *columns,
                      const struct ladder *ladder, const struct ladder_row *row)
{
    const struct ladder_message *message = &ladder->messages[row->message];
    const char *stroke = message->transmission > 1 ? "┄" : "─";
    const char *sign, *why = ladder_loss_words(row->text, &sign);
    int lane = lane_column(columns, message->side, message->lane);
    int why_width = grid_measure(grid, why) + 2;
    int inner = columns->line[1] - columns->line[0];
    int reach = inner * 11 / 20;
    if (reach > inner - why_width - 3) {
        reach = inner - why_width - 3;
    }
    int cross = message->side == 0 ? columns->line[0] + reach : columns->line[1] - reach;
    if (message->side == 0) {
        cross = cross > lane + 1 ? cross : lane + 1;
        draw_stroke(grid, y, lane + 1, cross, STYLE_LOST, stroke, columns, row);
        draw_label(grid, y, free_from(columns, row, message->lane) - 1, cross, STYLE_LOST,
                   message->payloads);
        grid_put(grid, lane, y, columns->right, STYLE_LOST, row->last ? "╰" : "├");
        grid_put(grid, cross + 2, y, free_to(columns, row, -1), STYLE_LOST, why);
    } else {
        cross = cross < lane - 1 ? cross : lane - 1;
        draw_stroke(grid, y, cross + 1, lane, STYLE_LOST, stroke, columns, row);
        draw_label(grid, y, cross + 1, free_to(columns, row, message->lane) + 1, STYLE_LOST,
                   message->payloads);
        grid_put(grid, lane, y, columns->right, STYLE_LOST, row->last ? "╯" : "┤");
        grid_put_right(grid, free_from(columns, row, -1), y, cross - 1, STYLE_LOST, why);
    }
    grid_put(grid, cross, y, columns->right, STYLE_LOST, sign);
}

static const char *mark_glyph(enum ladder_mark mark, enum style *style)
{
    static const struct {
        const char *glyph;
        enum style style;
    } marks[] = {
        [LADDER_MARK_PLAIN] = {"·", STYLE_TEXT},  [LADDER_MARK_STATE] = {"●", STYLE_STATE},
        [LADDER_MARK_KEY] = {"◆", STYLE_KEY},     [LADDER_MARK_CHILD] = {"■", STYLE_ESP},
        [LADDER_MARK_GOOD] = {"✓", STYLE_GOOD},   [LADDER_MARK_BAD] = {"✗", STYLE_LOST},
        [LADDER_MARK_TIMER] = {"↻", STYLE_AGAIN},
    };
    *style = marks[mark].style;
    return marks[mark].glyph;
}

/* Columns of "● ESTABLISHED", without what separates it from the next. */
static int note_width(const struct grid *grid, const struct ladder_row *row)
{
    enum style style;
    return grid_measure(grid, mark_glyph(row->mark, &style)) + 1 + grid_measure(grid, row->text);
}

static void draw_notes(struct grid *grid, int y, const struct columns *columns,
                       const struct ladder *ladder, const struct ladder_line *line)
{
    const struct ladder_row *row = &ladder->rows[line->row];
    int from = free_from(columns, row, -1), to = free_to(columns, row, -1);
    int x = from, width = -2;
    for (size_t i = 0; i < line->count; i++) {
        width += 2 + note_width(grid, row + i);
    }
    if (row->side == 1) {
        x = to - width > from ? to - width : from;
    }
    for (size_t i = 0; i < line->count; i++) {
        enum style style;
        const char *mark = mark_glyph(row[i].mark, &style);
        x = grid_put(grid, x, y, to, style, mark) + 1;
        x = grid_put(grid, x, y, to, style, row[i].text) + 2;
    }
    grid_put(grid, columns->line[row->side], y, columns->right, STYLE_LIFELINE,
             row->side == 0 ? "├" : "┤");
}

/* A run of ESP in words; `brief` leaves out what narrow screens have no room for. */
static char *esp_words(const struct ladder_esp_counts *counts, bool brief)
{
    struct words text = {0};
    char time[WORDS_TIME_MAX];
    uint64_t sent = counts->sent[0] + counts->sent[1];
    uint64_t arrived = counts->arrived[0] + counts->arrived[1];
    words_add(&text, counts->of_ah == 0 ? "ESP" : counts->of_ah == sent ? "AH" : "ESP, AH");
    for (int side = 0; side < 2; side++) {
        if (counts->sent[side] > 0) {
            words_add(&text, " %s %" PRIu64, side == 0 ? "→" : "←", counts->sent[side]);
        }
    }
    if (counts->no_sa > 0) {
        words_add(&text, "%s ✗ %" PRIu64 " without a CHILD SA", sent > 0 ? " ·" : "",
                  counts->no_sa);
    }
    if (arrived > 0 && (sent == 0 || !brief)) {
        words_add(&text, " · %" PRIu64 " arrived", arrived);
    }
    if (counts->lost > 0) {
        words_add(&text, " · ✗ %" PRIu64 " lost", counts->lost);
    }
    if (counts->copies > 0 && !brief) {
        words_add(&text, " · %" PRIu64 " duplicated", counts->copies);
    }
    if (counts->refused > 0) {
        words_add(&text, " · %" PRIu64 " refused", counts->refused);
    }
    if (counts->round_trip > 0) {
        words_add(&text, " · ping %s", words_duration(counts->round_trip, time));
    }
    return text.data;
}

static void draw_esp(struct grid *grid, int y, const struct columns *columns,
                     const struct ladder *ladder, const struct ladder_row *row, uint64_t ordinal)
{
    struct ladder_esp_counts counts = ladder_esp_count(ladder, row, ordinal);
    int from = free_from(columns, row, -1), to = free_to(columns, row, -1);
    char *text = esp_words(&counts, false);
    if (grid_measure(grid, text) > to - from - 4) {
        free(text);
        text = esp_words(&counts, true);
    }
    draw_stroke(grid, y, columns->line[0] + 1, columns->line[1], STYLE_ESP, "═", columns, row);
    draw_label(grid, y, from, to, STYLE_ESP, text);
    grid_put(grid, columns->line[0], y, columns->right, STYLE_ESP, "╞");
    grid_put(grid, columns->line[1], y, columns->right, STYLE_ESP, "╡");
    free(text);
}

/* ---- lines ---- */

struct ladder_line *ladder_layout(const struct grid *grid, int width, const struct ladder *ladder,
                                  size_t first, size_t end, size_t *count)
{
    struct ladder_line *lines = NULL;
    size_t cap = 0;
    struct columns columns = columns_of((struct area){.width = width});
    int used = 0;
    *count = 0;
    for (size_t i = first; i < end; i++) {
        const struct ladder_row *row = &ladder->rows[i];
        struct ladder_line *last = *count > 0 ? &lines[*count - 1] : NULL;
        const struct ladder_row *before = last ? &ladder->rows[last->row] : NULL;
        bool note = row->kind == LADDER_NOTE;
        if (note && before && before->kind == LADDER_NOTE && before->side == row->side &&
            before->time == row->time) {
            int room = free_to(&columns, before, -1) - free_from(&columns, before, -1);
            int more = 2 + note_width(grid, row);
            if (used + more <= room) {
                last->count++;
                used += more;
                continue;
            }
        }
        UI_GROW(lines, *count, cap);
        lines[(*count)++] = (struct ladder_line){i, 1};
        used = note ? note_width(grid, row) : 0;
    }
    return lines;
}

void ladder_draw_line(struct grid *grid, struct area area, const struct ladder *ladder,
                      const struct ladder_line *line, const struct ladder_now *now)
{
    struct columns columns = columns_of(area);
    const struct ladder_row *row = &ladder->rows[line->row];
    struct ladder_line shown = *line;
    bool later = row->ordinal > now->ordinal;
    while (!now->later && shown.count > 1 && row[shown.count - 1].ordinal > now->ordinal) {
        shown.count--;
    }
    draw_frame(grid, area.y, &columns, row, row->kind == LADDER_GAP ? "┊" : "│");
    switch (row->kind) {
    case LADDER_SEND:
        draw_send(grid, area.y, &columns, ladder, row);
        break;
    case LADDER_ARRIVE:
        draw_arrive(grid, area.y, &columns, ladder, row);
        break;
    case LADDER_LOST:
        draw_lost(grid, area.y, &columns, ladder, row);
        break;
    case LADDER_NOTE:
        draw_notes(grid, area.y, &columns, ladder, &shown);
        break;
    case LADDER_ESP:
        draw_esp(grid, area.y, &columns, ladder, row, now->later ? UINT64_MAX : now->ordinal);
        break;
    case LADDER_GAP:
        grid_print(grid, free_from(&columns, row, -1), area.y, free_to(&columns, row, -1),
                   STYLE_DIM, "⋮ %s", row->text);
        break;
    }
    if (row->kind != LADDER_GAP) {
        draw_time(grid, area.y, &columns, row->side, row->time);
    }
    if (later) {
        grid_restyle(grid, area.x, area.y, area.x + area.width, STYLE_DIM);
    }
}

void ladder_draw_head(struct grid *grid, struct area area, const struct ladder *ladder,
                      const struct ladder_now *now)
{
    struct columns columns = columns_of(area);
    int middle = (columns.line[0] + columns.line[1]) / 2;
    for (int side = 0; side < 2; side++) {
        char name[160];
        snprintf(name, sizeof name, "%s%s%s", ladder->host[side], now->place[side] ? "  " : "",
                 now->place[side] ? now->place[side] : "");
        const char *state = now->state[side] ? now->state[side] : "";
        if (side == 0) {
            grid_put(grid, columns.line[0], area.y, middle - 1, STYLE_LIFELINE, name);
            grid_put(grid, columns.line[0], area.y + 1, middle - 1, STYLE_STATE, state);
        } else {
            int end = columns.line[1] + 1;
            grid_put_right(grid, middle + 1, area.y, end, STYLE_LIFELINE, name);
            grid_put_right(grid, middle + 1, area.y + 1, end, STYLE_STATE, state);
        }
    }
    grid_fill(grid, area.x, area.y + 2, columns.right, STYLE_DIM, "─");
    for (int side = 0; side < 2; side++) {
        grid_put(grid, columns.line[side], area.y + 2, columns.right, STYLE_LIFELINE, "┼");
    }
}

/* ---- what is on its way ---- */

static void draw_flight(struct grid *grid, int y, const struct columns *columns,
                        const struct ladder_message *message, const struct ladder_row *row,
                        const struct ladder_now *now)
{
    enum style style = style_of(message);
    const char *stroke = message->transmission > 1 ? "┄" : "─";
    int lane = lane_column(columns, message->side, message->lane);
    int whole = message->side == 0 ? columns->line[1] - 2 - lane : lane - columns->line[0] - 2;
    uint64_t span =
        message->end_time > message->sent_time ? message->end_time - message->sent_time : 1;
    uint64_t gone = now->time > message->sent_time ? now->time - message->sent_time : 0;
    int reach = message->end_time == UINT64_MAX ? whole / 2
                : gone >= span                  ? whole
                               : (int)((double)whole * (double)gone / (double)span);
    reach = reach < 1 ? 1 : reach;
    if (message->side == 0) {
        draw_stroke(grid, y, lane + 1, lane + reach, style, stroke, columns, row);
        draw_label(grid, y, free_from(columns, row, message->lane) - 1, lane + reach, style,
                   message->payloads);
        grid_put(grid, lane, y, columns->right, style, "╰");
        grid_put(grid, lane + reach, y, columns->right, style, "▷");
    } else {
        draw_stroke(grid, y, lane - reach + 1, lane, style, stroke, columns, row);
        draw_label(grid, y, lane - reach + 1, free_to(columns, row, message->lane) + 1, style,
                   message->payloads);
        grid_put(grid, lane, y, columns->right, style, "╯");
        grid_put(grid, lane - reach, y, columns->right, style, "◁");
    }
}

/* Draws up to area.height lines of messages on their way; returns how many there are. With `grid`
 * NULL only counts. */
static int draw_flights(struct grid *grid, struct area area, const struct ladder *ladder,
                        const struct ladder_now *now)
{
    struct columns columns = columns_of(area);
    size_t flying[2 * LADDER_LANES];
    int count = (int)ladder_flying(ladder, now->ordinal, flying, sizeof flying / sizeof *flying);
    struct ladder_row row = {0};
    for (int i = 0; i < count; i++) {
        const struct ladder_message *message = &ladder->messages[flying[i]];
        row.lanes[message->side] |= (uint8_t)(1u << message->lane);
    }
    for (int i = 0; grid && i < count && i < area.height; i++) {
        const struct ladder_message *message = &ladder->messages[flying[i]];
        row.lanes[message->side] &= (uint8_t) ~(1u << message->lane);
        draw_frame(grid, area.y + i, &columns, &row, "│");
        draw_flight(grid, area.y + i, &columns, message, &row, now);
    }
    return count;
}

void view_ladder(struct grid *grid, struct area area, const struct ladder *ladder,
                 const struct ladder_now *now)
{
    ladder_draw_head(grid, area, ladder, now);
    struct area body = {area.x, area.y + LADDER_HEAD_HEIGHT, area.width,
                        area.height - LADDER_HEAD_HEIGHT};
    struct columns columns = columns_of(body);
    size_t current = ladder_row_at(ladder, now->ordinal);
    size_t end = now->later ? ladder->row_count : current == LADDER_NONE ? 0 : current + 1;
    size_t count, at = 0;
    struct ladder_line *lines = ladder_layout(grid, body.width, ladder, 0, end, &count);
    while (at + 1 < count && lines[at + 1].row <= current) {
        at++;
    }
    int flights = now->later ? 0 : draw_flights(NULL, body, ladder, now);
    flights = flights > body.height / 2 ? body.height / 2 : flights;
    size_t room = body.height > flights ? (size_t)(body.height - flights) : 0;
    /* With what comes later, the cursor stays in the upper two thirds. */
    size_t last = now->later ? at + room / 3 + 1 : count;
    last = last < room ? room : last;
    last = last > count ? count : last;
    size_t first = last > room ? last - room : 0;
    int y = body.y;
    for (size_t i = first; i < last; i++, y++) {
        struct area line = {body.x, y, body.width, 1};
        ladder_draw_line(grid, line, ladder, &lines[i], now);
        const struct ladder_row *row = &ladder->rows[lines[i].row + lines[i].count - 1];
        grid_target(grid, line, TARGET_EVENT, ladder_row_end(ladder, row));
        bool parts = row->ordinal >= now->parting &&
                     (i == 0 || ladder->rows[lines[i].row - 1].ordinal < now->parting);
        bool here = now->cursor && i == at && current != LADDER_NONE;
        if (here) {
            grid_put(grid, body.x, y, columns.line[0], STYLE_CURSOR, "▸");
        }
        if (now->parting != UINT64_MAX && parts) {
            grid_put(grid, body.x + here, y, columns.line[0], STYLE_FOCUS, "Δ");
        }
    }
    struct area rest = {body.x, y, body.width, body.y + body.height - y};
    if (flights > 0) {
        y += draw_flights(grid, rest, ladder, now);
    }
    for (; y < body.y + body.height; y++) {
        draw_frame(grid, y, &columns, NULL, "│");
    }
    free(lines);
}
