/* The windows: requests as slots, and which sequence numbers of ESP were taken. */
#include <inttypes.h>
#include <stdio.h>

#include "ui/memory.h"
#include "ui/term/view.h"
#include "ui/term/windows.h"
#include "ui/term/words.h"

#define SLOT_WIDTH 7
#define NAMES_WIDTH 10

/* From this height on slots have a frame. */
#define FRAMED_HEIGHT 22

struct slot_words {
    const char *sender, *receiver;
    enum style sender_style, receiver_style;
};

/* The highest Message ID that the receiver has taken. */
static uint64_t newest_taken(const struct windows_requests *requests)
{
    uint64_t newest = requests->first;
    for (uint64_t i = 0; i < WINDOWS_SLOTS; i++) {
        if (requests->slots[i].taken || requests->slots[i].cached > 0) {
            newest = requests->first + i;
        }
    }
    return newest;
}

/* What both ends have of a Message ID, in at most five letters. */
static struct slot_words words_of(const struct windows_requests *requests, uint64_t message_id,
                                  char *text, size_t cap)
{
    const struct windows_slot *slot = &requests->slots[message_id - requests->first];
    struct slot_words words = {"", "", STYLE_DIM, STYLE_DIM};
    if (slot->answered || message_id < requests->oldest) {
        words.sender = "ok";
        words.sender_style = STYLE_GOOD;
    } else if (slot->gave_up) {
        words.sender = "✗";
        words.sender_style = STYLE_LOST;
    } else if (slot->sent > 1) {
        snprintf(text, cap, "↻ %u×", slot->sent);
        words.sender = text;
        words.sender_style = STYLE_AGAIN;
    } else if (slot->sent == 1) {
        words.sender = "sent";
        words.sender_style = STYLE_REQUEST;
    } else if (message_id >= requests->next && message_id - requests->next < requests->waiting) {
        words.sender = "WAIT";
        words.sender_style = STYLE_LOST;
    } else if (message_id >= requests->next && message_id < requests->oldest + requests->size) {
        words.sender = "free";
    }
    if (slot->cached > 0 && message_id + requests->size <= newest_taken(requests)) {
        words.receiver = "forgot";
    } else if (slot->cached > 0) {
        /* It has to keep its answers to as many requests as it takes at a time (RFC 7296 §2.1). */
        words.receiver = "cached";
        words.receiver_style = STYLE_RESPONSE;
    } else if (slot->taken) {
        words.receiver = "has it";
        words.receiver_style = STYLE_RESPONSE;
    } else if (slot->sent > 0 && !slot->answered) {
        words.receiver = "–";
        words.receiver_style = STYLE_LOST;
    }
    return words;
}

static void put_middle(struct grid *grid, int x, int y, int width, enum style style,
                       const char *text)
{
    int measured = grid_measure(grid, text);
    int from = measured < width ? x + (width - measured) / 2 : x;
    grid_put(grid, from, y, x + width, style, text);
}

/* The line over or under the slots: heavy along the window. */
static void draw_border(struct grid *grid, int x, int y, int slots,
                        const struct windows_requests *requests, bool top)
{
    for (int i = 0; i <= slots; i++) {
        uint64_t message_id = requests->first + (uint64_t)i;
        bool inside =
            message_id >= requests->oldest && message_id < requests->oldest + requests->size;
        const char *corner = i == 0       ? (top ? "┌" : "└")
                             : i == slots ? (top ? "┐" : "┘")
                             : top        ? "┬"
                                          : "┴";
        int at = x + i * SLOT_WIDTH;
        grid_put(grid, at, y, at + 1, inside ? STYLE_TITLE : STYLE_DIM, corner);
        if (i < slots) {
            grid_fill(grid, at + 1, y, at + SLOT_WIDTH, inside ? STYLE_TITLE : STYLE_DIM,
                      inside ? "━" : "─");
        }
    }
}

/* One direction; returns the lines that it took. */
static int draw_requests(struct grid *grid, struct area area,
                         const struct windows_requests *requests, bool framed, uint64_t now)
{
    int y = area.y, x = area.x + 1, end = area.x + area.width;
    if (!requests->any) {
        grid_print(grid, x, y, end, STYLE_TITLE, "requests %s → %s", requests->from, requests->to);
        grid_print(grid, x, y + 1, end, STYLE_DIM, "%s has asked nothing yet.", requests->from);
        return 2;
    }
    char text[160];
    snprintf(text, sizeof text,
             "IKE SA %08" PRIx64 "… · window %" PRIu64 " · %" PRIu64 " out, %" PRIu64 " waiting%s",
             requests->spi_i >> 32, requests->size, requests->outstanding, requests->waiting,
             area.width >= 90 ? " · RFC 7296 §2.3" : "");
    int behind = end - 1 - grid_measure(grid, text);
    behind = behind < x + 28 ? x + 28 : behind;
    grid_print(grid, x, y, behind - 1, STYLE_TITLE, "requests %s → %s", requests->from,
               requests->to);
    grid_put_right(grid, behind, y++, end - 1, STYLE_DIM, text);
    int left = area.x + NAMES_WIDTH;
    int slots = (area.width - NAMES_WIDTH - 2) / SLOT_WIDTH;
    slots = slots > WINDOWS_SLOTS ? WINDOWS_SLOTS : slots;
    int lines = framed ? 3 : 1;
    int own = y + 1 + (framed ? 1 : 0), other = y + 1 + lines;
    grid_put(grid, x, y, left, STYLE_DIM, "MID");
    grid_put(grid, x, own, left - 1, STYLE_REQUEST, requests->from);
    grid_put(grid, x, other, left - 1, STYLE_RESPONSE, requests->to);
    if (framed) {
        draw_border(grid, left, y + 1, slots, requests, true);
        draw_border(grid, left, y + 3, slots, requests, false);
    }
    for (int i = 0; i <= slots; i++) {
        uint64_t message_id = requests->first + (uint64_t)i;
        int at = left + i * SLOT_WIDTH;
        bool inside =
            message_id >= requests->oldest && message_id < requests->oldest + requests->size;
        bool begins = message_id == requests->oldest,
             ends = message_id == requests->oldest + requests->size;
        grid_put(grid, at, own, at + 1, inside || ends ? STYLE_TITLE : STYLE_DIM,
                 framed && (begins || ends) ? "┃"
                 : framed                   ? "│"
                 : begins                   ? "["
                 : ends                     ? "]"
                                            : " ");
        if (i == slots) {
            break;
        }
        struct slot_words words = words_of(requests, message_id, text, sizeof text);
        char number[24];
        snprintf(number, sizeof number, "%" PRIu64, message_id);
        put_middle(grid, at + 1, y, SLOT_WIDTH - 1, inside ? STYLE_TITLE : STYLE_DIM, number);
        put_middle(grid, at + 1, own, SLOT_WIDTH - 1, words.sender_style, words.sender);
        put_middle(grid, at + 1, other, SLOT_WIDTH - 1, words.receiver_style, words.receiver);
    }
    char *why = windows_words(requests, now);
    int used =
        grid_put_wrapped(grid, (struct area){x, other + 1, area.width - 2, 2}, STYLE_WHY, why);
    free(why);
    return other + 1 + used - area.y;
}

/* ---- ESP ---- */

static bool bit_of(const struct windows_replay *replay, uint64_t back)
{
    return back < WINDOWS_BITS && (replay->bits[back / 8] >> back % 8 & 1);
}

/* The window from its left edge to its right one, in as many lines as it needs and there are. */
static int draw_bits(struct grid *grid, struct area area, const struct windows_replay *replay)
{
    int64_t width = area.width;
    int64_t window = (int64_t)(replay->window < WINDOWS_BITS ? replay->window : WINDOWS_BITS);
    int64_t lines = (window + width - 1) / width;
    lines = lines > area.height ? area.height : lines;
    int64_t shown = window < lines * width ? window : lines * width;
    for (int64_t i = 0; i < shown; i++) {
        uint64_t back = (uint64_t)(shown - 1 - i);
        int x = area.x + (int)(i % width), y = area.y + (int)(i / width);
        if (back >= replay->right_edge) {
            grid_put(grid, x, y, x + 1, STYLE_DIM, " ");
            continue;
        }
        bool set = bit_of(replay, back), tested = replay->right_edge - back == replay->sequence;
        enum style style = !tested              ? (set ? STYLE_ESP : STYLE_DIM)
                           : replay->refused[0] ? STYLE_LOST
                                                : STYLE_GOOD;
        grid_put(grid, x, y, x + 1, style,
                 tested ? (replay->refused[0] ? "✗" : "◉")
                 : set  ? "█"
                        : "·");
    }
    return (int)lines;
}

static int draw_replay(struct grid *grid, struct area area, const struct windows_replay *replay)
{
    int x = area.x + 1, end = area.x + area.width, y = area.y;
    char *verdict = windows_verdict(replay);
    x = grid_print(grid, x, y, end, STYLE_ESP, "%s %s → %s", replay->ah ? "AH" : "ESP",
                   replay->from, replay->to);
    grid_print(grid, x + 1, y, end, STYLE_DIM,
               "%s%s· SPI %08" PRIx32 " · window %" PRIu64 " · RFC %s §3.4.3", replay->child,
               replay->child[0] ? " " : "", replay->spi, replay->window,
               replay->ah ? "4302" : "4303");
    y++;
    uint64_t left =
        replay->right_edge >= replay->window ? replay->right_edge - replay->window + 1 : 1;
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, left);
    grid_put_right(grid, area.x + 1, y, area.x + NAMES_WIDTH - 1, STYLE_DIM, text);
    int room = area.width - 2 * NAMES_WIDTH;
    int lines =
        draw_bits(grid, (struct area){area.x + NAMES_WIDTH, y, room, area.height - 2}, replay);
    int width = replay->window < (uint64_t)room ? (int)replay->window : room;
    grid_print(grid, area.x + NAMES_WIDTH + width + 1, y + lines - 1, end, STYLE_DIM, "%" PRIu64,
               replay->right_edge);
    y += lines;
    grid_put(grid, area.x + NAMES_WIDTH, y, end, replay->refused[0] ? STYLE_LOST : STYLE_GOOD,
             verdict);
    free(verdict);
    return y + 1 - area.y;
}

/* Lines that all of it takes with frames and blank lines between. */
static int framed_height(const struct windows *windows)
{
    int lines = windows->replay_count > 0 ? 4 * (int)windows->replay_count : 1;
    for (int side = 0; side < 2; side++) {
        lines += windows->requests[side].any ? 9 : 3;
    }
    return lines;
}

void view_window(const struct app *app, struct grid *grid, struct area area)
{
    const struct windows *windows = app->windows;
    if (!windows->pair[0]) {
        grid_put(grid, area.x + 2, area.y + 1, area.x + area.width, STYLE_DIM,
                 "No two hosts have had to do with each other.");
        return;
    }
    bool framed = area.height >= FRAMED_HEIGHT || area.height >= framed_height(windows);
    int y = area.y, bottom = area.y + area.height;
    for (int side = 0; side < 2; side++) {
        y += draw_requests(grid, (struct area){area.x, y, area.width, bottom - y},
                           &windows->requests[side], framed, app->model->time);
        y += framed;
    }
    for (size_t i = 0; i < windows->replay_count && bottom - y >= 3; i++) {
        y += draw_replay(grid, (struct area){area.x, y, area.width, bottom - y},
                         &windows->replays[i]);
        y += framed && bottom - y > 3;
    }
    if (windows->replay_count == 0 && y < bottom) {
        grid_put(grid, area.x + 1, y, area.x + area.width, STYLE_DIM,
                 "No ESP packet has been looked at yet: the replay windows are empty.");
    }
}
