/* Help, made from the table of keys, and texts that lie over a screen. */
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/guide.h"
#include "ui/term/view.h"

struct help_line {
    enum style style;
    char text[120];
};

/* What the signs of a screen mean. */
static const struct {
    unsigned screens;
    const char *text;
} legend[] = {
    {CONTEXT_LADDER, "├─╮ … ╰──▶┤  a message leaves, runs down in a lane, and arrives"},
    {CONTEXT_LADDER, "┄┄┄  the same octets again: a retransmission, or a cached response"},
    {CONTEXT_LADDER, "──✗  lost: it ends on the link, and nobody is told"},
    {CONTEXT_LADDER, "──⊘  dropped by a rule: the script, a full queue, the MTU, an outage"},
    {CONTEXT_LADDER, "╌╌╌  a copy that the link made; \"overtaken\": a later one was here first"},
    {CONTEXT_LADDER, "──▷  on its way now"},
    {CONTEXT_LADDER, "═══  a run of ESP packets, → from left to right (u unfolds it)"},
    {CONTEXT_LADDER, "●  state of the IKE SA   ◆  keys   ■  CHILD SA   ✓  verified   ✗  refused"},
    {CONTEXT_LADDER, "↻  a timer: no response came   ⋮  nothing happens for that long"},
    {CONTEXT_LADDER, "●─◉─○  states behind it, the state it is in, states to come"},
    {CONTEXT_MESSAGE, "▽ open  ▷ closed: fields inside   ▐ ▌  the octets of the selected field"},
    {CONTEXT_MESSAGE,
     "of a field smaller than an octet the bits stand below: the lit ones are its"},
    {CONTEXT_KEYS, "i r w: the initiator, the responder, a wiretap can compute it; · cannot"},
    {CONTEXT_KEYS, "…  not there yet at the cursor"},
    {CONTEXT_WINDOW, "ok answered   sent, ↻ n×: out, so often   WAIT: no place   free: may go out"},
    {CONTEXT_WINDOW,
     "━━ the window: what may be out at once   cached: answer kept, forgot: no more"},
    {CONTEXT_WINDOW, "█ taken   · not seen   ◉ the packet under test, taken   ✗ refused"},
    {CONTEXT_NETWORK, "▶ ◀ an IKE message on its way   › ‹ an ESP packet   ✗ lost a moment ago"},
    {CONTEXT_NETWORK, "║ a NAT box, and the address that it gives to who is behind it"},
    {CONTEXT_STORM, "▁▂▃▄▅▆▇█ a figure over the time of the run; of CPU the whole height is 100 %"},
    {CONTEXT_LESSON, "a ... h answer a question, or letters and digits that are typed"},
    {CONTEXT_LESSON, "▐ ▌  what the step points at; it is lit on the screen where it stands there"},
    {CONTEXT_LESSON,
     "✗ \"...\"  what is often read, and wrong   ✓ ✗  the answer was right, was not"},
    {CONTEXT_OVERVIEW, "up, half (one end only), init, closed; ▁▂▃▄▅▆▇█ datagrams over the run"},
    {CONTEXT_SCREENS | CONTEXT_LESSON,
     "The mouse: a click selects, a second one opens; the wheel scrolls. With Shift"},
    {CONTEXT_SCREENS | CONTEXT_LESSON,
     "the terminal selects text; --no-mouse leaves the mouse to it altogether."},
    {CONTEXT_SCREENS, "On the line of time: ✗ an IKE message lost, ╵ a packet lost, ↻ a rekey,"},
    {CONTEXT_SCREENS, "Δ where the run with a change (w) first differs from the one without"},
    {CONTEXT_SCREENS, "! gave up, failed, refused, or a full queue"},
};

/* Lines of text from `top` on; no further than to the last one. */
static size_t first_line(size_t top, size_t count, size_t room)
{
    size_t last = count > room ? count - room : 0;
    return top < last ? top : last;
}

void view_help(const struct app *app, struct grid *grid, struct area area)
{
    size_t count;
    const struct binding *table = keys_table(&count);
    bool lesson = app->guide && !app->guide->roaming;
    unsigned screen = (1u << app->screen) | (app->guide ? CONTEXT_ROAMING : 0u);
    unsigned context = app->sheet ? CONTEXT_SHEET : lesson ? CONTEXT_LESSON : screen;
    struct help_line lines[96] = {0};
    size_t used = 0, cap = sizeof lines / sizeof *lines;
    snprintf(lines[used].text, sizeof lines->text, "Keys in %s",
             lesson ? "a lesson" : app_screen_name(app->screen));
    lines[used++].style = STYLE_TITLE;
    for (size_t i = 0; i < count && used < cap; i++) {
        if (table[i].help && (table[i].contexts & context)) {
            snprintf(lines[used].text, sizeof lines->text, "%s\t%s", table[i].label, table[i].help);
            lines[used++].style = STYLE_TEXT;
        }
    }
    for (size_t i = 0; i <= sizeof legend / sizeof *legend && used < cap; i++) {
        if (i > 0 && !(legend[i - 1].screens & context)) {
            continue;
        }
        snprintf(lines[used].text, sizeof lines->text, "%s",
                 i == 0 ? "What the signs mean" : legend[i - 1].text);
        lines[used++].style = i == 0 ? STYLE_TITLE : STYLE_TEXT;
    }
    size_t room = area.height > 0 ? (size_t)area.height : 0;
    size_t top = first_line(app->help_top, used, room);
    int end = area.x + area.width;
    for (size_t i = top; i < used && i - top < room; i++) {
        int y = area.y + (int)(i - top);
        char *tab = strchr(lines[i].text, '\t');
        if (tab) {
            *tab = '\0';
            grid_put(grid, area.x + 2, y, area.x + 13, STYLE_FOOTER_KEY, lines[i].text);
            grid_put(grid, area.x + 14, y, end, lines[i].style, tab + 1);
        } else {
            grid_put(grid, area.x + 1, y, end, lines[i].style, lines[i].text);
        }
    }
    if (used > top + room) {
        grid_put_right(grid, area.x, area.y, end - 1, STYLE_DIM, "↓ more below");
    }
}

/* Draws the lines of a text from `top` on, wrapped; with `grid_y` -1 only counts them. */
static size_t put_lines(struct grid *grid, struct area area, const char *text, size_t top,
                        bool draw)
{
    char *copy = ui_copy(text);
    size_t line = 0;
    for (char *at = copy, *next = at; next; at = next) {
        char *newline = strchr(at, '\n');
        next = newline ? newline + 1 : NULL;
        if (newline) {
            *newline = '\0';
        }
        do {
            size_t rest, len = grid_wrap(grid, at, area.width, &rest);
            /* What is longer than a line and has no blank is broken where the line ends. */
            char kept = at[len];
            at[len] = '\0';
            if (draw && line >= top && line - top < (size_t)area.height) {
                grid_put(grid, area.x, area.y + (int)(line - top), area.x + area.width, STYLE_TEXT,
                         at);
            }
            at[len] = kept;
            at += rest > 0 ? rest : len;
            line++;
        } while (*at);
    }
    free(copy);
    return line;
}

void view_sheet(const struct app *app, struct grid *grid, struct area area)
{
    int end = area.x + area.width;
    grid_fill(grid, area.x, area.y, end, STYLE_DIM, "─");
    grid_print(grid, area.x + 1, area.y, end - 1, STYLE_TITLE, " %s ", app->sheet_title);
    struct area body = {area.x + 1, area.y + 1, area.width - 2, area.height - 1};
    size_t count = put_lines(grid, body, app->sheet, 0, false);
    size_t top = first_line(app->sheet_top, count, (size_t)body.height);
    put_lines(grid, body, app->sheet, top, true);
    if (count > top + (size_t)body.height) {
        grid_put_right(grid, area.x, area.y, end - 1, STYLE_DIM, " ↓ more below ");
    }
}
