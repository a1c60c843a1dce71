/* The request window of RFC 7296 §2.3, and the ring that keeps what belongs to its Message IDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ike/ring.h"
#include "ike/window.h"

static void message_ids_begin_at_0_and_the_window_at_1_2_2(void **state)
{
    struct ike_window window;

    (void)state;
    ike_window_init(&window);
    assert_true(ike_window_open(&window));
    assert_int_equal(ike_window_take(&window), 0);
    assert_false(ike_window_open(&window));
    ike_window_answer(&window, 0);
    assert_int_equal(ike_window_take(&window), 1);
    ike_window_dispose(&window);
}

/* C08, W-02: request X waits for the responses to all requests up through X - N. */
static void request_x_waits_for_all_up_through_x_minus_n_2_3(void **state)
{
    struct ike_window window;

    (void)state;
    ike_window_init(&window);
    ike_window_widen(&window, 3);
    assert_int_equal(ike_window_take(&window), 0);
    assert_int_equal(ike_window_take(&window), 1);
    assert_int_equal(ike_window_take(&window), 2);
    assert_false(ike_window_open(&window));
    /* W-03: the answers to 1 and 2 open nothing as long as 0 is missing. */
    ike_window_answer(&window, 2);
    ike_window_answer(&window, 1);
    assert_false(ike_window_open(&window));
    assert_int_equal(ike_window_outstanding(&window), 1);
    ike_window_answer(&window, 0);
    assert_int_equal(window.oldest, 3);
    for (uint32_t id = 3; id < 6; id++) {
        assert_true(ike_window_open(&window));
        assert_int_equal(ike_window_take(&window), id);
    }
    assert_false(ike_window_open(&window));
    ike_window_dispose(&window);
}

/* W-07 */
static void a_window_only_grows_2_3(void **state)
{
    struct ike_window window;

    (void)state;
    ike_window_init(&window);
    ike_window_widen(&window, 8);
    ike_window_widen(&window, 2);
    assert_int_equal(window.size, 8);
    ike_window_widen(&window, UINT32_MAX);
    assert_int_equal(window.size, IKE_WINDOW_MAX);
    ike_window_dispose(&window);
}

/* What becomes of a peer's request, row by row: each is judged, then answered if it is new. */
static void requests_are_judged_by_their_place_2_3(void **state)
{
    static const struct {
        uint32_t message_id;
        enum ike_window_place place;
    } rows[] = {
        /* clang-format off: a table */
        /*  0 */ {4, IKE_WINDOW_ABOVE},      /* C04, W-05 */
        /*  1 */ {3, IKE_WINDOW_UNANSWERED}, /* W-04: out of order, inside */
        /*  2 */ {3, IKE_WINDOW_ANSWERED},
        /*  3 */ {1, IKE_WINDOW_UNANSWERED},
        /*  4 */ {4, IKE_WINDOW_ABOVE}, /* 0 is still missing */
        /*  5 */ {0, IKE_WINDOW_UNANSWERED},
        /*  6 */ {0, IKE_WINDOW_BELOW}, /* C05, W-06 */
        /*  7 */ {1, IKE_WINDOW_BELOW},
        /*  8 */ {3, IKE_WINDOW_ANSWERED},
        /*  9 */ {5, IKE_WINDOW_UNANSWERED}, /* 2 is the oldest now: 2..5 */
        /* 10 */ {6, IKE_WINDOW_ABOVE},
        /* 11 */ {2, IKE_WINDOW_UNANSWERED},
        /* 12 */ {3, IKE_WINDOW_BELOW},
        /* 13 */ {4, IKE_WINDOW_UNANSWERED},
        /* 14 */ {5, IKE_WINDOW_BELOW},
        /* 15 */ {9, IKE_WINDOW_UNANSWERED},
        /* 16 */ {10, IKE_WINDOW_ABOVE},
        /* clang-format on */
    };
    struct ike_window window;

    (void)state;
    ike_window_init(&window);
    ike_window_widen(&window, 4);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(ike_window_peer_place(&window, rows[i].message_id), rows[i].place);
        if (rows[i].place == IKE_WINDOW_UNANSWERED) {
            ike_window_answer(&window, rows[i].message_id);
        }
    }
    assert_int_equal(window.next, 10);
    ike_window_dispose(&window);
}

static void responses_fit_only_requests_that_are_outstanding_2_3(void **state)
{
    struct ike_window window;

    (void)state;
    ike_window_init(&window);
    ike_window_widen(&window, 4);
    ike_window_take(&window);
    ike_window_take(&window);
    ike_window_answer(&window, 1);
    assert_int_equal(ike_window_own_place(&window, 0), IKE_WINDOW_UNANSWERED);
    assert_int_equal(ike_window_own_place(&window, 1), IKE_WINDOW_ANSWERED);
    assert_int_equal(ike_window_own_place(&window, 2), IKE_WINDOW_ABOVE); /* never sent */
    ike_window_answer(&window, 0);
    assert_int_equal(ike_window_own_place(&window, 1), IKE_WINDOW_BELOW);
    ike_window_dispose(&window);
}

/* The bitmap is used round and round: the widest window, answered backwards, many times. */
static void the_widest_window_slides_for_ever_2_3(void **state)
{
    struct ike_window window;

    (void)state;
    ike_window_init(&window);
    ike_window_widen(&window, IKE_WINDOW_MAX);
    for (uint32_t round = 0; round < 5; round++) {
        uint32_t first = round * IKE_WINDOW_MAX;

        for (uint32_t i = 0; i < IKE_WINDOW_MAX; i++) {
            assert_int_equal(ike_window_take(&window), first + i);
        }
        assert_false(ike_window_open(&window));
        for (uint32_t i = IKE_WINDOW_MAX; i > 0; i--) {
            assert_int_equal(ike_window_own_place(&window, first + i - 1), IKE_WINDOW_UNANSWERED);
            ike_window_answer(&window, first + i - 1);
        }
        assert_int_equal(window.oldest, first + IKE_WINDOW_MAX);
        assert_int_equal(ike_window_outstanding(&window), 0);
    }
    ike_window_dispose(&window);
}

/* C10 */
static void message_ids_do_not_wrap_2_2(void **state)
{
    struct ike_window window;

    (void)state;
    ike_window_init(&window);
    ike_window_widen(&window, 4);
    window.oldest = window.next = UINT32_MAX - 2;
    assert_true(ike_window_exhausted(&window));
    assert_int_equal(ike_window_peer_place(&window, UINT32_MAX - 1), IKE_WINDOW_UNANSWERED);
    assert_int_equal(ike_window_peer_place(&window, UINT32_MAX), IKE_WINDOW_ABOVE);
    assert_int_equal(ike_window_peer_place(&window, 0), IKE_WINDOW_BELOW);
    assert_int_equal(ike_window_take(&window), UINT32_MAX - 2);
    assert_int_equal(ike_window_take(&window), UINT32_MAX - 1);
    assert_false(ike_window_open(&window));
    ike_window_dispose(&window);
}

/* ---- the ring ---- */

static void a_ring_gives_each_message_id_of_a_window_its_place(void **state)
{
    struct ike_endpoint endpoint = {0};
    struct ike_ring ring = {0};
    int items[6];

    (void)state;
    for (uint32_t id = 0; id < 4; id++) {
        assert_null(ike_ring_put(&endpoint, &ring, 4, id, &items[id]));
    }
    assert_ptr_equal(ike_ring_find(&ring, 2), &items[2]);
    assert_null(ike_ring_find(&ring, 6)); /* same place, another Message ID */
    /* The next one but a window takes the place: exactly then may a response be forgotten (§2.1).
     */
    assert_ptr_equal(ike_ring_put(&endpoint, &ring, 4, 4, &items[4]), &items[0]);
    assert_null(ike_ring_find(&ring, 0));
    assert_int_equal(ring.used, 4);
    for (uint32_t id = 1; id < 5; id++) {
        assert_ptr_equal(ike_ring_remove(&endpoint, &ring, id), &items[id]);
    }
    assert_int_equal(endpoint.held, 0); /* an empty ring takes no memory */
}

static void a_ring_grows_with_its_window_and_keeps_what_it_holds(void **state)
{
    struct ike_endpoint endpoint = {0};
    struct ike_ring ring = {0};
    int items[8];

    (void)state;
    ike_ring_put(&endpoint, &ring, 1, 7, &items[0]);
    for (uint32_t id = 8; id < 12; id++) {
        assert_null(ike_ring_put(&endpoint, &ring, 8, id, &items[id - 7]));
    }
    for (uint32_t id = 7; id < 12; id++) {
        assert_ptr_equal(ike_ring_remove(&endpoint, &ring, id), &items[id - 7]);
        assert_null(ike_ring_remove(&endpoint, &ring, id));
    }
    assert_int_equal(endpoint.held, 0);
}

/* A window that was told of: 3 and 5 of 2 to 5 are answered. */
static void a_window_with_gaps_is_made_again_2_3(void **state)
{
    static const uint8_t answered[] = {0, 1, 0, 1};
    struct ike_window window;

    (void)state;
    ike_window_init(&window);
    ike_window_widen(&window, 8);
    ike_window_advance(&window, 6);
    ike_window_reopen(&window, 4, answered);
    assert_int_equal(window.oldest, 2);
    assert_int_equal(ike_window_peer_place(&window, 1), IKE_WINDOW_BELOW);
    assert_int_equal(ike_window_peer_place(&window, 3), IKE_WINDOW_ANSWERED);
    assert_int_equal(ike_window_peer_place(&window, 4), IKE_WINDOW_UNANSWERED);
    assert_int_equal(ike_window_peer_place(&window, 9), IKE_WINDOW_UNANSWERED);
    assert_int_equal(ike_window_peer_place(&window, 10), IKE_WINDOW_ABOVE);
    for (uint32_t id = 0; id < 6; id++) {
        assert_int_equal(ike_window_is_answered(&window, id), id < 2 || id % 2 == 1);
    }
    ike_window_answer(&window, 2);
    assert_int_equal(window.oldest, 4);
    ike_window_answer(&window, 4);
    assert_int_equal(window.oldest, 6);
    ike_window_dispose(&window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_ids_begin_at_0_and_the_window_at_1_2_2),
        cmocka_unit_test(request_x_waits_for_all_up_through_x_minus_n_2_3),
        cmocka_unit_test(a_window_only_grows_2_3),
        cmocka_unit_test(requests_are_judged_by_their_place_2_3),
        cmocka_unit_test(responses_fit_only_requests_that_are_outstanding_2_3),
        cmocka_unit_test(the_widest_window_slides_for_ever_2_3),
        cmocka_unit_test(message_ids_do_not_wrap_2_2),
        cmocka_unit_test(a_ring_gives_each_message_id_of_a_window_its_place),
        cmocka_unit_test(a_ring_grows_with_its_window_and_keeps_what_it_holds),
        cmocka_unit_test(a_window_with_gaps_is_made_again_2_3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
