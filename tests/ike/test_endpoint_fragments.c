/* IKE fragments (RFC 7383): announced, cut, joined; lost, doubled, in any order, cut anew; and what
 * nobody can do with them. */
#include "ike/fragment.h"
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/ike/pair.h"

enum { IP_AND_UDP = 28 };

/* alice's name is so long that IKE_AUTH is three datagrams of 576 octets; gw's answer is one. */
static struct pair *pair_with_long_name(enum ike_fragmentation a, enum ike_fragmentation b)
{
    static char name[1001];
    struct pair *pair = pair_new();

    memset(name, 'a', sizeof(name) - 1);
    pair->a.self.identity =
        (struct ike_identity){.type = IKE_ID_FQDN, .data = crypto_bytes(name, 1000), .text = name};
    pair->b.self.remote = NULL;
    pair->a.policy.fragmentation = a;
    pair->b.policy.fragmentation = b;
    return pair;
}

static struct pair *pair_with_fragments(void)
{
    struct pair *pair = pair_with_long_name(IKE_FRAGMENTATION_YES, IKE_FRAGMENTATION_YES);

    pair_start(pair);
    return pair;
}

/* IKE_SA_INIT is over; alice's IKE_AUTH is in flight. */
static uint64_t reach_ike_auth(struct pair *pair)
{
    uint64_t sa = pair_initiate(pair, &pair->a);

    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    return sa;
}

static uint16_t number_of(const struct flight *flight)
{
    return (uint16_t)(flight->bytes[32] << 8 | flight->bytes[33]);
}

static uint16_t total_of(const struct flight *flight)
{
    return (uint16_t)(flight->bytes[34] << 8 | flight->bytes[35]);
}

/*
 *  O01, O04
 *    |---- SA KE Ni N(IKEV2_FRAGMENTATION_SUPPORTED) ->|
 *    |<--- SA KE Nr N(IKEV2_FRAGMENTATION_SUPPORTED) --|
 *    |---- SKF(1/3){IDi ..} -------------------------->|
 *    |---- SKF(2/3) ---------------------------------->|
 *    |---- SKF(3/3) ---------------------------------->|   all are there: read
 *    |<--- SK{IDr ..} ---------------------------------|   small enough
 */
static void a_large_message_is_cut_and_joined_rfc7383_2_5(void **state)
{
    struct pair *pair = pair_with_fragments();
    uint64_t sa = reach_ike_auth(pair), gateway;

    (void)state;
    assert_int_equal(pair->flight_count, 3);
    for (uint16_t i = 0; i < 3; i++) {
        const struct flight *flight = &pair->flights[i];

        assert_true(flight->len + IP_AND_UDP <= 576);
        assert_int_equal(ike_load_u32(flight->bytes + 24), flight->len);
        assert_int_equal(flight->bytes[16], IKE_PAYLOAD_SKF);
        assert_int_equal(flight->bytes[18], IKE_EXCHANGE_IKE_AUTH);
        assert_int_equal(ike_load_u32(flight->bytes + 20), 1);
        /* O04: what is inside is said once. */
        assert_int_equal(flight->bytes[28], i == 0 ? IKE_PAYLOAD_IDI : IKE_PAYLOAD_NONE);
        assert_int_equal(number_of(flight), i + 1);
        assert_int_equal(total_of(flight), 3);
        for (uint16_t j = 0; j < i; j++) { /* IVs */
            assert_memory_not_equal(flight->bytes + 36, pair->flights[j].bytes + 36, 8);
        }
    }
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->b);
    assert_int_equal(pair->b.accepted, 0);
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    assert_false(party_established(&pair->b, gateway));
    pair_deliver_to(&pair->b);
    assert_int_equal(pair->b.accepted, 1);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_FRAGMENT_EVENT), 3);
    assert_string_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                        "SKF{IDi IDr AUTH SA TSi TSr}");
    assert_true(party_established(&pair->b, gateway));
    assert_int_equal(pair->flight_count, 1);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* The words of the datagrams that go out: the first has those of the whole. */
static void the_first_fragment_tells_of_the_whole(void **state)
{
    static const char *const want[] = {"SKF(1/3){IDi IDr AUTH SA TSi TSr}", "SKF(2/3)", "SKF(3/3)"};
    struct pair *pair = pair_with_fragments();
    size_t n = 0;

    (void)state;
    reach_ike_auth(pair);
    for (size_t i = 0; i < pair->a.event_count; i++) {
        const struct pair_event *event = &pair->a.events[i];

        if (event->kind == TRACE_IKE_MESSAGE_SENT_EVENT && event->message_id == 1) {
            assert_string_equal(event->text, want[n++]);
        }
    }
    assert_int_equal(n, 3);
    pair_free(pair);
}

/* RFC 7383 §2.3, §2.4: only where both have announced it, and cut only where the policy wants. */
static void both_ends_have_to_announce_it_rfc7383_2_3(void **state)
{
    static const struct {
        enum ike_fragmentation a, b;
        size_t datagrams;
    } cases[] = {
        {IKE_FRAGMENTATION_NO, IKE_FRAGMENTATION_YES, 1},
        {IKE_FRAGMENTATION_YES, IKE_FRAGMENTATION_NO, 1},
        {IKE_FRAGMENTATION_ACCEPT, IKE_FRAGMENTATION_YES, 1},
        {IKE_FRAGMENTATION_YES, IKE_FRAGMENTATION_ACCEPT, 3},
        {IKE_FRAGMENTATION_FORCE, IKE_FRAGMENTATION_YES, 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair *pair = pair_with_long_name(cases[i].a, cases[i].b);
        uint64_t sa;

        pair_start(pair);
        sa = reach_ike_auth(pair);
        assert_int_equal(pair->flight_count, cases[i].datagrams);
        pair_settle(pair);
        assert_true(party_established(&pair->a, sa));
        pair_free(pair);
    }
}

/* Every suite's IV, padding and ICV find their place in a fragment; every size is kept to. */
static void fragments_of_every_suite_and_size_are_joined_rfc7383_2_5(void **state)
{
    static const char *const suites[] = {"aes128gcm16-prfsha256-x25519",
                                         "aes256-sha512-x25519",
                                         "3des-sha1-x25519",
                                         "aes128ctr-sha256-x25519",
                                         "aes256ccm8-prfsha256-x25519",
                                         "chacha20poly1305-prfsha256-x25519"};

    (void)state;
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        for (uint32_t size = IKE_FRAGMENT_SIZE_MIN; size < 700; size += 37) {
            struct pair *pair = pair_with_long_name(IKE_FRAGMENTATION_YES, IKE_FRAGMENTATION_YES);
            uint64_t sa;

            pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, suites[i]);
            pair->a.policy.fragment_size = pair->b.policy.fragment_size = size;
            pair_start(pair);
            sa = reach_ike_auth(pair);
            assert_true(pair->flight_count > 1);
            for (size_t n = 0; n < pair->flight_count; n++) {
                assert_true(pair->flights[n].len + IP_AND_UDP <= size);
            }
            pair_settle(pair);
            assert_true(party_established(&pair->a, sa));
            pair_free(pair);
        }
    }
}

/* O02, RT-09: in any order, each twice; the rest of the exchange notices nothing. */
static void fragments_may_come_in_any_order_and_twice_rfc7383_2_6(void **state)
{
    static const size_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                        {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct pair *pair = pair_with_fragments();
        uint64_t sa = reach_ike_auth(pair);
        struct flight fragments[3];

        memcpy(fragments, pair->flights, sizeof(fragments));
        while (pair->flight_count) {
            pair_lose(pair, 0);
        }
        for (size_t n = 0; n < 3; n++) {
            const struct flight *fragment = &fragments[orders[i][n]];

            pair_inject(&pair->b, fragment->bytes, fragment->len);
            if (n < 2) {
                pair_inject(&pair->b, fragment->bytes, fragment->len);
                assert_string_equal(last_dropped(&pair->b), "duplicate");
            }
        }
        assert_int_equal(pair->flight_count, 1);
        pair_settle(pair);
        assert_true(party_established(&pair->a, sa));
        pair_free(pair);
    }
}

/*
 *  RT-09, RFC 7383 §2.6.1: the answer is lost
 *    |---- SKF(1/3) SKF(2/3) SKF(3/3) ->|   answered
 *    |                    X- SK{..} ----|
 *    |---- SKF(1/3) SKF(2/3) SKF(3/3) ->|   the same bytes: only 1 asks for the answer again
 *    |<--- SK{..} ----------------------|
 */
static void the_whole_message_is_retransmitted_and_number_one_repeats_the_answer_2_6_1(void **state)
{
    struct pair *pair = pair_with_fragments();
    uint64_t sa = reach_ike_auth(pair);
    struct flight first[3], answer;

    (void)state;
    memcpy(first, pair->flights, sizeof(first));
    for (int i = 0; i < 3; i++) {
        pair_deliver_to(&pair->b);
    }
    answer = pair->flights[0];
    pair_lose(pair, 0);
    pair_wait(pair, SECOND);
    assert_int_equal(pair->flight_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pair->flights[i].len, first[i].len);
        assert_memory_equal(pair->flights[i].bytes, first[i].bytes, first[i].len);
        assert_int_equal(pair->flights[i].identity, first[i].identity);
    }
    pair_deliver(pair, 2);
    pair_deliver(pair, 1);
    assert_string_equal(last_dropped(&pair->b), "duplicate");
    assert_int_equal(pair->flight_count, 1);
    pair_deliver_to(&pair->b);
    assert_int_equal(pair->flight_count, 1);
    assert_memory_equal(pair->flights[0].bytes, answer.bytes, answer.len);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(pair->b.established, 1);
    pair_free(pair);
}

/* RT-09: one fragment is lost; the retransmission brings it, the others are known. */
/*
 * To an address that has proved nothing, one datagram for one (§2.1): somebody who has seen alice's
 * request sends it once more, as if it came from a victim. Copies from where alice has been heard
 * bring the whole answer.
 */
static void a_copy_from_elsewhere_brings_one_datagram_for_one_7296_2_1(void **state)
{
    static char name[1001];
    struct pair *pair = pair_with_long_name(IKE_FRAGMENTATION_YES, IKE_FRAGMENTATION_YES);
    struct flight copies[8], copy;
    uint16_t seen = 0;
    size_t total;

    (void)state;
    memset(name, 'g', sizeof(name) - 1);
    pair->b.self.identity =
        (struct ike_identity){.type = IKE_ID_FQDN, .data = crypto_bytes(name, 1000), .text = name};
    pair->a.self.remote = NULL;
    pair_start(pair);
    reach_ike_auth(pair);
    memcpy(copies, pair->flights, sizeof(copies[0]) * pair->flight_count);
    while (pair_in_flight_to(&pair->b)) {
        pair_deliver_to(&pair->b);
    }
    total = total_of(&pair->flights[0]);
    assert_int_equal(pair->flight_count, total);
    assert_true(total >= 3);
    while (pair->flight_count) {
        pair_lose(pair, 0);
    }
    copy = copies[0];
    copy.source.ip[3]++;
    for (size_t n = 0; n < total; n++) {
        pair_release(&copy);
        assert_int_equal(pair->flight_count, 1);
        assert_memory_equal(pair->flights[0].destination.ip, copy.source.ip, 4);
        seen |= (uint16_t)(1u << number_of(&pair->flights[0]));
        pair_lose(pair, 0);
    }
    assert_int_equal(seen, (1u << (total + 1)) - 2); /* who is there has all of it by now */
    copy = copies[0];
    copy.source.port++; /* a NAT that has forgotten */
    pair_release(&copy);
    assert_int_equal(pair->flight_count, total);
    pair_free(pair);
}

static void a_lost_fragment_comes_with_the_retransmission_2_1(void **state)
{
    (void)state;
    for (size_t lost = 0; lost < 3; lost++) {
        struct pair *pair = pair_with_fragments();
        uint64_t sa = reach_ike_auth(pair);

        pair_lose(pair, lost);
        pair_settle(pair);
        assert_int_equal(pair->b.established, 0);
        pair_wait(pair, SECOND);
        pair_settle(pair);
        assert_true(party_established(&pair->a, sa));
        assert_int_equal(party_count(&pair->b, TRACE_IKE_FRAGMENT_EVENT), 3);
        pair_free(pair);
    }
}

/* O03: numbers that cannot be; nothing is kept of them. */
static void impossible_fragment_numbers_are_dropped_rfc7383_2_6(void **state)
{
    static const struct {
        uint16_t number, total;
        const char *reason;
    } cases[] = {{0, 3, "malformed"}, {4, 3, "malformed"}, {0, 0, "malformed"}, {1, 0, "malformed"},
                 {1, 65535, "limit"}, {1, 513, "limit"},   {2, 3, "bad_icv"},   {1, 2, "bad_icv"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair *pair = pair_with_fragments();
        uint64_t sa = reach_ike_auth(pair);
        struct flight fragment = pair->flights[0];
        size_t before = ike_endpoint_memory(pair->b.ike);

        ike_store_u32(fragment.bytes + 32, (uint32_t)cases[i].number << 16 | cases[i].total);
        pair_inject(&pair->b, fragment.bytes, fragment.len);
        assert_string_equal(last_dropped(&pair->b), cases[i].reason);
        assert_int_equal(ike_endpoint_memory(pair->b.ike), before);
        pair_settle(pair);
        assert_true(party_established(&pair->a, sa));
        pair_free(pair);
    }
}

/* An authentic fragment that alice did not send. */
struct own_fragment {
    uint16_t number, total;
    size_t len;
};

static void send_fragment(struct pair *pair, uint64_t id, const struct own_fragment *own)
{
    static uint8_t contents[1400];
    static uint64_t counter;
    const struct ike_sa *sa = ike_sa_by_id(pair->a.ike, id);
    struct crypto_packet_key key;
    uint8_t bytes[PAIR_MESSAGE_MAX] = {0}, iv[8];
    size_t at = 28 + 8 + 8, len;

    ike_store_u64(iv, ~counter++);
    ike_store_u64(bytes, sa->spi_i);
    ike_store_u64(bytes + 8, sa->spi_r);
    bytes[16] = IKE_PAYLOAD_SKF;
    bytes[17] = 0x20;
    bytes[18] = IKE_EXCHANGE_IKE_AUTH;
    bytes[19] = IKE_FLAG_INITIATOR;
    ike_store_u32(bytes + 20, 1);
    bytes[28] = own->number == 1 ? IKE_PAYLOAD_IDI : 0;
    ike_store_u32(bytes + 32, (uint32_t)own->number << 16 | own->total);
    memcpy(bytes + 36, iv, 8);
    memcpy(bytes + at, contents, own->len);
    len = at + own->len + 1 + 16;
    ike_store_u32(bytes + 24, (uint32_t)len);
    bytes[30] = (uint8_t)((len - 28) >> 8);
    bytes[31] = (uint8_t)(len - 28);
    ike_sa_message_key(sa, true, &key);
    assert_int_equal(crypto_packet_seal(pair->crypto, &key, bytes, 36, own->len + 1, NULL), len);
    pair_inject(&pair->b, bytes, len);
}

/* O03, RT-09: fewer in all than before are refused; more mean that the message was cut anew, and
 * the old pieces go. */
static void a_message_cut_anew_begins_again_rfc7383_2_5_2(void **state)
{
    struct pair *pair = pair_with_fragments();
    uint64_t sa = reach_ike_auth(pair);
    size_t empty = ike_endpoint_memory(pair->b.ike);

    (void)state;
    send_fragment(pair, sa, &(struct own_fragment){1, 2, 900});
    assert_true(ike_endpoint_memory(pair->b.ike) > empty + 900);
    pair_settle(pair); /* the three of alice: more than two */
    assert_true(party_established(&pair->a, sa));

    pair_free(pair);
    pair = pair_with_fragments();
    sa = reach_ike_auth(pair);
    pair_deliver_to(&pair->b);
    send_fragment(pair, sa, &(struct own_fragment){2, 2, 900});
    assert_string_equal(last_dropped(&pair->b), "unexpected");
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* RFC 7383 §5: whoever has keys and sends pieces without end fills 64 KB and no more. */
static void unfinished_messages_take_bounded_memory_rfc7383_5(void **state)
{
    struct pair *pair = pair_with_fragments();
    uint64_t sa = reach_ike_auth(pair);
    size_t empty = ike_endpoint_memory(pair->b.ike), most = 0;

    (void)state;
    for (uint16_t n = 1; n <= 512; n++) {
        send_fragment(pair, sa, &(struct own_fragment){n, 512, 1300});
        if (ike_endpoint_memory(pair->b.ike) > most) {
            most = ike_endpoint_memory(pair->b.ike);
        }
    }
    assert_string_equal(last_dropped(&pair->b), "limit");
    assert_true(most > empty + 40000 && most <= empty + IKE_REASSEMBLY_MAX);
    pair_free(pair);
}

/* RFC 7383 §2.6: the rest does not come; the pieces are forgotten, and the SA is as it was. */
static void pieces_are_forgotten_after_a_while_rfc7383_2_6(void **state)
{
    struct pair *pair = pair_with_fragments();
    uint64_t sa = reach_ike_auth(pair);
    size_t empty = ike_endpoint_memory(pair->b.ike);

    (void)state;
    pair->b.policy.half_open_timeout = 3600 * SECOND;
    pair_deliver_to(&pair->b);
    assert_true(ike_endpoint_memory(pair->b.ike) > empty);
    pair->a.policy.retransmit_timeout = 100 * SECOND;
    pair_wait(pair, 15 * SECOND - 1);
    assert_true(ike_endpoint_memory(pair->b.ike) > empty);
    pair_wait(pair, 1);
    assert_int_equal(ike_endpoint_memory(pair->b.ike), empty);
    (void)sa;
    pair_free(pair);
}

/* O05: to whom it was not announced it is a payload of which nothing is known: passed over, and
 * with the critical bit a reason to refuse. */
static void where_it_is_not_spoken_it_is_an_unknown_payload_2_5(void **state)
{
    struct pair *pair = pair_with_fragments(), *deaf = pair_new();
    struct flight fragment;

    (void)state;
    reach_ike_auth(pair);
    fragment = pair->flights[1]; /* the first one's Next Payload would lead nowhere */
    pair_start(deaf);
    reach_ike_auth(deaf);
    memcpy(fragment.bytes, deaf->flights[0].bytes, 16);
    pair_inject(&deaf->b, fragment.bytes, fragment.len);
    assert_string_equal(last_dropped(&deaf->b), "unprotected");
    fragment.bytes[29] = IKE_CRITICAL_BIT;
    pair_inject(&deaf->b, fragment.bytes, fragment.len);
    assert_string_equal(last_dropped(&deaf->b), "malformed");
    pair_settle(deaf);
    assert_int_equal(deaf->a.established, 1);
    pair_free(pair);
    pair_free(deaf);
}

/* Once both speak it, the critical bit says nothing any more; it is under the ICV though. */
static void a_flipped_bit_of_a_fragment_is_found_out_rfc7383_2_5(void **state)
{
    struct pair *pair = pair_with_fragments();
    uint64_t sa = reach_ike_auth(pair);

    (void)state;
    pair_deliver_to(&pair->b);
    for (size_t bit = 8 * 16; bit < 8 * pair->flights[0].len; bit += 5) {
        struct flight fragment = pair->flights[0];

        fragment.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        pair_inject(&pair->b, fragment.bytes, fragment.len);
    }
    while (pair->flight_count > 2) {
        pair_lose(pair, 2); /* hints */
    }
    assert_int_equal(party_count(&pair->b, TRACE_IKE_FRAGMENT_EVENT), 1);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* A rekeyed IKE SA goes on with it; over IPv6 the default is what IPv6 promises. */
static void a_successor_speaks_it_too(void **state)
{
    struct pair *pair = pair_with_fragments();
    uint64_t sa = pair_establish(pair, NULL);

    (void)state;
    pair_rekey_sa(&pair->a, sa);
    pair_settle(pair);
    sa = ike_endpoint_sa_with(pair->a.ike, &pair->b.address);
    assert_true(ike_sa_by_id(pair->a.ike, sa)->fragments);
    assert_int_equal(ike_fragment_limit(pair->a.ike, ike_sa_by_id(pair->a.ike, sa)), 576 - 28);
    ike_sa_by_id(pair->a.ike, sa)->remote.family = 6;
    assert_int_equal(ike_fragment_limit(pair->a.ike, ike_sa_by_id(pair->a.ike, sa)), 1280 - 48);
    ike_sa_by_id(pair->a.ike, sa)->remote.port = IKE_PORT_NAT_T;
    assert_int_equal(ike_fragment_limit(pair->a.ike, ike_sa_by_id(pair->a.ike, sa)), 1280 - 52);
    ike_sa_by_id(pair->a.ike, sa)->remote.family = 4;
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_message_is_cut_and_joined_rfc7383_2_5),
        cmocka_unit_test(the_first_fragment_tells_of_the_whole),
        cmocka_unit_test(both_ends_have_to_announce_it_rfc7383_2_3),
        cmocka_unit_test(fragments_of_every_suite_and_size_are_joined_rfc7383_2_5),
        cmocka_unit_test(fragments_may_come_in_any_order_and_twice_rfc7383_2_6),
        cmocka_unit_test(
            the_whole_message_is_retransmitted_and_number_one_repeats_the_answer_2_6_1),
        cmocka_unit_test(a_copy_from_elsewhere_brings_one_datagram_for_one_7296_2_1),
        cmocka_unit_test(a_lost_fragment_comes_with_the_retransmission_2_1),
        cmocka_unit_test(impossible_fragment_numbers_are_dropped_rfc7383_2_6),
        cmocka_unit_test(a_message_cut_anew_begins_again_rfc7383_2_5_2),
        cmocka_unit_test(unfinished_messages_take_bounded_memory_rfc7383_5),
        cmocka_unit_test(pieces_are_forgotten_after_a_while_rfc7383_2_6),
        cmocka_unit_test(where_it_is_not_spoken_it_is_an_unknown_payload_2_5),
        cmocka_unit_test(a_flipped_bit_of_a_fragment_is_found_out_rfc7383_2_5),
        cmocka_unit_test(a_successor_speaks_it_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
