#include "ike/window.h"

#include <assert.h>
#include <stdlib.h>

enum { WORDS = IKE_WINDOW_MAX / 64 };

static bool is_answered(const struct ike_window *window, uint32_t message_id)
{
    uint32_t bit = message_id % IKE_WINDOW_MAX;

    return window->answered && (window->answered[bit / 64] >> (bit % 64) & 1);
}

static void set_answered(struct ike_window *window, uint32_t message_id, bool answered)
{
    uint32_t bit = message_id % IKE_WINDOW_MAX;

    window->answered[bit / 64] &= ~((uint64_t)1 << (bit % 64));
    window->answered[bit / 64] |= (uint64_t)answered << (bit % 64);
}

void ike_window_init(struct ike_window *window)
{
    *window = (struct ike_window){.size = 1};
}

void ike_window_dispose(struct ike_window *window)
{
    free(window->answered);
    window->answered = NULL;
}

void ike_window_widen(struct ike_window *window, uint32_t size)
{
    if (size > IKE_WINDOW_MAX) {
        size = IKE_WINDOW_MAX;
    }
    if (size > window->size) {
        window->size = size;
    }
}

bool ike_window_exhausted(const struct ike_window *window)
{
    return window->next >= UINT32_MAX - IKE_WINDOW_MAX;
}

bool ike_window_open(const struct ike_window *window)
{
    return window->next - window->oldest < window->size && window->next != UINT32_MAX;
}

uint32_t ike_window_take(struct ike_window *window)
{
    assert(ike_window_open(window));
    return window->next++;
}

static enum ike_window_place place_below(const struct ike_window *window, uint32_t message_id,
                                         uint64_t end)
{
    if (message_id < window->oldest) {
        return IKE_WINDOW_BELOW;
    }
    if (message_id >= end) {
        return IKE_WINDOW_ABOVE;
    }
    return is_answered(window, message_id) ? IKE_WINDOW_ANSWERED : IKE_WINDOW_UNANSWERED;
}

enum ike_window_place ike_window_own_place(const struct ike_window *window, uint32_t message_id)
{
    return place_below(window, message_id, window->next);
}

enum ike_window_place ike_window_peer_place(const struct ike_window *window, uint32_t message_id)
{
    uint64_t end = (uint64_t)window->oldest + window->size;

    return place_below(window, message_id, end < UINT32_MAX ? end : UINT32_MAX);
}

void ike_window_answer(struct ike_window *window, uint32_t message_id)
{
    assert(message_id >= window->oldest && message_id - window->oldest < window->size);
    assert(!is_answered(window, message_id));

    if (message_id >= window->next) {
        window->next = message_id + 1;
    }
    if (message_id != window->oldest) {
        if (!window->answered) {
            window->answered = calloc(WORDS, sizeof(*window->answered));
            if (!window->answered) {
                abort();
            }
        }
        set_answered(window, message_id, true);
        return;
    }
    window->oldest++;
    while (is_answered(window, window->oldest)) {
        set_answered(window, window->oldest, false);
        window->oldest++;
    }
    if (window->oldest == window->next) {
        ike_window_dispose(window);
    }
}

void ike_window_advance(struct ike_window *window, uint32_t next)
{
    assert(next >= window->next);
    ike_window_dispose(window);
    window->oldest = window->next = next;
}

bool ike_window_is_answered(const struct ike_window *window, uint32_t message_id)
{
    return message_id < window->oldest ||
           (message_id < window->next && is_answered(window, message_id));
}

void ike_window_reopen(struct ike_window *window, uint32_t gap, const uint8_t *answered)
{
    assert(window->oldest == window->next && gap <= window->size && gap <= window->next);
    assert(gap > 0 && !answered[0]);
    window->oldest -= gap;
    window->answered = calloc(WORDS, sizeof(*window->answered));
    if (!window->answered) {
        abort();
    }
    for (uint32_t i = 0; i < gap; i++) {
        set_answered(window, window->oldest + i, answered[i]);
    }
}

uint32_t ike_window_outstanding(const struct ike_window *window)
{
    uint32_t count = 0;

    for (uint32_t id = window->oldest; id != window->next; id++) {
        count += !is_answered(window, id);
    }
    return count;
}
