/* Several requests at once (RFC 7296 §2.3): the sender's limit, the queue, any order of arrival. */
#include "ike/sa.h"
#include "tests/ike/pair.h"

/* An established pair with windows of `a` and `b` requests, as each announced. */
static struct pair *pair_with_windows(uint32_t a, uint32_t b, uint64_t *sa, uint64_t *gateway)
{
    struct pair *pair = pair_new();

    pair->a.policy.window = a;
    pair->b.policy.window = b;
    pair_start(pair);
    *sa = pair_establish(pair, gateway);
    return pair;
}

/*
 *  W-01, C08: gw announced 1, so alice's second request waits for the answer to the first.
 *    |---- request 2 ---->|
 *    |     (3 waits)      |
 *    |<--- response 2 ----|
 *    |---- request 3 ---->|
 */
static void a_window_of_1_lets_one_request_out_2_3(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(4, 1, &sa, &gateway);

    (void)state;
    pair_check_liveness(&pair->a, sa);
    pair_check_liveness(&pair->a, sa);
    assert_int_equal(pair_in_flight_to(&pair->b), 1);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    assert_int_equal(pair_in_flight_to(&pair->b), 1);
    assert_int_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_SENT_EVENT)->message_id, 3);
    pair_free(pair);
}

/* W-02: never more outstanding than the peer announced; the sizes of the two directions differ. */
static void each_end_sends_as_much_as_the_other_announced_2_3(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(2, 5, &sa, &gateway);

    (void)state;
    for (int i = 0; i < 8; i++) {
        pair_check_liveness(&pair->a, sa);
        pair_check_liveness(&pair->b, gateway);
    }
    assert_int_equal(pair_in_flight_to(&pair->b), 5);
    assert_int_equal(pair_in_flight_to(&pair->a), 2);
    pair_settle(pair);
    /* C01: each end counts its own requests. */
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->own.next, 2 + 8);
    assert_int_equal(ike_sa_by_id(pair->b.ike, gateway)->own.next, 8);
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->queued, 0);
    pair_free(pair);
}

/* W-08: an announcement in IKE_AUTH opens nothing before the exchange is complete. */
static void the_window_is_1_until_the_initial_exchanges_complete_2_3(void **state)
{
    struct pair *pair = pair_new();
    uint64_t gateway;
    const char *why = NULL;
    struct ike_actions actions = {0};

    (void)state;
    pair->a.policy.window = pair->b.policy.window = 8;
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    /* K11: nothing of its own may the responder send yet. */
    assert_int_equal(ike_endpoint_check_liveness(pair->b.ike, pair->now, gateway, &actions, &why),
                     -1);
    assert_non_null(why);
    assert_int_equal(actions.count, 0);
    assert_int_equal(ike_sa_by_id(pair->b.ike, gateway)->own.size, 1);
    assert_int_equal(ike_sa_by_id(pair->b.ike, gateway)->peer.size, 1);
    pair_free(pair);
}

/* W-10: both wait for each other's answer, and both serve each other meanwhile. */
static void both_ends_serve_while_they_wait_2_3(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(1, 1, &sa, &gateway);

    (void)state;
    pair_create_child(&pair->a, sa, "net");
    pair_create_child(&pair->b, gateway, "net");
    assert_int_equal(pair->flight_count, 2);
    pair_settle(pair);
    assert_int_equal(party_children(&pair->a, sa), 3);
    assert_int_equal(party_children(&pair->b, gateway), 3);
    pair_free(pair);
}

enum { FULL = 4 };

/* A walk through all orders: at each step one of the datagrams in flight is chosen, and the choices
 * count up like the digits of a number whose places have the numbers of datagrams as their bases.
 */
struct walk {
    size_t steps;
    size_t choice[2 * FULL], options[2 * FULL];
};

/* False when all have been walked. */
static bool next_walk(struct walk *walk)
{
    for (size_t i = walk->steps; i-- > 0;) {
        if (++walk->choice[i] < walk->options[i]) {
            walk->steps = 0;
            return true;
        }
        walk->choice[i] = 0;
    }
    return false;
}

static void take_walk(struct pair *pair, struct walk *walk)
{
    for (walk->steps = 0; pair->flight_count; walk->steps++) {
        assert_true(walk->steps < 2 * FULL);
        walk->options[walk->steps] = pair->flight_count;
        pair_deliver(pair, walk->choice[walk->steps]);
    }
}

static void assert_children_agree(const struct pair *pair, size_t count)
{
    assert_int_equal(pair->a.installed_count, count);
    assert_int_equal(pair->b.installed_count, count);
    for (size_t i = 0; i < count; i++) {
        size_t j = 0;

        while (pair->b.installed[j].spi_out != pair->a.installed[i].spi_in) {
            assert_true(++j < count);
        }
        assert_memory_equal(pair->a.installed[i].key_in.encr_key,
                            pair->b.installed[j].key_out.encr_key, 20);
    }
}

/*
 *  W-03, W-04: a full window of 4 requests and their answers, in every order in which they can
 * come: 8! / 2^4 = 2520, for an answer comes after its request.
 *    |---- 2 -\  /---->|
 *    |---- 3 --\/----->|
 *    |---- 4 --/\----->|
 *    |---- 5 -/  \---->|
 *    |<--- answers ----|
 */
static void requests_and_responses_may_come_in_any_order_2_3(void **state)
{
    struct walk walk = {0};
    size_t walks = 0;

    (void)state;
    do {
        uint64_t sa, gateway;
        struct pair *pair = pair_with_windows(FULL, FULL, &sa, &gateway);

        for (int i = 0; i < FULL; i++) {
            pair_create_child(&pair->a, sa, "net");
        }
        assert_int_equal(pair_in_flight_to(&pair->b), FULL);
        take_walk(pair, &walk);
        assert_int_equal(walk.steps, 2 * FULL);
        assert_children_agree(pair, FULL + 1);
        assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->own.oldest, 2 + FULL);
        assert_int_equal(ike_sa_by_id(pair->b.ike, gateway)->peer.oldest, 2 + FULL);
        assert_int_equal(party_count(&pair->a, TRACE_IKE_MESSAGE_DROPPED_EVENT), 0);
        assert_int_equal(party_count(&pair->b, TRACE_IKE_MESSAGE_DROPPED_EVENT), 0);
        pair_free(pair);
        walks++;
    } while (next_walk(&walk));
    assert_int_equal(walks, 2520);
}

/* W-04, RT-02: a whole window of responses is kept; each lost one is repeated. */
static void the_last_responses_are_kept_as_many_as_the_window_2_3(void **state)
{
    static struct flight requests[4], responses[4];
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(4, 4, &sa, &gateway);

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        pair_create_child(&pair->a, sa, "net");
        requests[i] = pair->flights[pair->flight_count - 1];
    }
    for (size_t i = 0; i < 4; i++) {
        pair_deliver_to(&pair->b);
        responses[i] = pair->flights[pair->flight_count - 1];
    }
    while (pair->flight_count) {
        pair_lose(pair, 0);
    }
    for (size_t i = 4; i > 0; i--) {
        const struct flight *again = &pair->flights[0];

        pair_inject(&pair->b, requests[i - 1].bytes, requests[i - 1].len);
        assert_int_equal(pair->flight_count, 1);
        assert_int_equal(again->len, responses[i - 1].len);
        assert_memory_equal(again->bytes, responses[i - 1].bytes, again->len);
        pair_deliver_to(&pair->a);
    }
    assert_int_equal(party_children(&pair->a, sa), 5);
    assert_int_equal(party_children(&pair->b, gateway), 5);
    pair_free(pair);
}

/* C04, W-05: above the window a request is dropped, even an authentic one; below it is silence. */
static void requests_outside_of_the_window_are_dropped_2_3(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(4, 2, &sa, &gateway);
    struct party_state before = party_state(&pair->b, gateway), after;

    (void)state;
    /* alice has used 0 and 1, so gw takes 2 and 3. */
    pair_forge(&(struct pair_forgery){
        .from = &pair->a, .sa = sa, .exchange = IKE_EXCHANGE_INFORMATIONAL, .message_id = 4});
    assert_string_equal(last_dropped(&pair->b), "outside_window");
    pair_forge(&(struct pair_forgery){
        .from = &pair->a, .sa = sa, .exchange = IKE_EXCHANGE_INFORMATIONAL, .message_id = 0});
    assert_string_equal(last_dropped(&pair->b), "duplicate");
    pair_settle(pair); /* INVALID_MESSAGE_ID and its answer: the test of hints */
    after = party_state(&pair->b, gateway);
    assert_same_state(&before, &after);
    pair_forge(&(struct pair_forgery){
        .from = &pair->a, .sa = sa, .exchange = IKE_EXCHANGE_INFORMATIONAL, .message_id = 3});
    assert_int_equal(pair->flight_count, 1);
    pair_free(pair);
}

static void write_window_size(struct ike_builder *builder, const void *context)
{
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_SET_WINDOW_SIZE,
                     *(const struct crypto_bytes *)context);
}

/* W-07, C07: later announcements widen the window and never narrow it; odd ones say nothing. */
static void later_announcements_only_widen_2_3(void **state)
{
    static const uint8_t three[] = {0, 0, 0, 3}, two[] = {0, 0, 0, 2}, none[] = {0, 0, 0, 0},
                         long_nine[] = {0, 0, 0, 9, 9};
    const struct crypto_bytes sizes[] = {crypto_bytes(three, 4), crypto_bytes(two, 4),
                                         crypto_bytes(none, 4), crypto_bytes(long_nine, 5)};
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(1, 1, &sa, &gateway);

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        pair_forge(&(struct pair_forgery){.from = &pair->b,
                                          .sa = gateway,
                                          .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                          .message_id = i,
                                          .write = write_window_size,
                                          .context = &sizes[i]});
        assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->own.size, 3);
    }
    assert_int_equal(party_count(&pair->a, TRACE_IKE_WINDOW_ANNOUNCED_EVENT), 2);
    while (pair->flight_count) {
        pair_lose(pair, 0);
    }
    for (int i = 0; i < 5; i++) {
        pair_check_liveness(&pair->a, sa);
    }
    assert_int_equal(pair_in_flight_to(&pair->b), 3);
    pair_free(pair);
}

/* A widening while requests are out moves what is kept of them to its new places. */
static void a_window_may_widen_while_requests_are_out_2_3(void **state)
{
    static const uint8_t seven[] = {0, 0, 0, 7};
    const struct crypto_bytes size = crypto_bytes(seven, 4);
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(1, 2, &sa, &gateway);

    (void)state;
    for (int i = 0; i < 9; i++) {
        pair_check_liveness(&pair->a, sa);
    }
    assert_int_equal(pair_in_flight_to(&pair->b), 2);
    pair_forge(&(struct pair_forgery){.from = &pair->b,
                                      .sa = gateway,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 0,
                                      .write = write_window_size,
                                      .context = &size});
    assert_int_equal(pair_in_flight_to(&pair->b), 7 + 1); /* and the answer */
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->b);
    while (pair_in_flight_to(&pair->a)) {
        pair_deliver_to(&pair->a);
    }
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->own.oldest, 4);
    pair_free(pair);
}

/* A queue without end would be memory without end. */
static void the_queue_of_waiting_exchanges_has_a_limit(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(1, 1, &sa, &gateway);
    struct ike_actions actions = {0};
    const char *why = NULL;

    (void)state;
    for (int i = 0; i < 1 + IKE_QUEUED_EXCHANGES_MAX; i++) {
        pair_check_liveness(&pair->a, sa);
    }
    assert_int_equal(ike_endpoint_check_liveness(pair->a.ike, pair->now, sa, &actions, &why), -1);
    assert_non_null(why);
    ike_actions_dispose(&actions);
    assert_int_equal(pair->flight_count, 1);
    pair_free(pair);
}

/* C10: Message IDs that run out end the SA; none is used twice. */
static void an_sa_whose_message_ids_run_out_is_deleted_2_2(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_windows(1, 1, &sa, &gateway);
    struct ike_sa *a = ike_sa_by_id(pair->a.ike, sa), *b = ike_sa_by_id(pair->b.ike, gateway);

    (void)state;
    a->own.oldest = a->own.next = b->peer.oldest = b->peer.next = UINT32_MAX - IKE_WINDOW_MAX - 1;
    pair_check_liveness(&pair->a, sa);
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa));
    assert_false(party_knows(&pair->b, gateway));
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_of_1_lets_one_request_out_2_3),
        cmocka_unit_test(each_end_sends_as_much_as_the_other_announced_2_3),
        cmocka_unit_test(the_window_is_1_until_the_initial_exchanges_complete_2_3),
        cmocka_unit_test(both_ends_serve_while_they_wait_2_3),
        cmocka_unit_test(requests_and_responses_may_come_in_any_order_2_3),
        cmocka_unit_test(the_last_responses_are_kept_as_many_as_the_window_2_3),
        cmocka_unit_test(requests_outside_of_the_window_are_dropped_2_3),
        cmocka_unit_test(later_announcements_only_widen_2_3),
        cmocka_unit_test(a_window_may_widen_while_requests_are_out_2_3),
        cmocka_unit_test(the_queue_of_waiting_exchanges_has_a_limit),
        cmocka_unit_test(an_sa_whose_message_ids_run_out_is_deleted_2_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
