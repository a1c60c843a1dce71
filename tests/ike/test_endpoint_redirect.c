/* Redirect (RFC 5685): in IKE_SA_INIT, IKE_AUTH and INFORMATIONAL. */
#include "ike/sa.h"
#include "tests/ike/lab.h"

static const uint8_t elsewhere[16] = {203, 0, 113, 9};

/* gw names another gateway to whoever can be redirected, as alice can. */
static void redirect_from(struct pair *pair, enum ike_redirect_in where)
{
    pair->a.policy.follow_redirects = true;
    pair->b.policy.redirect_in = (uint8_t)where;
    pair->b.policy.redirect_family = 4;
    memcpy(pair->b.policy.redirect_ip, elsewhere, sizeof(elsewhere));
}

static struct pair *pair_with_redirect(bool follow)
{
    struct pair *pair = pair_new();

    redirect_from(pair, IKE_REDIRECT_IN_INIT);
    pair->a.policy.follow_redirects = follow;
    pair_start(pair);
    return pair;
}

/*
 *  O06
 *    |---- SA KE Ni N(REDIRECT_SUPPORTED) ->|   no state
 *    |<------- N(REDIRECT 203.0.113.9, Ni) -|
 *  gone, and told where to go
 */
static void an_initiator_goes_where_it_is_sent_rfc5685_3(void **state)
{
    struct pair *pair = pair_with_redirect(true);
    size_t empty = ike_endpoint_memory(pair->b.ike);
    uint64_t sa = pair_initiate(pair, &pair->a);

    (void)state;
    assert_string_equal(last_sent(&pair->a), "SA KE Ni N(REDIRECT_SUPPORTED)");
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "N(REDIRECT)");
    assert_int_equal(ike_endpoint_memory(pair->b.ike), empty);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_KEY_PAIR_EVENT), 0);
    pair_deliver_to(&pair->a);
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.redirected_to.family, 4);
    assert_memory_equal(pair->a.redirected_to.ip, elsewhere, 4);
    assert_int_equal(pair->a.redirected.count, 1);
    assert_memory_equal(&pair->a.redirected.from, &pair->b.address, sizeof(pair->b.address));
    pair_free(pair);
}

/* The new attempt tells where it comes from, and is taken as one that can be redirected again. */
static void the_next_request_names_the_first_gateway_rfc5685_3(void **state)
{
    static const uint8_t first[6] = {1, 4, 198, 51, 100, 7};
    struct pair *pair = pair_with_redirect(true);
    struct ike_redirected how = {.from = {.family = 4, .ip = {198, 51, 100, 7}, .port = 500},
                                 .count = 1};
    struct ike_actions actions = {0};
    const struct ike_action *action;

    (void)state;
    how.since = pair->now;
    ike_endpoint_follow(pair->a.ike, pair->now, &pair->a.address, &pair->b.address, &how, 9,
                        &actions);
    assert_string_equal(last_sent(&pair->a), "SA KE Ni N(REDIRECTED_FROM)");
    action = &actions.items[0];
    assert_int_equal(action->kind, IKE_ACTION_TRANSMIT);
    assert_memory_equal(action->transmit.bytes + action->transmit.len - 6, first, 6);
    pair_inject(&pair->b, action->transmit.bytes, action->transmit.len);
    assert_string_equal(last_sent(&pair->b), "N(REDIRECT)");
    pair_deliver_to(&pair->a);
    assert_int_equal(pair->a.redirected.count, 2);
    ike_actions_dispose(&actions);
    pair_free(pair);
}

/* §3: who has not said that it can be redirected is served. */
static void who_cannot_be_redirected_is_served_rfc5685_3(void **state)
{
    struct pair *pair = pair_with_redirect(false);
    uint64_t sa = pair_establish(pair, NULL);

    (void)state;
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(pair->a.redirected_to.family, 0);
    pair_free(pair);
}

/* The gateway takes as many as it wants first. */
static void a_gateway_redirects_above_its_number(void **state)
{
    struct pair *pair = pair_with_redirect(true);
    uint64_t sa;

    (void)state;
    pair->b.policy.redirect_above = 1;
    sa = pair_establish(pair, NULL);
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_int_equal(pair->a.redirected.count, 1);
    pair_delete_sa(&pair->a, sa);
    pair_settle(pair);
    sa = pair_establish(pair, NULL);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* §3: without our nonce it is silently discarded, and the true answer is waited for; malformed
 * ones too. */
static void a_redirect_without_our_nonce_is_discarded_rfc5685_3(void **state)
{
    static const struct {
        size_t len;
        uint8_t data[40];
        const char *reason;
    } cases[] = {
        {0, {0}, "malformed"},
        {1, {1}, "malformed"},
        {6, {1, 4, 1, 2, 3, 4}, "unacceptable"},
        {38, {1, 4, 1, 2, 3, 4, 9, 9}, "unacceptable"},
        {4, {1, 200, 1, 2}, "malformed"},
        {5, {1, 3, 1, 2, 3}, "malformed"},
        {8, {3, 6, 'g', 'w', '.', 'o', 'r', 'g'}, "unacceptable"},
        {8, {4, 6, 'g', 'w', '.', 'o', 'r', 'g'}, "malformed"},
    };
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    pair->a.policy.follow_redirects = true;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        pair_inject_notify(pair, IKE_NOTIFY_REDIRECT, crypto_bytes(cases[i].data, cases[i].len));
        assert_string_equal(last_dropped(&pair->a), cases[i].reason);
    }
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* An attempt of alice's with gw that so many redirects before it have led to, the first of them so
 * long ago; its request reaches gw. */
static uint64_t follow(struct pair *pair, uint8_t count, uint64_t ago)
{
    struct ike_redirected how = {.from = pair->b.address, .count = count, .since = pair->now - ago};
    struct ike_actions actions = {0};
    uint64_t sa;

    sa = ike_endpoint_follow(pair->a.ike, pair->now, &pair->a.address, &pair->b.address, &how, 9,
                             &actions);
    pair_carry_out(&pair->a, &actions);
    return sa;
}

/* §7: not without end; but five minutes later it is no loop any more. */
static void redirects_without_end_are_not_followed_rfc5685_7(void **state)
{
    struct pair *pair = pair_with_redirect(true);
    uint64_t sa;

    (void)state;
    pair->now += 2 * IKE_REDIRECT_LOOP_PERIOD;
    sa = follow(pair, IKE_REDIRECTS_MAX, IKE_REDIRECT_LOOP_PERIOD - 1);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    assert_string_equal(last_dropped(&pair->a), "limit");
    assert_true(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.redirected.count, 0);
    pair_free(pair);

    pair = pair_with_redirect(true);
    pair->now += 2 * IKE_REDIRECT_LOOP_PERIOD;
    sa = follow(pair, IKE_REDIRECTS_MAX, IKE_REDIRECT_LOOP_PERIOD);
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.redirected.count, 1);
    assert_int_equal(pair->a.redirected.since, pair->now);
    pair_free(pair);
}

/* ---- in IKE_AUTH (§6) ---- */

static const char *last_told(const struct party *party)
{
    return party_last(party, TRACE_IKE_REDIRECT_EVENT)->text;
}

/*
 *  O06
 *    |---- SA KE Ni N(REDIRECT_SUPPORTED) -->|
 *    |<--------------------------- SA KE Nr -|
 *    |---- SK{IDi AUTH SA TSi TSr} --------->|   it is alice
 *    |<------ SK{IDr AUTH N(REDIRECT)} ------|   no CHILD SA, no nonce
 *    |---- SK{D} --------------------------->|   and on to 203.0.113.9
 */
static void both_prove_who_they_are_before_a_redirect_in_auth_rfc5685_6(void **state)
{
    struct pair *pair = pair_with_redirect(true);
    uint64_t sa, gateway;

    (void)state;
    pair->b.policy.redirect_in = IKE_REDIRECT_IN_AUTH;
    sa = pair_initiate(pair, &pair->a);
    for (int i = 0; i < 2; i++) {
        pair_deliver_to(&pair->b);
        if (i == 0) {
            pair_deliver_to(&pair->a);
        }
    }
    assert_string_equal(last_sent(&pair->b), "SK{IDr AUTH N(REDIRECT)}");
    gateway = party_newest(&pair->b);
    assert_true(party_established(&pair->b, gateway));
    assert_int_equal(pair->b.installed_count, 0);
    pair_deliver_to(&pair->a);
    assert_string_equal(last_told(&pair->a), "followed");
    assert_memory_equal(pair->a.redirected_to.ip, elsewhere, 4);
    assert_int_equal(pair->a.redirected.count, 1);
    assert_string_equal(last_sent(&pair->a), "SK{D}");
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa));
    assert_false(party_knows(&pair->b, gateway));
    assert_int_equal(pair->a.installed_count, 0);
    pair_free(pair);
}

/* §6: the gateway verifies AUTH first. Who cannot prove who it is hears that, and nothing else. */
static void nobody_unknown_is_redirected_in_auth_rfc5685_6(void **state)
{
    struct pair *pair = pair_with_redirect(true);

    (void)state;
    pair->b.policy.redirect_in = IKE_REDIRECT_IN_AUTH;
    pair->a.policy.secret = crypto_bytes("guess", 5);
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_string_equal(last_sent(&pair->b), "SK{N(AUTHENTICATION_FAILED)}");
    assert_int_equal(party_count(&pair->b, TRACE_IKE_REDIRECT_EVENT), 0);
    assert_int_equal(pair->a.redirected.count, 0);
    pair_free(pair);
}

/* §3: applies to all scenarios: who has not said that it can be redirected is served. */
static void who_cannot_be_redirected_is_served_in_auth_too_rfc5685_3(void **state)
{
    struct pair *pair = pair_with_redirect(false);
    uint64_t sa;

    (void)state;
    pair->b.policy.redirect_in = IKE_REDIRECT_IN_AUTH;
    sa = pair_establish(pair, NULL);
    assert_int_equal(party_children(&pair->a, sa), 1);
    pair_free(pair);
}

/* §5, §6: who does not go is given some time, and no more. */
static void who_does_not_go_is_deleted_rfc5685_5(void **state)
{
    struct pair *pair = pair_with_redirect(true);
    uint64_t gateway;

    (void)state;
    pair->b.policy.redirect_in = IKE_REDIRECT_IN_AUTH;
    pair->b.policy.redirect_wait = 30 * SECOND;
    pair_initiate(pair, &pair->a);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_deliver_to(&pair->b);
    pair_lose(pair, 0); /* alice never hears of it */
    gateway = party_newest(&pair->b);
    pair_wait(pair, 30 * SECOND - 1);
    assert_true(party_established(&pair->b, gateway));
    pair_wait(pair, 1);
    assert_string_equal(last_sent(&pair->b), "SK{D}");
    pair_free(pair);
}

/* §7 in IKE_AUTH: one redirect too many is not followed, and the IKE SA, which has no CHILD SA, is
 * deleted all the same. */
static void one_redirect_too_many_in_auth_ends_the_sa_rfc5685_7(void **state)
{
    struct pair *pair = pair_with_redirect(true);
    uint64_t sa;

    (void)state;
    pair->b.policy.redirect_in = IKE_REDIRECT_IN_AUTH;
    sa = follow(pair, IKE_REDIRECTS_MAX, 0);
    pair_settle(pair);
    assert_string_equal(last_told(&pair->a), "ignored");
    assert_int_equal(pair->a.redirected.count, 0);
    assert_false(party_knows(&pair->a, sa));
    pair_free(pair);
}

/* ---- EAP ---- */

static void bench_start(struct lab_bench *bench, enum ike_redirect_in where)
{
    lab_bench_set_up(bench, IKE_AUTH_EAP_MSCHAPV2);
    redirect_from(bench->pair, where);
    pair_start(bench->pair);
}

/* In the last answer: EAP has run, and the IKE SA is there to be deleted. */
static void behind_eap_the_last_answer_redirects_rfc5685_6(void **state)
{
    struct lab_bench bench;
    struct pair *pair;

    (void)state;
    bench_start(&bench, IKE_REDIRECT_IN_AUTH);
    pair = bench.pair;
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_int_equal(pair->a.redirected.count, 1);
    assert_int_equal(pair->b.established, 1);
    assert_int_equal(party_live(&pair->a) + party_live(&pair->b), 0);
    lab_bench_tear_down(&bench);
}

/*
 *    |---- SK{IDi CERTREQ IDr SA TSi TSr} ------->|   says that it is alice
 *    |<------ SK{IDr CERT AUTH N(REDIRECT)} ------|   is gw, and asks for no proof
 *  No IKE SA has come to be, so none is deleted.
 */
static void the_first_answer_redirects_before_eap_rfc5685_6(void **state)
{
    struct lab_bench bench;
    struct pair *pair;
    uint64_t sa;

    (void)state;
    bench_start(&bench, IKE_REDIRECT_IN_EAP);
    pair = bench.pair;
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_string_equal(last_sent(&pair->b), "SK{IDr CERT AUTH N(REDIRECT)}");
    assert_int_equal(party_count(&pair->a, TRACE_IKE_MESSAGE_SENT_EVENT), 2);
    assert_int_equal(pair->a.redirected.count, 1);
    assert_false(party_knows(&pair->a, sa));
    assert_int_equal(pair->a.established + pair->b.established, 0);
    assert_int_equal(party_live(&pair->b), 0);
    lab_bench_tear_down(&bench);
}

/* §6: the client verifies the gateway's AUTH before it acts: a gateway that is not whom it says
 * sends nobody anywhere. */
static void an_unproved_gateway_redirects_nobody_rfc5685_6(void **state)
{
    struct lab_bench bench;
    struct lab *other;
    struct lab_card mallory;
    struct pair *pair;

    (void)state;
    bench_start(&bench, IKE_REDIRECT_IN_EAP);
    pair = bench.pair;
    other = lab_new(pair->crypto, "another lab");
    lab_issue(other, &mallory, "gw", CRYPTO_KEY_ED25519, -LAB_DAY, LAB_DAY);
    pair->b.self.credentials = &mallory.credentials;
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_REDIRECT_EVENT), 1);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_REDIRECT_EVENT), 0);
    assert_int_equal(pair->a.redirected.count, 0);
    lab_free(other);
    lab_bench_tear_down(&bench);
}

/* ---- in INFORMATIONAL (§5) ---- */

static const char *try_redirect(struct party *party, uint64_t sa)
{
    struct ike_actions actions = {0};
    const char *why = NULL;

    ike_endpoint_redirect(party->ike, party->pair->now, sa, &actions, &why);
    pair_carry_out(party, &actions);
    return why;
}

/* alice and gw, who redirects by order alone. */
static struct pair *pair_in_session(bool follow, uint64_t *sa, uint64_t *gateway)
{
    struct pair *pair = pair_with_redirect(follow);

    pair->b.policy.redirect_in = IKE_REDIRECT_ORDERED;
    pair->b.policy.redirect_wait = 30 * SECOND;
    *sa = pair_establish(pair, gateway);
    return pair;
}

/*
 *    |<---------------- SK{N(REDIRECT 203.0.113.9)} -|   without a nonce
 *    |---- SK{} ------------------------------------>|
 *    |---- SK{D} ----------------------------------->|   and on to 203.0.113.9
 *    |<--------------------------------------- SK{} -|
 */
static void a_client_is_redirected_during_a_session_rfc5685_5(void **state)
{
    struct pair *pair;
    uint64_t sa, gateway;

    (void)state;
    pair = pair_in_session(true, &sa, &gateway);
    assert_null(try_redirect(&pair->b, gateway));
    assert_string_equal(last_sent(&pair->b), "SK{N(REDIRECT)}");
    pair_deliver_to(&pair->a);
    assert_int_equal(pair->flight_count, 2); /* the answer is first */
    assert_int_equal(pair->flights[0].bytes[19] & IKE_FLAG_RESPONSE, IKE_FLAG_RESPONSE);
    assert_string_equal(last_sent(&pair->a), "SK{D}");
    assert_memory_equal(pair->a.redirected_to.ip, elsewhere, 4);
    assert_int_equal(pair->a.redirected.count, 1);
    assert_int_equal(pair->a.redirected.since, pair->now);
    assert_memory_equal(&pair->a.redirected.from, &pair->b.address, sizeof(pair->b.address));
    pair_settle(pair);
    assert_false(party_knows(&pair->a, sa));
    assert_false(party_knows(&pair->b, gateway));
    assert_int_equal(pair->a.installed_count + pair->b.installed_count, 0);
    pair_wait(pair, 60 * SECOND);
    assert_int_equal(pair->flight_count, 0);
    pair_free(pair);
}

/* §3, §5: only who has said that it can be, only by its gateway, and only where there is one to
 * name; a rekey of the IKE SA by either end changes nothing of that. */
static void who_may_redirect_whom_rfc5685_5(void **state)
{
    struct pair *pair;
    uint64_t sa, gateway;

    (void)state;
    pair = pair_in_session(false, &sa, &gateway);
    assert_string_equal(try_redirect(&pair->b, gateway),
                        "the peer has not said that it can be redirected");
    pair_free(pair);
    pair = pair_in_session(true, &sa, &gateway);
    assert_string_equal(try_redirect(&pair->a, sa),
                        "there is no gateway to redirect to in the configuration");
    pair->a.policy.redirect_family = 4;
    assert_string_equal(try_redirect(&pair->a, sa),
                        "the peer has not said that it can be redirected");
    assert_int_equal(pair->flight_count, 0);
    pair_rekey_sa(&pair->b, gateway);
    pair_settle(pair);
    assert_null(try_redirect(&pair->b, party_newest(&pair->b)));
    pair_settle(pair);
    assert_int_equal(pair->a.redirected.count, 1);
    assert_int_equal(party_live(&pair->a) + party_live(&pair->b), 0);
    pair_free(pair);
}

static void write_redirect(struct ike_builder *builder, const void *context)
{
    const struct crypto_bytes *data = context;

    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_REDIRECT, *data);
}

/* §9.2: without a nonce; and what names no gateway is none. The request is answered like any other.
 * Nor does a client redirect its gateway. */
static void a_redirect_of_another_form_is_ignored_rfc5685_9_2(void **state)
{
    static const struct {
        size_t len;
        uint8_t data[24];
    } cases[] = {
        {0, {0}},
        {1, {1}},
        {22, {1, 4, 203, 0, 113, 9, 9, 9}},
        {4, {1, 200, 1, 2}},
        {8, {4, 6, 'g', 'w', '.', 'o', 'r', 'g'}},
    };
    static const uint8_t good[] = {1, 4, 203, 0, 113, 9};
    struct crypto_bytes data;
    struct pair *pair;
    uint64_t sa, gateway;
    uint32_t id = 0;

    (void)state;
    pair = pair_in_session(true, &sa, &gateway);
    for (; id < sizeof(cases) / sizeof(cases[0]); id++) {
        data = crypto_bytes(cases[id].data, cases[id].len);
        pair_forge(&(struct pair_forgery){.from = &pair->b,
                                          .sa = gateway,
                                          .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                          .message_id = id,
                                          .write = write_redirect,
                                          .context = &data});
        assert_string_equal(last_sent(&pair->a), "SK{}");
        assert_string_equal(last_told(&pair->a), "ignored");
    }
    data = crypto_bytes(good, sizeof(good));
    pair_forge(&(struct pair_forgery){.from = &pair->a,
                                      .sa = sa,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 2,
                                      .write = write_redirect,
                                      .context = &data});
    assert_int_equal(pair->b.redirected.count, 0);
    assert_int_equal(pair->a.redirected.count, 0);
    assert_true(party_established(&pair->a, sa));
    assert_true(party_established(&pair->b, gateway));
    pair_free(pair);
}

/* §5: repeated until it is answered; §7: a session that began after five redirects goes on. */
static void a_session_counts_the_redirects_before_it_rfc5685_7(void **state)
{
    struct pair *pair = pair_with_redirect(true);
    uint64_t sa, gateway;

    (void)state;
    pair->b.policy.redirect_in = IKE_REDIRECT_ORDERED;
    sa = follow(pair, IKE_REDIRECTS_MAX, 0);
    pair_settle(pair);
    gateway = party_newest(&pair->b);
    assert_null(try_redirect(&pair->b, gateway));
    pair_lose(pair, 0);
    pair_wait(pair, 2 * SECOND);
    assert_int_equal(pair->flight_count, 1);
    pair_settle(pair);
    assert_string_equal(last_told(&pair->a), "ignored");
    assert_true(party_established(&pair->a, sa));
    pair->now += IKE_REDIRECT_LOOP_PERIOD;
    assert_null(try_redirect(&pair->b, gateway));
    pair_settle(pair);
    assert_int_equal(pair->a.redirected.count, 1);
    assert_false(party_knows(&pair->a, sa));
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_initiator_goes_where_it_is_sent_rfc5685_3),
        cmocka_unit_test(the_next_request_names_the_first_gateway_rfc5685_3),
        cmocka_unit_test(who_cannot_be_redirected_is_served_rfc5685_3),
        cmocka_unit_test(a_gateway_redirects_above_its_number),
        cmocka_unit_test(a_redirect_without_our_nonce_is_discarded_rfc5685_3),
        cmocka_unit_test(redirects_without_end_are_not_followed_rfc5685_7),
        cmocka_unit_test(both_prove_who_they_are_before_a_redirect_in_auth_rfc5685_6),
        cmocka_unit_test(nobody_unknown_is_redirected_in_auth_rfc5685_6),
        cmocka_unit_test(who_cannot_be_redirected_is_served_in_auth_too_rfc5685_3),
        cmocka_unit_test(who_does_not_go_is_deleted_rfc5685_5),
        cmocka_unit_test(one_redirect_too_many_in_auth_ends_the_sa_rfc5685_7),
        cmocka_unit_test(behind_eap_the_last_answer_redirects_rfc5685_6),
        cmocka_unit_test(the_first_answer_redirects_before_eap_rfc5685_6),
        cmocka_unit_test(an_unproved_gateway_redirects_nobody_rfc5685_6),
        cmocka_unit_test(a_client_is_redirected_during_a_session_rfc5685_5),
        cmocka_unit_test(who_may_redirect_whom_rfc5685_5),
        cmocka_unit_test(a_redirect_of_another_form_is_ignored_rfc5685_9_2),
        cmocka_unit_test(a_session_counts_the_redirects_before_it_rfc5685_7),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
