/*
 * The request window of RFC 7296 §2.3, one for the requests that this end sends ("own") and one for
 * those that it answers ("peer"). Message IDs only: what is sent and kept is elsewhere.
 *
 *               oldest                      next
 *     ... answered | unanswered or answered  | not used yet ...
 *                  |<------- at most size ------->|
 *
 * Own: a request X waits until all up through X - size are answered, so at most `size` lie between
 * `oldest` and `next`. Peer: its sender obeys the same rule, so nothing at `oldest` + size or above
 * can be legitimate; inside, requests may come in any order.
 */
#ifndef IKESIM_IKE_WINDOW_H
#define IKESIM_IKE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "ike/limits.h"

struct ike_window {
    uint32_t size;
    uint32_t oldest; /* lowest Message ID that is not answered */
    uint32_t next;   /* own: next to use; peer: one past the highest answered */
    /* Those above `oldest` that are: IKE_WINDOW_MAX bits, bit n of Message IDs n modulo that. NULL:
     * none is. */
    uint64_t *answered;
};

/* Message IDs begin at 0 and the size is 1 until the initial exchanges are complete. */
void ike_window_init(struct ike_window *window);
void ike_window_dispose(struct ike_window *window);

/* A window can only be increased (§2.3); sizes above IKE_WINDOW_MAX are used as that. */
void ike_window_widen(struct ike_window *window, uint32_t size);

/* The last Message ID of all is never used in either direction: an SA must be closed before they
 * wrap (§2.2). True when it is time to, with a window's worth left to do it in. */
bool ike_window_exhausted(const struct ike_window *window);

/* Own: whether one more request may be sent now. */
bool ike_window_open(const struct ike_window *window);

/* Own: takes the next Message ID. Only while the window is open. */
uint32_t ike_window_take(struct ike_window *window);

enum ike_window_place {
    IKE_WINDOW_BELOW,      /* answered, and all before it */
    IKE_WINDOW_ANSWERED,   /* answered out of order */
    IKE_WINDOW_UNANSWERED, /* own: outstanding; peer: to be accepted as new */
    IKE_WINDOW_ABOVE,      /* own: never sent; peer: outside of the window */
};
enum ike_window_place ike_window_own_place(const struct ike_window *window, uint32_t message_id);
enum ike_window_place ike_window_peer_place(const struct ike_window *window, uint32_t message_id);

/* Marks one that was IKE_WINDOW_UNANSWERED as answered and slides over the answered prefix. Takes
 * memory, and ends the program when there is none, while one is answered out of order. */
void ike_window_answer(struct ike_window *window, uint32_t message_id);

/* Goes on at `next`, as if all before it were answered (RFC 6311 §5.1). Never goes back: asserted.
 */
void ike_window_advance(struct ike_window *window, uint32_t next);

/* Whether a Message ID is answered, wherever it lies. */
bool ike_window_is_answered(const struct ike_window *window, uint32_t message_id);

/* `gap` Message IDs before `next` are not all answered, those alone for which `answered` is 1; the
 * first is not, and the peer's last is. For a window that had been given its counter alone. */
void ike_window_reopen(struct ike_window *window, uint32_t gap, const uint8_t *answered);

/* Own: how many are outstanding. O(size). */
uint32_t ike_window_outstanding(const struct ike_window *window);

#endif
