/* EAP in IKE_AUTH (RFC 7296 §2.16): EAP-MSCHAPv2, EAP-TLS, and nothing but EAP (RFC 5998). */
#include "ike/sa.h"
#include "tests/ike/lab.h"

/* alice proves herself with EAP, gw with a certificate. */
static void set_up(struct lab_bench *bench, enum ike_auth_kind method)
{
    lab_bench_set_up(bench, method);
    bench->pair->a.policy.initial_contact = true;
    bench->pair->a.policy.window = bench->pair->b.policy.window = 4;
}

static bool establishes(struct lab_bench *bench)
{
    struct pair *pair = bench->pair;
    uint64_t sa;

    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    return party_established(&pair->a, sa) &&
           party_established(&pair->b, ike_endpoint_sa_with(pair->b.ike, &pair->a.address));
}

/* The n-th message that a party has sent, from 0. */
static const struct pair_event *sent(const struct party *party, size_t n)
{
    for (size_t i = 0; i < party->event_count; i++) {
        if (party->events[i].kind == TRACE_IKE_MESSAGE_SENT_EVENT && n-- == 0) {
            return &party->events[i];
        }
    }
    fail_msg("%s has not sent so many", party->name);
    return NULL;
}

static void assert_works(struct pair *pair)
{
    uint64_t gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);

    assert_int_equal(pair->a.installed_count, 1);
    assert_int_equal(pair->b.installed_count, 1);
    /* What the first request asked for holds: INITIAL_CONTACT and the window. */
    assert_int_equal(party_count(&pair->b, TRACE_IKE_INITIAL_CONTACT_EVENT), 1);
    assert_true(party_count(&pair->b, TRACE_IKE_WINDOW_ANNOUNCED_EVENT) >= 2);
    pair_check_liveness(&pair->b, gateway);
    pair_settle(pair);
    assert_true(party_established(&pair->b, gateway));
}

/*
 *  C03: each pair of messages has the next Message ID
 *    1 |-- SK{IDi CERTREQ IDr SA TSi TSr} -->|-- SK{IDr CERT AUTH EAP} -->  Request, Identity
 *    2 |-- SK{EAP} -- alice ---------------->|-- SK{EAP} -->                Challenge
 *    3 |-- SK{EAP} -- Response ------------->|-- SK{EAP} -->                Success, S=...
 *    4 |-- SK{EAP} -- Success -------------->|-- SK{EAP} -->                EAP Success
 *    5 |-- SK{AUTH} ------------------------>|-- SK{AUTH SA TSi TSr} -->
 */
static void mschapv2_takes_five_exchanges_2_16(void **state)
{
    struct lab_bench bench;
    struct pair *pair;

    (void)state;
    set_up(&bench, IKE_AUTH_EAP_MSCHAPV2);
    pair = bench.pair;
    assert_true(establishes(&bench));
    assert_string_equal(sent(&pair->a, 1)->text,
                        "SK{IDi CERTREQ IDr SA TSi TSr N(INITIAL_CONTACT) N(SET_WINDOW_SIZE)}");
    assert_string_equal(sent(&pair->b, 1)->text, "SK{IDr CERT AUTH EAP}");
    for (uint64_t i = 2; i <= 4; i++) {
        assert_string_equal(sent(&pair->a, i)->text, "SK{EAP}");
        assert_string_equal(sent(&pair->b, i)->text, "SK{EAP}");
        assert_int_equal(sent(&pair->a, i)->message_id, i);
        assert_int_equal(sent(&pair->b, i)->message_id, i);
    }
    assert_string_equal(sent(&pair->a, 5)->text, "SK{AUTH}");
    assert_string_equal(sent(&pair->b, 5)->text, "SK{AUTH SA TSi TSr N(SET_WINDOW_SIZE)}");
    assert_int_equal(sent(&pair->b, 5)->message_id, 5);
    /* gw's own signature; alice's AUTH and gw's second one with the key of EAP (§2.16). */
    assert_int_equal(pair->b.auth_count, 3);
    assert_int_equal(pair->b.methods[0], IKE_AUTH_METHOD_SIGNATURE);
    assert_int_equal(pair->b.methods[1], IKE_AUTH_METHOD_SHARED_KEY);
    assert_int_equal(pair->b.methods[2], IKE_AUTH_METHOD_SHARED_KEY);
    assert_works(pair);
    lab_bench_tear_down(&bench);
}

/* W-08: gw hears of alice's window in the first of the five, and believes it after the last. */
static void the_window_is_1_until_eap_is_over_2_3(void **state)
{
    struct lab_bench bench;
    struct pair *pair;
    uint64_t gateway = 0;

    (void)state;
    set_up(&bench, IKE_AUTH_EAP_MSCHAPV2);
    pair = bench.pair;
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    while (pair->flight_count) {
        const struct ike_sa *at_gateway;

        pair_deliver(pair, 0);
        gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
        at_gateway = ike_sa_by_id(pair->b.ike, gateway);
        assert_int_equal(at_gateway->own.size, party_established(&pair->b, gateway) ? 4 : 1);
    }
    assert_true(party_established(&pair->b, gateway));
    lab_bench_tear_down(&bench);
}

static void tls_goes_in_fragments_5216_2_1_5(void **state)
{
    struct lab_bench bench;

    (void)state;
    set_up(&bench, IKE_AUTH_EAP_TLS);
    assert_true(establishes(&bench));
    /* Who is who was checked on both ends: gw's certificate twice, for AUTH and in TLS. */
    assert_int_equal(party_count(&bench.pair->b, TRACE_IKE_CERTIFICATE_EVENT), 1);
    assert_int_equal(party_count(&bench.pair->a, TRACE_IKE_CERTIFICATE_EVENT), 2);
    assert_string_equal(party_last(&bench.pair->b, TRACE_IKE_CERTIFICATE_EVENT)->text, "good");
    assert_works(bench.pair);
    lab_bench_tear_down(&bench);
}

/* RFC 5998 §3: neither end sends a certificate or signs; both AUTH are made with the key of EAP. */
static void eap_alone_proves_both_ends_5998_3(void **state)
{
    static const enum ike_auth_kind methods[] = {IKE_AUTH_EAP_MSCHAPV2, IKE_AUTH_EAP_TLS};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct lab_bench bench;
        struct pair *pair;

        set_up(&bench, methods[i]);
        pair = bench.pair;
        pair->a.policy.auth.remote = methods[i];
        pair->b.policy.auth.local = methods[i];
        assert_true(establishes(&bench));
        assert_non_null(strstr(sent(&pair->a, 1)->text, "N(EAP_ONLY_AUTHENTICATION)"));
        assert_string_equal(sent(&pair->b, 1)->text, "SK{IDr EAP}");
        assert_int_equal(pair->b.auth_count, 2);
        assert_works(pair);
        lab_bench_tear_down(&bench);
    }
}

/* A responder that wants to prove itself by EAP alone finds an initiator that wants a signature. */
static void eap_alone_is_not_forced_on_anybody_5998_3(void **state)
{
    struct lab_bench bench;

    (void)state;
    set_up(&bench, IKE_AUTH_EAP_TLS);
    bench.pair->b.policy.auth.local = IKE_AUTH_EAP_TLS;
    assert_false(establishes(&bench));
    assert_string_equal(last_sent(&bench.pair->b), "SK{N(AUTHENTICATION_FAILED)}");
    assert_int_equal(ike_endpoint_sa_with(bench.pair->a.ike, &bench.pair->b.address), 0);
    lab_bench_tear_down(&bench);
}

static void assert_nothing_left(struct pair *pair)
{
    assert_int_equal(ike_endpoint_sa_with(pair->a.ike, &pair->b.address), 0);
    assert_int_equal(ike_endpoint_sa_with(pair->b.ike, &pair->a.address), 0);
    assert_int_equal(pair->a.installed_count + pair->b.installed_count, 0);
    assert_int_equal(pair->flight_count, 0);
}

/* The wrong password: Failure in the method, then EAP Failure, and both ends forget. */
static void a_wrong_password_ends_in_eap_failure_2_16(void **state)
{
    struct lab_bench bench;

    (void)state;
    set_up(&bench, IKE_AUTH_EAP_MSCHAPV2);
    bench.pair->a.policy.auth.eap_secret = crypto_bytes("guess", 5);
    assert_false(establishes(&bench));
    assert_string_equal(last_sent(&bench.pair->b), "SK{EAP}");
    assert_non_null(
        strstr(party_last(&bench.pair->b, TRACE_IKE_AUTH_REFUSED_EVENT)->text, "another password"));
    assert_nothing_left(bench.pair);
    lab_bench_tear_down(&bench);
}

/* EAP-TLS with certificates that are not good, on either end. */
static void a_certificate_in_tls_is_checked_like_any_5216_5_3(void **state)
{
    for (int whose = 0; whose < 2; whose++) {
        struct lab_bench bench;
        struct party *judge;

        (void)state;
        set_up(&bench, IKE_AUTH_EAP_TLS);
        bench.pair->a.policy.auth.remote = IKE_AUTH_EAP_TLS;
        bench.pair->b.policy.auth.local = IKE_AUTH_EAP_TLS;
        lab_issue(bench.lab, whose ? &bench.gw : &bench.alice, whose ? "gw" : "alice",
                  CRYPTO_KEY_ED25519, -2 * LAB_DAY, -LAB_DAY);
        judge = whose ? &bench.pair->a : &bench.pair->b;
        assert_false(establishes(&bench));
        assert_string_equal(party_last(judge, TRACE_IKE_CERTIFICATE_EVENT)->text, "expired");
        assert_non_null(strstr(party_last(judge, TRACE_IKE_AUTH_REFUSED_EVENT)->text, "over"));
        assert_nothing_left(bench.pair);
        lab_bench_tear_down(&bench);
    }
}

/* A good certificate of somebody else is no proof of one's own name. */
static void a_certificate_in_tls_is_for_the_id_3_5(void **state)
{
    struct lab_bench bench;

    (void)state;
    set_up(&bench, IKE_AUTH_EAP_TLS);
    lab_issue(bench.lab, &bench.alice, "bob", CRYPTO_KEY_ED25519, -LAB_DAY, LAB_DAY);
    assert_false(establishes(&bench));
    assert_string_equal(party_last(&bench.pair->b, TRACE_IKE_CERTIFICATE_EVENT)->text,
                        "wrong_name");
    assert_nothing_left(bench.pair);
    lab_bench_tear_down(&bench);
}

/* Who does not expect EAP, or expects it and gets a proof, refuses as ever. */
static void eap_where_none_is_wanted_is_refused_2_16(void **state)
{
    struct lab_bench bench;

    (void)state;
    set_up(&bench, IKE_AUTH_EAP_MSCHAPV2);
    bench.pair->b.policy.auth.remote = IKE_AUTH_PSK;
    assert_false(establishes(&bench));
    assert_nothing_left(bench.pair);
    lab_bench_tear_down(&bench);

    set_up(&bench, IKE_AUTH_EAP_MSCHAPV2);
    bench.pair->a.policy.auth.local = IKE_AUTH_PSK;
    assert_false(establishes(&bench));
    assert_nothing_left(bench.pair);
    lab_bench_tear_down(&bench);
}

/* RFC 3748 §5.3.1: the peer wants another method, says so, and there is none. */
static void another_method_is_declined_with_nak_3748_5_3_1(void **state)
{
    struct lab_bench bench;

    (void)state;
    set_up(&bench, IKE_AUTH_EAP_MSCHAPV2);
    bench.pair->a.policy.auth.local = IKE_AUTH_EAP_TLS;
    assert_false(establishes(&bench));
    assert_non_null(
        strstr(party_last(&bench.pair->b, TRACE_IKE_AUTH_REFUSED_EVENT)->text, "does not want"));
    assert_nothing_left(bench.pair);
    lab_bench_tear_down(&bench);
}

/* O01: what the first request asks for is kept until EAP is over, however many datagrams it was. */
static void a_first_request_in_fragments_is_kept_whole_2_16(void **state)
{
    static char name[701];
    struct lab_bench bench;
    struct pair *pair;

    (void)state;
    memset(name, 'a', sizeof(name) - 1);
    set_up(&bench, IKE_AUTH_EAP_MSCHAPV2);
    pair = bench.pair;
    pair->a.policy.fragmentation = pair->b.policy.fragmentation = IKE_FRAGMENTATION_YES;
    pair->a.policy.fragment_size = pair->b.policy.fragment_size = 300;
    pair->a.self.identity =
        (struct ike_identity){.type = IKE_ID_FQDN, .data = crypto_bytes(name, 700), .text = name};
    pair->b.self.remote = NULL;
    assert_true(establishes(&bench));
    assert_non_null(strstr(sent(&pair->a, 1)->text, "SKF(1/"));
    assert_works(pair);
    lab_bench_tear_down(&bench);
}

/* Each message lost once: what is sent again is the same, and the run comes to its end. */
static void a_lost_message_of_eap_is_sent_again_2_1(void **state)
{
    for (size_t lost = 2; lost < 12; lost++) {
        struct lab_bench bench;
        struct pair *pair;
        uint64_t sa;
        size_t n = 0;

        (void)state;
        set_up(&bench, IKE_AUTH_EAP_MSCHAPV2);
        pair = bench.pair;
        pair_start(pair);
        sa = pair_initiate(pair, &pair->a);
        while (pair->flight_count > 0) {
            if (n++ == lost) {
                pair_lose(pair, 0);
                pair_wait(pair, SECOND);
            } else {
                pair_deliver(pair, 0);
            }
        }
        assert_true(party_established(&pair->a, sa));
        assert_works(pair);
        lab_bench_tear_down(&bench);
    }
}

/* H04, ER-03: the initiator does not believe in the responder's first AUTH, before EAP has begun,
 * or in its last, when the Message IDs have gone on. It says so in the exchange behind, and neither
 * end keeps anything. */
static void who_is_not_believed_is_told_in_any_round_2_21_2(void **state)
{
    static const struct ike_identity other = {.type = IKE_ID_FQDN, .data = {(void *)"other", 5}};

    (void)state;
    for (int only_eap = 0; only_eap < 2; only_eap++) {
        struct lab_bench bench;
        struct pair *pair;

        set_up(&bench, IKE_AUTH_EAP_MSCHAPV2);
        pair = bench.pair;
        if (only_eap) {
            pair->a.policy.auth.remote = IKE_AUTH_EAP_MSCHAPV2;
            pair->b.policy.auth.local = IKE_AUTH_EAP_MSCHAPV2;
        }
        pair->a.self.remote = &other;
        assert_false(establishes(&bench));
        assert_string_equal(last_sent(&pair->a), "SK{N(AUTHENTICATION_FAILED)}");
        assert_int_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_SENT_EVENT)->message_id,
                         only_eap ? 6 : 2);
        assert_string_equal(last_sent(&pair->b), "SK{}");
        assert_nothing_left(pair);
        lab_bench_tear_down(&bench);
    }
}

static void write_nothing(struct ike_builder *builder, const void *context)
{
    (void)builder;
    (void)context;
}

static void write_failure(struct ike_builder *builder, const void *context)
{
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), *(const uint16_t *)context,
                     crypto_bytes(NULL, 0));
}

/* K11: while EAP runs, any other INFORMATIONAL is dropped, and its Message ID is still free. */
static void k11_no_other_informational_comes_into_eap_1_4(void **state)
{
    static const uint16_t status = IKE_NOTIFY_INITIAL_CONTACT;
    struct lab_bench bench;
    struct pair *pair;
    uint64_t sa;

    (void)state;
    set_up(&bench, IKE_AUTH_EAP_MSCHAPV2);
    pair = bench.pair;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    for (int i = 0; i < 2; i++) {
        pair_deliver_to(&pair->b);
        pair_deliver_to(&pair->a);
    }
    for (int i = 0; i < 2; i++) {
        pair_forge(&(struct pair_forgery){.from = &pair->a,
                                          .sa = sa,
                                          .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                          .message_id = 2,
                                          .write = i ? write_failure : write_nothing,
                                          .context = &status});
        assert_string_equal(last_dropped(&pair->b), "unexpected");
    }
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    lab_bench_tear_down(&bench);
}

/* A packet that is not EAP's next one, in a message that is authentic. */
struct odd_packet {
    uint8_t octets[8];
    size_t len;
};

static void write_odd(struct ike_builder *builder, const void *context)
{
    const struct odd_packet *odd = context;

    ike_build_raw(builder, IKE_PAYLOAD_EAP, false, crypto_bytes(odd->octets, odd->len));
}

static void odd_packets_end_in_failure_3748_4(void **state)
{
    static const struct odd_packet odds[] = {
        {{2, 9, 0, 5, 1}, 5},           /* answers no request */
        {{1, 1, 0, 5, 1}, 5},           /* a request to the server */
        {{3, 1, 0, 4}, 4},              /* Success from the peer */
        {{2, 1, 0, 8, 26, 2, 0, 0}, 8}, /* a method before its time */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(odds) / sizeof(odds[0]); i++) {
        struct lab_bench bench;
        struct pair *pair;
        uint64_t sa;

        set_up(&bench, IKE_AUTH_EAP_MSCHAPV2);
        pair = bench.pair;
        pair_start(pair);
        sa = pair_initiate(pair, &pair->a);
        pair_deliver_to(&pair->b);
        pair_deliver_to(&pair->a);
        pair_deliver_to(&pair->b);
        pair_deliver_to(&pair->a); /* Identity has been asked for; alice's answer is on its way */
        pair_lose(pair, 0);
        pair_forge(&(struct pair_forgery){.from = &pair->a,
                                          .sa = sa,
                                          .exchange = IKE_EXCHANGE_IKE_AUTH,
                                          .message_id = 2,
                                          .write = write_odd,
                                          .context = &odds[i]});
        assert_int_equal(party_count(&pair->b, TRACE_IKE_AUTH_REFUSED_EVENT), 1);
        assert_int_equal(ike_endpoint_sa_with(pair->b.ike, &pair->a.address), 0);
        lab_bench_tear_down(&bench);
    }
}

/* Success before the server has proved to know the password is a lie (RFC 3748 §4.2). */
static void success_too_early_is_not_believed_3748_4_2(void **state)
{
    static const struct odd_packet success = {{3, 1, 0, 4}, 4};
    struct lab_bench bench;
    struct pair *pair;
    uint64_t sa, gateway;

    (void)state;
    set_up(&bench, IKE_AUTH_EAP_MSCHAPV2);
    pair = bench.pair;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    for (int i = 0; i < 2; i++) {
        pair_deliver_to(&pair->b);
        pair_deliver_to(&pair->a);
    }
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    pair_lose(pair, 0);
    pair_forge(&(struct pair_forgery){.from = &pair->b,
                                      .sa = gateway,
                                      .exchange = IKE_EXCHANGE_IKE_AUTH,
                                      .response = true,
                                      .message_id = 2,
                                      .write = write_odd,
                                      .context = &success});
    assert_false(party_established(&pair->a, sa));
    assert_non_null(
        strstr(party_last(&pair->a, TRACE_IKE_AUTH_REFUSED_EVENT)->text, "before it has proved"));
    lab_bench_tear_down(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mschapv2_takes_five_exchanges_2_16),
        cmocka_unit_test(the_window_is_1_until_eap_is_over_2_3),
        cmocka_unit_test(tls_goes_in_fragments_5216_2_1_5),
        cmocka_unit_test(eap_alone_proves_both_ends_5998_3),
        cmocka_unit_test(eap_alone_is_not_forced_on_anybody_5998_3),
        cmocka_unit_test(a_wrong_password_ends_in_eap_failure_2_16),
        cmocka_unit_test(a_certificate_in_tls_is_checked_like_any_5216_5_3),
        cmocka_unit_test(a_certificate_in_tls_is_for_the_id_3_5),
        cmocka_unit_test(eap_where_none_is_wanted_is_refused_2_16),
        cmocka_unit_test(another_method_is_declined_with_nak_3748_5_3_1),
        cmocka_unit_test(a_first_request_in_fragments_is_kept_whole_2_16),
        cmocka_unit_test(a_lost_message_of_eap_is_sent_again_2_1),
        cmocka_unit_test(who_is_not_believed_is_told_in_any_round_2_21_2),
        cmocka_unit_test(k11_no_other_informational_comes_into_eap_1_4),
        cmocka_unit_test(odd_packets_end_in_failure_3748_4),
        cmocka_unit_test(success_too_early_is_not_believed_3748_4_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
