/* Authentication that is repeated (RFC 7296 §2.8.3) and its lifetime (RFC 4478). */
#include "tests/ike/pair.h"

/* Lets time go on by so many seconds, a tenth at a time, with everything delivered at once. */
static void run(struct pair *pair, unsigned seconds)
{
    for (unsigned i = 0; i < 10 * seconds; i++) {
        pair_wait(pair, SECOND / 10);
        pair_settle(pair);
    }
}

static size_t reauths(const struct party *party, const char *what)
{
    size_t count = 0;

    for (size_t i = 0; i < party->event_count; i++) {
        count += party->events[i].kind == TRACE_IKE_REAUTH_EVENT &&
                 strcmp(party->events[i].text, what) == 0;
    }
    return count;
}

static uint64_t now_established(const struct pair *pair)
{
    uint64_t sa = ike_endpoint_sa_with(pair->a.ike, &pair->b.address);

    assert_true(party_established(&pair->a, sa));
    assert_true(party_established(&pair->b, ike_endpoint_sa_with(pair->b.ike, &pair->a.address)));
    assert_int_equal(party_children(&pair->a, sa), 1);
    return sa;
}

/*
 *    |-- SK{D} ---->|<-- SK{} --|    the old one first
 *    |-- SA KE Ni ->|  ...           then another, from the beginning
 */
static void break_before_make_deletes_first_2_8_3(void **state)
{
    struct pair *pair = pair_new();
    uint64_t first, gateway;

    (void)state;
    pair->a.policy.auth.reauth_time = 10 * SECOND;
    pair_start(pair);
    first = pair_establish(pair, &gateway);
    pair_wait(pair, 10 * SECOND + SECOND / 2);
    assert_int_equal(pair->flight_count, 1);
    assert_string_equal(last_sent(&pair->a), "SK{D}");
    assert_true(party_established(&pair->b, gateway));
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    assert_false(party_knows(&pair->a, first));
    assert_int_equal(pair->a.installed_count, 0); /* for a moment there is no tunnel */
    assert_string_equal(last_sent(&pair->a), "SA KE Ni");
    pair_settle(pair);
    assert_int_not_equal(now_established(pair), first);
    run(pair, 25);
    assert_int_equal(reauths(&pair->a, "break_before_make"), 3);
    assert_int_equal(pair->b.established, 4);
    now_established(pair);
    pair_free(pair);
}

static void make_before_break_has_a_tunnel_all_the_time_2_8_3(void **state)
{
    struct pair *pair = pair_new();
    uint64_t first;

    (void)state;
    pair->a.policy.auth.reauth_time = 10 * SECOND;
    pair->a.policy.auth.make_before_break = true;
    pair->a.policy.initial_contact = true;
    pair_start(pair);
    first = pair_establish(pair, NULL);
    pair_wait(pair, 11 * SECOND);
    while (pair->flight_count > 0) {
        assert_true(pair->a.installed_count > 0 && pair->b.installed_count > 0);
        pair_deliver(pair, 0);
    }
    assert_false(party_knows(&pair->a, first));
    assert_int_not_equal(now_established(pair), first);
    assert_int_equal(pair->a.installed_count, 1);
    assert_int_equal(pair->b.installed_count, 1);
    /* There is an older IKE SA, so the new one is no first contact (§2.4). */
    assert_int_equal(party_count(&pair->b, TRACE_IKE_INITIAL_CONTACT_EVENT), 1);
    pair_free(pair);
}

/* The gateway's `unique: replace` deletes the old one too: both Deletes cross, and nothing is left.
 */
static void a_gateway_that_replaces_may_delete_it_as_well_2_8_3(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair->a.policy.auth.reauth_time = 10 * SECOND;
    pair->a.policy.auth.make_before_break = true;
    pair->b.policy.unique = IKE_UNIQUE_REPLACE;
    pair_start(pair);
    pair_establish(pair, NULL);
    run(pair, 35);
    assert_int_equal(reauths(&pair->a, "make_before_break"), 3);
    now_established(pair);
    assert_int_equal(pair->a.installed_count, 1);
    assert_int_equal(pair->b.installed_count, 1);
    pair_free(pair);
}

/* Only the end that began repeats: it alone may be able to (EAP). */
static void the_responder_does_not_begin_2_8_3(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair->b.policy.auth.reauth_time = 10 * SECOND;
    pair_start(pair);
    pair_establish(pair, NULL);
    run(pair, 25);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_REAUTH_EVENT), 0);
    assert_int_equal(pair->b.established, 1);
    pair_free(pair);
}

/* A rekey proves nobody: the time goes on in the successor, whoever has asked for it. */
static void a_rekey_does_not_put_it_off_2_8_3(void **state)
{
    struct pair *pair = pair_new();
    uint64_t gateway;

    (void)state;
    pair->a.policy.auth.reauth_time = 10 * SECOND;
    pair_start(pair);
    pair_establish(pair, &gateway);
    run(pair, 5);
    pair_rekey_sa(&pair->b, gateway);
    run(pair, 4);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_SA_REKEYED_EVENT), 1);
    assert_int_equal(reauths(&pair->a, "break_before_make"), 0);
    run(pair, 2);
    assert_int_equal(reauths(&pair->a, "break_before_make"), 1);
    now_established(pair);
    pair_free(pair);
}

/* RFC 4478: the last response of IKE_AUTH says for how long; the initiator comes back in time. */
static void a_lifetime_is_told_and_kept_4478(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair->b.policy.auth.lifetime = 20 * SECOND;
    pair_start(pair);
    pair_establish(pair, NULL);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                        "SK{IDr AUTH N(AUTH_LIFETIME) SA TSi TSr}");
    assert_int_equal(party_last(&pair->a, TRACE_IKE_REAUTH_EVENT)->number, 20 * SECOND);
    run(pair, 17);
    assert_int_equal(reauths(&pair->a, "break_before_make"), 0);
    run(pair, 2); /* at 18 s */
    assert_int_equal(reauths(&pair->a, "break_before_make"), 1);
    run(pair, 30);
    assert_int_equal(reauths(&pair->b, "missed"), 0);
    now_established(pair);
    pair_free(pair);
}

/* An own time that is sooner stays; one that is later gives way. */
static void the_sooner_time_counts_4478(void **state)
{
    for (int sooner = 0; sooner < 2; sooner++) {
        struct pair *pair = pair_new();

        (void)state;
        pair->b.policy.auth.lifetime = 20 * SECOND;
        pair->a.policy.auth.reauth_time = (sooner ? 10 : 1000) * SECOND;
        pair_start(pair);
        pair_establish(pair, NULL);
        run(pair, sooner ? 11 : 19);
        assert_int_equal(reauths(&pair->a, "break_before_make"), 1);
        pair_free(pair);
    }
}

static void write_lifetime(struct ike_builder *builder, const void *context)
{
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_AUTH_LIFETIME,
                     crypto_bytes(context, 4));
}

/* In an exchange of its own too, of whichever IKE SA of the row: alice heeds it, and gw does not
 * begin anything on her word. */
static void a_lifetime_is_the_responders_to_tell_4478(void **state)
{
    static const uint8_t seconds[4] = {0, 0, 0, 20};

    (void)state;
    for (int by_alice = 0; by_alice < 2; by_alice++) {
        struct pair *pair = pair_new();
        struct party *teller = by_alice ? &pair->a : &pair->b, *other = pair_other(teller);
        uint64_t gateway;

        pair_start(pair);
        pair_establish(pair, &gateway);
        pair_rekey_sa(&pair->b, gateway);
        pair_settle(pair);
        pair_forge(&(struct pair_forgery){.from = teller,
                                          .sa = party_newest(teller),
                                          .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                          .message_id = 0,
                                          .write = write_lifetime,
                                          .context = seconds});
        assert_int_equal(reauths(other, "told"), by_alice ? 0 : 1);
        pair_wait(pair, 18 * SECOND + SECOND / 2);
        assert_int_equal(reauths(other, "break_before_make"), by_alice ? 0 : 1);
        pair_free(pair);
    }
}

/* Who does not come back in time finds the IKE SA deleted. */
static void a_lifetime_that_is_missed_ends_the_sa_4478(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->b.policy.auth.lifetime = 20 * SECOND;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    /* All that alice says from 18 s on is lost. */
    run(pair, 17);
    for (unsigned i = 0; i < 40; i++) {
        pair_wait(pair, SECOND / 10);
        while (pair_in_flight_to(&pair->b) > 0) {
            for (size_t n = 0; n < pair->flight_count; n++) {
                if (pair->flights[n].to == &pair->b) {
                    pair_lose(pair, n);
                    break;
                }
            }
        }
    }
    assert_int_equal(reauths(&pair->b, "missed"), 1);
    assert_string_equal(last_sent(&pair->b), "SK{D}");
    pair_settle(pair);
    assert_false(party_established(&pair->a, sa));
    pair_free(pair);
}

/*
 *    |-- SK{SA Ni KE}, or SK{N(REKEY_SA) ..} --->|   a gateway that knows the initial exchanges
 *    |<------------- SK{N(NO_ADDITIONAL_SAS)} ---|   and no others
 *    |-- SK{D} ... SA KE Ni ... ---------------->|   all of it anew (RFC 7296 §4), J08
 */
static void j08_a_peer_that_rekeys_nothing_gets_a_new_ike_sa_4(void **state)
{
    (void)state;
    for (int child = 0; child < 2; child++) {
        struct pair *pair = pair_new();
        uint64_t first;

        pair->b.policy.minimal = true;
        pair_start(pair);
        first = pair_establish(pair, NULL);
        if (child) {
            pair_rekey_child(&pair->a, first, "net");
        } else {
            pair_rekey_sa(&pair->a, first);
        }
        pair_deliver_to(&pair->b);
        assert_string_equal(last_sent(&pair->b), "SK{N(NO_ADDITIONAL_SAS)}");
        pair_settle(pair);
        assert_int_equal(reauths(&pair->a, "break_before_make"), 1);
        assert_int_not_equal(now_established(pair), first);
        pair_free(pair);
    }
}

/* One CHILD SA more is not worth that. */
static void j08_a_refused_child_sa_alone_ends_nothing_1_3(void **state)
{
    struct pair *pair = pair_new();
    uint64_t first;

    (void)state;
    pair->b.policy.minimal = true;
    pair_start(pair);
    first = pair_establish(pair, NULL);
    pair_create_child(&pair->a, first, "net");
    pair_settle(pair);
    assert_int_equal(now_established(pair), first);
    pair_free(pair);
}

/* Only the end that began can begin anew, whoever has rekeyed since; the other one's SA ends with
 * its lifetime. */
static void j08_the_other_end_leaves_it_at_that_4(void **state)
{
    struct pair *pair = pair_new();
    uint64_t gateway;

    (void)state;
    pair_start(pair);
    pair_establish(pair, &gateway);
    pair_rekey_sa(&pair->b, gateway);
    pair_settle(pair);
    gateway = party_newest(&pair->b);
    pair->a.policy.minimal = true;
    pair_rekey_sa(&pair->b, gateway);
    pair_settle(pair);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_REKEY_FAILED_EVENT), 1);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_REAUTH_EVENT), 0);
    assert_true(party_established(&pair->b, gateway));
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(break_before_make_deletes_first_2_8_3),
        cmocka_unit_test(make_before_break_has_a_tunnel_all_the_time_2_8_3),
        cmocka_unit_test(a_gateway_that_replaces_may_delete_it_as_well_2_8_3),
        cmocka_unit_test(the_responder_does_not_begin_2_8_3),
        cmocka_unit_test(a_rekey_does_not_put_it_off_2_8_3),
        cmocka_unit_test(a_lifetime_is_told_and_kept_4478),
        cmocka_unit_test(the_sooner_time_counts_4478),
        cmocka_unit_test(a_lifetime_is_the_responders_to_tell_4478),
        cmocka_unit_test(a_lifetime_that_is_missed_ends_the_sa_4478),
        cmocka_unit_test(j08_a_peer_that_rekeys_nothing_gets_a_new_ike_sa_4),
        cmocka_unit_test(j08_a_refused_child_sa_alone_ends_nothing_1_3),
        cmocka_unit_test(j08_the_other_end_leaves_it_at_that_4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
