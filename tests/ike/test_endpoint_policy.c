/* What a policy refuses or limits (RFC 7296 §1.3, §2.9), and what is said outside of exchanges:
 * errors and hints, not too often (§1.5, §2.3, §2.4). */
#include <stdio.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/crossing.h"

/* ---- CHILD SAs ---- */

/*
 *  J08: gw lets alice have two and no more; a rekey adds none, and a Delete makes room
 *    |---- SK{SA Ni TSi TSr} -------------->|
 *    |<--- SK{N(NO_ADDITIONAL_SAS)} --------|
 */
static void j08_the_peer_gets_no_more_than_the_limit_1_3(void **state)
{
    struct crossing c = crossing_new(1);

    (void)state;
    c.b->policy.child_limit = 2;
    pair_create_child(c.a, c.sa, "net");
    crossing_settle(&c, 2, 0);
    pair_create_child(c.a, c.sa, "net");
    pair_deliver_to(c.b);
    assert_string_equal(last_sent(c.b), "SK{N(NO_ADDITIONAL_SAS)}");
    crossing_settle(&c, 2, 0);
    assert_string_equal(party_last(c.a, TRACE_IKE_CHILD_FAILED_EVENT)->text, "NO_ADDITIONAL_SAS");
    pair_rekey_child(c.a, c.sa, "net");
    crossing_settle(&c, 2, 1);
    pair_create_child(c.b, c.gateway, "net"); /* the limit is on what the peer asks for */
    crossing_settle(&c, 3, 1);
    pair_delete_child(c.a, c.sa, "net");
    pair_settle(c.pair);
    pair_delete_child(c.a, c.sa, "net");
    pair_settle(c.pair);
    pair_create_child(c.a, c.sa, "net");
    crossing_settle(&c, 2, 1);
    crossing_free(&c);
}

static struct pair *pair_with_selectors(const char *first_i, const char *first_r)
{
    struct pair *pair = pair_new();

    if (first_i) {
        pair->a.local_ts[1] = pair->a.local_ts[0];
        pair->a.local_ts[0] = pair_selector(first_i);
        pair->a.children[0].local_ts_count = 2;
        pair->a.remote_ts[1] = pair->a.remote_ts[0];
        pair->a.remote_ts[0] = pair_selector(first_r);
        pair->a.children[0].remote_ts_count = 2;
    }
    pair->b.children[0].single_pair = true;
    return pair;
}

/* I05: gw takes a pair of addresses only; the IKE SA is there all the same. */
static void i05_networks_are_refused_where_a_single_pair_is_wanted_2_9(void **state)
{
    struct pair *pair = pair_with_selectors(NULL, NULL);
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    assert_string_equal(last_sent(&pair->b), "SK{IDr AUTH N(SINGLE_PAIR_REQUIRED)}");
    assert_int_equal(pair->a.installed_count, 0);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

static const struct ike_pair packet = {
    .family = 4, .local = {10, 1, 0, 5}, .remote = {10, 2, 0, 9}};

static void ask_for_the_packets_pair(struct party *party, uint64_t sa)
{
    struct ike_actions actions = {0};
    const char *why = NULL;

    assert_int_equal(
        ike_endpoint_create_pair(party->ike, party->pair->now, sa, "net", &packet, &actions, &why),
        0);
    pair_carry_out(party, &actions);
}

/* I05: who is told asks for the packet's own pair. So do the rekeys of either end, at once or,
 * where it was the other one who has made the last, when they are told again. */
static void i05_the_packets_own_pair_is_asked_for_then_2_9(void **state)
{
    struct pair *pair = pair_with_selectors(NULL, NULL);
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    assert_string_equal(pair->a.wants_pairs, "net");
    ask_for_the_packets_pair(&pair->a, sa);
    pair_settle(pair);
    assert_string_equal(last_sent(&pair->b), "SK{SA Nr TSi TSr}");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                        "10.1.0.5/32 === 10.2.0.9/32");
    for (int n = 0; n < 3; n++) {
        struct party *party = n == 1 ? &pair->b : &pair->a;

        pair_rekey_child(party, sa, "net");
        pair_settle(pair);
        assert_int_equal(pair->a.installed_count, 1);
        assert_string_equal(party_last(party, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                            n == 1 ? "10.2.0.9/32 === 10.1.0.5/32" : "10.1.0.5/32 === 10.2.0.9/32");
    }
    pair_free(pair);
}

/* I05, J14, J15: what is asked for once more, because it was refused for the moment or because the
 * peer has not got the old one any more, is the pair again and not all that there is. */
static void i05_j15_the_same_pair_is_asked_for_again_2_25(void **state)
{
    struct pair *pair = pair_with_selectors(NULL, NULL);
    uint64_t sa, gateway;

    (void)state;
    pair->b.children[0].single_pair = false;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    ike_sa_by_id(pair->b.ike, gateway)->rekeying = true;
    ask_for_the_packets_pair(&pair->a, sa);
    pair_settle(pair);
    assert_string_equal(last_sent(&pair->b), "SK{N(TEMPORARY_FAILURE)}");
    ike_sa_by_id(pair->b.ike, gateway)->rekeying = false;
    pair_wait(pair, 30 * SECOND);
    pair_settle(pair);
    assert_int_equal(pair->a.installed_count, 2);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                        "10.1.0.5/32 === 10.2.0.9/32");
    pair->b.event_count = 0;
    ike_child_forget(pair->b.ike, ike_sa_by_id(pair->b.ike, gateway),
                     ike_sa_by_id(pair->b.ike, gateway)->children);
    pair_rekey_child(&pair->a, sa, "net");
    pair_settle(pair);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                        "10.1.0.5/32 === 10.2.0.9/32");
    pair_free(pair);
}

/* I05: a packet of another network is no reason to ask. */
static void i05_no_pair_beyond_the_selectors_is_asked_for_2_9(void **state)
{
    struct pair *pair = pair_with_selectors(NULL, NULL);
    const struct ike_pair others[] = {
        {.family = 4, .local = {10, 9, 0, 5}, .remote = {10, 2, 0, 9}},
        {.family = 4, .leased = true, .remote = {10, 9, 0, 9}},
    };

    (void)state;
    pair_start(pair);
    uint64_t sa = pair_establish(pair, NULL);
    for (size_t i = 0; i < 2; i++) {
        struct ike_actions actions = {0};
        const char *why = NULL;

        assert_int_equal(
            ike_endpoint_create_pair(pair->a.ike, pair->now, sa, "net", &others[i], &actions, &why),
            -1);
        assert_string_equal(why, "the packet's addresses are none of the child's");
        assert_int_equal(actions.count, 0);
        ike_actions_dispose(&actions);
    }
    pair_free(pair);
}

/* I03, I05, I10: with the packet's own addresses in front of the list the pair is taken, and gw
 * says that there could be more, in other CHILD SAs. */
static void i10_the_packets_own_pair_is_taken_of_a_longer_list_2_9(void **state)
{
    struct pair *pair = pair_with_selectors("10.1.0.5/32", "10.2.0.9/32");
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    assert_string_equal(last_sent(&pair->b), "SK{IDr AUTH SA N(ADDITIONAL_TS_POSSIBLE) TSi TSr}");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                        "10.1.0.5/32 === 10.2.0.9/32");
    pair_rekey_child(&pair->a, sa, "net"); /* it stays the pair that it is */
    pair_settle(pair);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                        "10.1.0.5/32 === 10.2.0.9/32");
    assert_int_equal(pair->a.installed_count, 1);
    pair_free(pair);
}

/* I10: two configurations of gw have a part each of what alice wants. */
static void i10_another_configuration_would_take_the_rest_2_9(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct pair *pair = pair_new();

        if (more) {
            pair->a.remote_ts[1] = pair_selector("10.4.0.0/24");
            pair->a.children[0].remote_ts_count = 2;
        }
        pair->b.children[1] = pair->b.children[0];
        pair->b.children[1].name = "two";
        pair->b.local_ts[1] = pair_selector("10.4.0.0/24");
        pair->b.children[1].local_ts = &pair->b.local_ts[1];
        pair->b.policy.child_count = 2;
        pair_start(pair);
        pair_establish(pair, NULL);
        assert_string_equal(last_sent(&pair->b),
                            more ? "SK{IDr AUTH SA N(ADDITIONAL_TS_POSSIBLE) TSi TSr}"
                                 : "SK{IDr AUTH SA TSi TSr}");
        assert_string_equal(party_last(&pair->a, TRACE_IKE_SELECTORS_AGREED_EVENT)->text,
                            "10.1.0.0/24 === 10.2.0.0/24");
        pair_free(pair);
    }
}

/* G02: many transforms of each type; one of each is chosen. */
static void g02_one_of_many_transforms_of_each_type_is_chosen_2_7(void **state)
{
    struct pair *pair = pair_new();
    struct crypto_proposal own = pair_proposal(CRYPTO_PROTO_IKE, "aes256-sha384-prfsha512-ecp256");

    (void)state;
    pair->ike_proposals[0] = pair_proposal(
        CRYPTO_PROTO_IKE,
        "aes128-aes192-aes256-sha256-sha384-sha512-prfsha256-prfsha512-x25519-ecp384-ecp256");
    pair->b.policy.proposals = &own;
    pair_start(pair);
    pair_establish(pair, NULL);
    for (size_t i = 0; i < pair->a.event_count; i++) {
        if (pair->a.events[i].kind == TRACE_IKE_PROPOSAL_CHOSEN_EVENT) {
            assert_string_equal(pair->a.events[i].text, "aes256-sha384-prfsha512-ecp256");
            break;
        }
    }
    pair_free(pair);
}

/* ---- what is said outside of exchanges ---- */

/* Unless the policy wants it, nothing is said. */
static void an_unknown_spi_is_told_only_where_that_is_wanted(void **state)
{
    struct crossing c = crossing_new(1);

    (void)state;
    pair_unknown_spi(c.b, 0x12345678);
    assert_int_equal(c.pair->flight_count, 0);
    crossing_free(&c);
}

/*
 *  D11: ESP with an SPI that gw does not know
 *    |==== ESP 12345678 =====================>|
 *    |<--- SK{N(INVALID_SPI)} ---------------|   alice changes nothing for it
 *    |---- SK{} ---------------------------->|
 */
static void d11_an_unknown_spi_is_told_and_changes_nothing_1_5(void **state)
{
    struct crossing c = crossing_new(1);
    struct party_state before = party_state(c.a, c.sa), after;

    (void)state;
    c.b->policy.tell_unknown_spi = true;
    for (int i = 0; i < 20; i++) {
        pair_unknown_spi(c.b, 0x12345678);
    }
    assert_int_equal(c.pair->flight_count, 1);
    assert_string_equal(last_sent(c.b), "SK{N(INVALID_SPI)}");
    pair_settle(c.pair);
    pair_wait(c.pair, c.a->policy.response_keep);
    after = party_state(c.a, c.sa);
    assert_int_equal(after.installed, before.installed);
    assert_int_equal(after.info.child_count, before.info.child_count);
    crossing_assert_settled(&c, 1, 0);
    crossing_free(&c);
}

static void bad_selector(struct party *party, uint32_t spi_in, const uint8_t *inner, size_t len)
{
    struct ike_actions actions = {0};

    ike_endpoint_bad_selector(party->ike, party->pair->now, spi_in, crypto_bytes(inner, len),
                              &actions);
    pair_carry_out(party, &actions);
}

/*
 *  L03: a packet of alice's is authentic, and inside is not what the selectors say
 *    |==== ESP, from 10.9.9.9 ====================================>|   dropped (RFC 4301 §5.2)
 *    |<--- SK{N(INVALID_SELECTORS, SPI, beginning of the packet)} -|   once in ten seconds
 *    |---- SK{} -------------------------------------------------->|
 */
static void a_packet_of_other_selectors_is_told_of_3_10_1(void **state)
{
    static const uint8_t inner[100] = {0x45, 0, 0, 100, 9, 9};
    struct crossing c = crossing_new(1);
    const struct pair_event *heard;
    uint32_t spi_in = c.b->installed[0].spi_in;
    char about[32];

    (void)state;
    bad_selector(c.b, spi_in, inner, sizeof(inner));
    assert_int_equal(c.pair->flight_count, 0); /* not the policy */
    c.b->policy.tell_selectors = true;
    for (int i = 0; i < 20; i++) {
        bad_selector(c.b, spi_in, inner, sizeof(inner));
    }
    bad_selector(c.b, spi_in + 1, inner, sizeof(inner)); /* of no CHILD SA */
    assert_int_equal(c.pair->flight_count, 1);
    assert_string_equal(last_sent(c.b), "SK{N(INVALID_SELECTORS)}");
    pair_settle(c.pair);
    heard = party_last(c.a, TRACE_IKE_COMPLAINT_EVENT);
    snprintf(about, sizeof(about), "SPI %08x", spi_in);
    assert_string_equal(heard->text, about);
    assert_int_equal(heard->number, 48);
    c.pair->now += IKE_HINT_CHECK_INTERVAL;
    bad_selector(c.b, spi_in, inner, 5); /* less is there */
    pair_settle(c.pair);
    assert_int_equal(party_last(c.a, TRACE_IKE_COMPLAINT_EVENT)->number, 5);
    crossing_assert_settled(&c, 1, 0);
    crossing_free(&c);
}

struct complaint {
    uint16_t type;
    size_t spi_len, data_len;
};

static void write_complaint(struct ike_builder *builder, const void *context)
{
    static const uint8_t octets[8] = {0x11, 0x22, 0x33, 0x44, 5, 6, 7, 8};
    const struct complaint *complaint = context;

    ike_build_notify(builder, complaint->spi_len ? IKE_PROTOCOL_ESP : 0,
                     crypto_bytes(octets, complaint->spi_len), complaint->type,
                     crypto_bytes(octets, complaint->data_len));
}

/* C09, D11, L03: what the peer complains about is known, changes nothing, and is answered like any
 * other request, of whatever form it is. */
static void complaints_are_heard_and_change_nothing_1_5_2_3(void **state)
{
    static const struct {
        struct complaint complaint;
        const char *heard; /* NULL: of no form that says something */
    } cases[] = {
        {{IKE_NOTIFY_INVALID_SPI, 0, 4}, "SPI 11223344"},
        {{IKE_NOTIFY_INVALID_SPI, 0, 3}, NULL},
        {{IKE_NOTIFY_INVALID_SPI, 0, 0}, NULL},
        {{IKE_NOTIFY_INVALID_MESSAGE_ID, 0, 4}, "Message ID 287454020"},
        {{IKE_NOTIFY_INVALID_MESSAGE_ID, 0, 8}, NULL},
        {{IKE_NOTIFY_INVALID_SELECTORS, 4, 8}, "SPI 11223344"},
        {{IKE_NOTIFY_INVALID_SELECTORS, 4, 0}, "SPI 11223344"},
        {{IKE_NOTIFY_INVALID_SELECTORS, 0, 8}, NULL},
    };
    struct crossing c = crossing_new(1);
    uint64_t gateway = party_newest(c.b);
    size_t heard = 0;

    (void)state;
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        pair_forge(&(struct pair_forgery){.from = c.b,
                                          .sa = gateway,
                                          .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                          .message_id = i,
                                          .write = write_complaint,
                                          .context = &cases[i].complaint});
        heard += cases[i].heard != NULL;
        assert_string_equal(last_sent(c.a), "SK{}");
        assert_int_equal(party_count(c.a, TRACE_IKE_COMPLAINT_EVENT), heard);
        if (cases[i].heard) {
            assert_string_equal(party_last(c.a, TRACE_IKE_COMPLAINT_EVENT)->text, cases[i].heard);
        }
    }
    assert_true(party_established(c.a, c.sa));
    assert_int_equal(c.a->installed_count, 1);
    crossing_free(&c);
}

static void write_initial_contact(struct ike_builder *builder, const void *context)
{
    (void)context;
    ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_INITIAL_CONTACT,
                     crypto_bytes(NULL, 0));
}

/* D09: it belongs into the first IKE_AUTH; anywhere else it says nothing. */
static void d09_initial_contact_in_a_later_message_is_ignored_2_4(void **state)
{
    struct crossing c = crossing_new(1);

    (void)state;
    pair_forge(&(struct pair_forgery){.from = c.a,
                                      .sa = c.sa,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 2,
                                      .write = write_initial_contact});
    assert_string_equal(last_sent(c.b), "SK{}");
    assert_true(party_established(c.b, c.gateway));
    assert_int_equal(party_children(c.b, c.gateway), 1);
    crossing_free(&c);
}

static void write_both_deletes(struct ike_builder *builder, const void *context)
{
    uint8_t spi[4];

    ike_store_u32(spi, *(const uint32_t *)context);
    ike_build_delete(builder, IKE_PROTOCOL_ESP, 4, crypto_bytes(spi, 4));
    ike_build_delete(builder, IKE_PROTOCOL_IKE, 0, crypto_bytes(NULL, 0));
}

/* K05: the end of the IKE SA is the end of the CHILD SA: the answer is empty. */
static void k05_both_are_deleted_in_one_message_1_4_1(void **state)
{
    struct crossing c = crossing_new(1);

    (void)state;
    pair_forge(&(struct pair_forgery){.from = c.a,
                                      .sa = c.sa,
                                      .exchange = IKE_EXCHANGE_INFORMATIONAL,
                                      .message_id = 2,
                                      .write = write_both_deletes,
                                      .context = &c.old_a});
    assert_string_equal(last_sent(c.b), "SK{}");
    assert_false(party_knows(c.b, c.gateway));
    assert_int_equal(c.b->installed_count, 0);
    crossing_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(j08_the_peer_gets_no_more_than_the_limit_1_3),
        cmocka_unit_test(i05_networks_are_refused_where_a_single_pair_is_wanted_2_9),
        cmocka_unit_test(i05_the_packets_own_pair_is_asked_for_then_2_9),
        cmocka_unit_test(i05_j15_the_same_pair_is_asked_for_again_2_25),
        cmocka_unit_test(i05_no_pair_beyond_the_selectors_is_asked_for_2_9),
        cmocka_unit_test(i10_the_packets_own_pair_is_taken_of_a_longer_list_2_9),
        cmocka_unit_test(i10_another_configuration_would_take_the_rest_2_9),
        cmocka_unit_test(g02_one_of_many_transforms_of_each_type_is_chosen_2_7),
        cmocka_unit_test(an_unknown_spi_is_told_only_where_that_is_wanted),
        cmocka_unit_test(d11_an_unknown_spi_is_told_and_changes_nothing_1_5),
        cmocka_unit_test(a_packet_of_other_selectors_is_told_of_3_10_1),
        cmocka_unit_test(complaints_are_heard_and_change_nothing_1_5_2_3),
        cmocka_unit_test(d09_initial_contact_in_a_later_message_is_ignored_2_4),
        cmocka_unit_test(k05_both_are_deleted_in_one_message_1_4_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
