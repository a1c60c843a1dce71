/* NAT traversal (RFC 7296 §2.23): rows M01 to M07 of the conformance list. */
#include "crypto/digest.h"
#include "ike/sa.h"
#include "tests/ike/pair.h"

/* What the box in front of alice shows of her ports, and that in front of the gateway of its. */
static uint16_t outside;
static bool gateway_too;

static const struct ike_address box = {.family = 4, .ip = {203, 0, 113, 5}};
static const struct ike_address front = {.family = 4, .ip = {203, 0, 113, 77}};

static void set_host(struct ike_address *address, const struct ike_address *host)
{
    memcpy(address->ip, host->ip, sizeof(address->ip));
}

/* alice's ports are mapped; a gateway behind a box has its own forwarded. */
static void translate(struct pair *pair, struct flight *flight)
{
    if (flight->from == &pair->a) {
        set_host(&flight->source, &box);
        flight->source.port = (uint16_t)(flight->source.port + outside);
        set_host(&flight->destination, &pair->b.address);
    } else {
        set_host(&flight->destination, &pair->a.address);
        flight->destination.port = (uint16_t)(flight->destination.port - outside);
        if (gateway_too) {
            set_host(&flight->source, &front);
        }
    }
}

static struct pair *pair_with_nat(void (*transit)(struct pair *pair, struct flight *flight))
{
    struct pair *pair = pair_new();

    outside = 20000;
    gateway_too = false;
    pair->a.policy.nat_traversal = pair->b.policy.nat_traversal = true;
    pair->a.policy.nat_keepalive = pair->b.policy.nat_keepalive = 20 * SECOND;
    pair->transit = transit;
    pair_start(pair);
    return pair;
}

/* As pair_establish, but the gateway knows alice by the address of her box. */
static uint64_t establish(struct pair *pair, uint64_t *gateway)
{
    uint64_t sa = pair_initiate(pair, &pair->a);

    pair_settle(pair);
    *gateway = ike_endpoint_sa_with(pair->b.ike, &box);
    assert_true(party_established(&pair->a, sa) && party_established(&pair->b, *gateway));
    return sa;
}

static void assert_places(const struct party *party, uint64_t sa, const struct ike_address *remote,
                          uint16_t local_port, uint16_t remote_port)
{
    const struct ike_sa *found = ike_sa_by_id(party->ike, sa);

    assert_memory_equal(found->remote.ip, remote->ip, sizeof(remote->ip));
    assert_int_equal(found->remote.port, remote_port);
    assert_int_equal(found->local.port, local_port);
    for (size_t i = 0; i < party->installed_count; i++) {
        assert_memory_equal(party->installed[i].remote.ip, remote->ip, sizeof(remote->ip));
        assert_int_equal(party->installed[i].remote.port, remote_port);
        assert_int_equal(party->installed[i].local.port, local_port);
    }
}

static void m01_hashes_that_match_leave_all_on_port_500_2_23(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_nat(NULL);

    (void)state;
    sa = pair_establish(pair, &gateway);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_NAT_DETECTED_EVENT)->text, "");
    assert_string_equal(party_last(&pair->b, TRACE_IKE_NAT_DETECTED_EVENT)->text, "");
    assert_places(&pair->a, sa, &pair->b.address, 500, 500);
    assert_places(&pair->b, gateway, &pair->a.address, 500, 500);
    assert_false(pair->a.installed[0].udp || pair->b.installed[0].udp);
    pair_wait(pair, 60 * SECOND);
    assert_int_equal(pair->a.keepalives + pair->b.keepalives, 0);
    pair_free(pair);
}

/*
 *  M02  alice         box          gw
 *    |-- 500 ------>|-- 20500 --->|   IKE_SA_INIT: both see that the hash of alice's address is
 * wrong
 *    |<-------------|<------------|
 *    |-- 4500 ----->|-- 24500 --->|   IKE_AUTH, and all behind it
 */
static void m02_a_wrong_source_hash_moves_all_to_port_4500_2_23(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_nat(translate);

    (void)state;
    sa = establish(pair, &gateway);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_NAT_DETECTED_EVENT)->text, "here ");
    assert_string_equal(party_last(&pair->b, TRACE_IKE_NAT_DETECTED_EVENT)->text, "there ");
    assert_places(&pair->a, sa, &pair->b.address, 4500, 4500);
    assert_places(&pair->b, gateway, &box, 4500, 24500);
    assert_true(pair->a.installed[0].udp && pair->b.installed[0].udp);
    /* Who is behind the NAT keeps its mapping alive, after silence only (RFC 3948 §4). */
    pair_wait(pair, 15 * SECOND);
    ike_endpoint_child_used(pair->a.ike, pair->now, pair->a.installed[0].spi_in);
    pair_wait(pair, 15 * SECOND);
    assert_int_equal(pair->a.keepalives, 0);
    pair_wait(pair, 30 * SECOND);
    assert_int_equal(pair->a.keepalives, 2);
    assert_int_equal(pair->b.keepalives, 0);
    pair_free(pair);
}

static void a_successor_stays_behind_the_nat_2_18(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_nat(translate);

    (void)state;
    sa = establish(pair, &gateway);
    pair_rekey_sa(&pair->a, sa);
    pair_settle(pair);
    pair_rekey_child(&pair->b, ike_endpoint_sa_with(pair->b.ike, &box), "net");
    pair_settle(pair);
    assert_places(&pair->b, ike_endpoint_sa_with(pair->b.ike, &box), &box, 4500, 24500);
    assert_true(pair->a.installed[0].udp && pair->b.installed[0].udp);
    pair_wait(pair, 50 * SECOND);
    assert_int_equal(pair->a.keepalives, 2); /* once for the two SAs */
    pair_free(pair);
}

/* Without NAT_DETECTION from both, nobody can tell: nothing moves. */
static void without_support_at_one_end_all_stays_on_port_500_2_23(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_new();

    (void)state;
    outside = 20000;
    gateway_too = false;
    pair->a.policy.nat_traversal = true;
    pair->transit = translate;
    pair_start(pair);
    sa = establish(pair, &gateway);
    assert_int_equal(party_count(&pair->a, TRACE_IKE_NAT_DETECTED_EVENT), 0);
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->local.port, 500);
    assert_false(pair->a.installed[0].udp || pair->b.installed[0].udp);
    pair_free(pair);
}

/* `encap`: the peer is made to believe in a NAT, and the sender knows better. */
static void a_pretended_nat_has_esp_in_udp_too(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_new();

    (void)state;
    pair->a.policy.nat_traversal = pair->b.policy.nat_traversal = true;
    pair->a.policy.encap = true;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    assert_string_equal(party_last(&pair->b, TRACE_IKE_NAT_DETECTED_EVENT)->text, "there ");
    assert_places(&pair->a, sa, &pair->b.address, 4500, 4500);
    assert_places(&pair->b, gateway, &pair->a.address, 4500, 4500);
    assert_true(pair->a.installed[0].udp && pair->b.installed[0].udp);
    pair_free(pair);
}

/* ---- M03 ---- */

static void m03_the_gateway_follows_a_new_authentic_message_2_23(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_nat(translate);

    (void)state;
    sa = establish(pair, &gateway);
    outside = 30000; /* the box was started anew */
    pair_check_liveness(&pair->a, sa);
    pair_settle(pair);
    assert_places(&pair->b, gateway, &box, 4500, 34500);
    assert_string_equal(party_last(&pair->b, TRACE_IKE_ADDRESS_CHANGED_EVENT)->text,
                        "message: 203.0.113.5:34500");
    pair_check_liveness(&pair->b, gateway);
    assert_int_equal(pair->flights[0].destination.port, 4500); /* 34500 by translate's undoing */
    pair_free(pair);
}

static void m03_requests_that_are_out_follow_too_2_23(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_nat(translate);

    (void)state;
    sa = establish(pair, &gateway);
    pair_check_liveness(&pair->b, gateway);
    pair_lose(pair, 0);
    outside = 30000;
    pair_check_liveness(&pair->a, sa);
    pair_deliver_to(&pair->b);
    pair_deliver_to(&pair->a);
    pair_wait(pair, SECOND); /* the gateway sends its own again */
    assert_int_equal(pair->flight_count, 1);
    assert_int_equal(pair->flights[0].destination.port, 4500);
    pair_settle(pair);
    assert_int_equal(ike_sa_by_id(pair->b.ike, gateway)->tasks.used, 0);
    pair_free(pair);
}

/* An old packet again, or one that is not authentic, from anywhere: nobody follows. */
static void m03_copies_and_forgeries_are_not_followed_2_23(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_nat(translate);

    (void)state;
    sa = establish(pair, &gateway);
    pair_check_liveness(&pair->a, sa);
    struct flight copy = pair->flights[0];
    pair_settle(pair);

    outside = 30000;
    copy.source.port = 34500;
    pair->flights[pair->flight_count++] = copy;
    pair_deliver(pair, 0);
    assert_places(&pair->b, gateway, &box, 4500, 24500);
    /* M07: its answer goes to where the request came from all the same (§2.11). */
    assert_int_equal(pair->flight_count, 1);
    assert_int_equal(pair->flights[0].destination.port, 34500 - 30000);
    pair_lose(pair, 0);

    pair_check_liveness(&pair->a, sa);
    pair->flights[0].bytes[pair->flights[0].len - 1] ^= 1;
    pair_deliver_copy(pair, 0);
    assert_places(&pair->b, gateway, &box, 4500, 24500);
    pair_free(pair);
}

static bool says(const struct party *party, const char *words)
{
    return strstr(last_sent(party), words) != NULL;
}

/*
 *  alice, MOBIKE         box          gw
 *    |-- SK{NAT_D} ------>|----------->|   is alive, and how am I seen?
 *    |<-- SK{NAT_D} ------|<-----------|   as another than before, or nobody knows as whom before
 *    |-- SK{UPDATE_SA_ADDRESSES ..} -->|   so gw moves, and asks with COOKIE2
 *
 * O06, M03: with MOBIKE gw does not follow by itself, so alice has to find out that the box has
 * given her another port (RFC 4555 §3.8).
 */
static void o06_a_liveness_check_finds_a_new_mapping_4555_3_8(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    gateway_too = false;
    outside = 20000;
    pair->a.policy.nat_traversal = pair->b.policy.nat_traversal = true;
    pair->a.policy.mobike = pair->b.policy.mobike = true;
    pair->transit = translate;
    pair_start(pair);
    sa = establish(pair, &gateway);
    for (int n = 0; n < 3; n++) {
        size_t updates;

        /* The first has nothing to compare with, the second the same; then the box forgets. */
        outside = n == 2 ? 30000 : 20000;
        pair_check_liveness(&pair->a, sa);
        assert_string_equal(last_sent(&pair->a), "SK{N(NAT_DETECTION_SOURCE_IP) "
                                                 "N(NAT_DETECTION_DESTINATION_IP)}");
        pair_deliver_to(&pair->b);
        assert_true(says(&pair->b, "NAT_DETECTION_DESTINATION_IP"));
        assert_places(&pair->b, gateway, &box, 4500, 24500); /* nothing else comes of it */
        updates = party_count(&pair->b, TRACE_IKE_ADDRESS_CHANGED_EVENT);
        pair_deliver_to(&pair->a);
        assert_int_equal(says(&pair->a, "UPDATE_SA_ADDRESSES"), n != 1);
        pair_settle(pair);
        assert_int_equal(party_count(&pair->b, TRACE_IKE_ADDRESS_CHANGED_EVENT),
                         updates + (n != 1));
    }
    assert_places(&pair->b, gateway, &box, 4500, 34500);
    pair_check_liveness(&pair->b, gateway); /* reaches her, and needs no such words */
    assert_string_equal(last_sent(&pair->b), "SK{}");
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
    pair_free(pair);
}

/* Who is behind a NAT is not led away by a packet whose addresses somebody has changed. */
static void m03_the_end_behind_the_nat_does_not_follow_2_23(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_nat(translate);

    (void)state;
    sa = establish(pair, &gateway);
    pair_check_liveness(&pair->b, gateway);
    set_host(&pair->flights[0].source, &front);
    pair->flights[0].source.port = 9999;
    pair_deliver(pair, 0);
    assert_places(&pair->a, sa, &pair->b.address, 4500, 4500);
    pair_free(pair);
}

static void m03_an_authentic_esp_packet_is_followed_2_23(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_nat(translate);
    struct ike_actions actions = {0};
    struct ike_address source = box, destination = pair->b.address;

    (void)state;
    sa = establish(pair, &gateway);
    source.port = 34500;
    destination.port = 4500;
    ike_endpoint_child_moved(pair->b.ike, pair->now, pair->b.installed[0].spi_in, &source,
                             &destination, &actions);
    assert_int_equal(actions.count, 1);
    assert_int_equal(actions.items[0].kind, IKE_ACTION_CHILD_MOVE);
    assert_int_equal(actions.items[0].move.remote.port, 34500);
    assert_true(actions.items[0].move.udp);
    ike_actions_dispose(&actions);
    assert_int_equal(ike_sa_by_id(pair->b.ike, gateway)->remote.port, 34500);
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->remote.port, 4500);
    pair_free(pair);
}

/* ---- the rest ---- */

static void m04_both_ends_behind_nats_encapsulate_2_23(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_with_nat(translate);

    (void)state;
    gateway_too = true;
    sa = establish(pair, &gateway);
    assert_string_equal(party_last(&pair->a, TRACE_IKE_NAT_DETECTED_EVENT)->text, "here there ");
    assert_true(pair->a.installed[0].udp && pair->b.installed[0].udp);
    assert_int_equal(ike_sa_by_id(pair->a.ike, sa)->local.port, 4500);
    pair_free(pair);
}

/* Appends N(NAT_DETECTION_SOURCE_IP) with the hash of `address` to the IKE_SA_INIT request. */
static void append_hash(struct pair *pair, struct flight *flight, const struct ike_address *address)
{
    uint8_t digested[22], *payload = flight->bytes + flight->len, *next = flight->bytes + 16;

    for (size_t at = 28; at < flight->len;
         at += (size_t)(flight->bytes[at + 2] << 8 | flight->bytes[at + 3])) {
        next = flight->bytes + at;
    }
    *next = IKE_PAYLOAD_NOTIFY;
    memcpy(digested, flight->bytes, 16);
    memcpy(digested + 16, address->ip, 4);
    digested[20] = (uint8_t)(address->port >> 8);
    digested[21] = (uint8_t)address->port;
    memcpy(payload, (const uint8_t[]){0, 0, 0, 28, 0, 0, 16388 >> 8, 16388 & 0xff}, 8);
    crypto_sha1(pair->crypto, crypto_bytes(digested, sizeof(digested)), payload + 8);
    flight->len += 28;
    flight->bytes[26] = (uint8_t)(flight->len >> 8);
    flight->bytes[27] = (uint8_t)flight->len;
}

static void m05_any_of_several_source_hashes_may_match_2_23(void **state)
{
    struct pair *pair = pair_with_nat(translate);

    (void)state;
    pair_initiate(pair, &pair->a);
    append_hash(pair, &pair->flights[0], &pair->flights[0].source);
    pair_deliver_copy(pair, 0);
    assert_string_equal(party_last(&pair->b, TRACE_IKE_NAT_DETECTED_EVENT)->text, "");
    pair_free(pair);
}

/* ---- transport mode (§2.23.1) ---- */

/* alice knows the gateway by its front only, where it is behind one. */
static void translate_both(struct pair *pair, struct flight *flight)
{
    if (flight->from == &pair->a) {
        set_host(&flight->source, &box);
        set_host(&flight->destination, &pair->b.address);
    } else {
        set_host(&flight->source, &front);
        set_host(&flight->destination, &pair->a.address);
    }
}

static void translate_hosts(struct pair *pair, struct flight *flight)
{
    if (flight->from == &pair->a) {
        set_host(&flight->source, &box);
    } else {
        set_host(&flight->destination, &pair->a.address);
    }
}

static struct pair *transport_pair(void (*transit)(struct pair *pair, struct flight *flight))
{
    struct pair *pair = pair_with_nat(transit);
    struct party *const parties[] = {&pair->a, &pair->b};

    for (size_t i = 0; i < 2; i++) {
        parties[i]->children[0].local_ts_count = parties[i]->children[0].remote_ts_count = 0;
        parties[i]->children[0].transport = true;
    }
    return pair;
}

static void assert_selectors(const struct party *party, const struct ike_address *local,
                             const struct ike_address *remote)
{
    size_t last = party->installed_count - 1;

    assert_true(party->installed_count > 0 && party->installed[last].transport);
    assert_memory_equal(party->installed_local[last].start, local->ip, 4);
    assert_memory_equal(party->installed_local[last].end, local->ip, 4);
    assert_memory_equal(party->installed_remote[last].start, remote->ip, 4);
    assert_memory_equal(party->installed_remote[last].end, remote->ip, 4);
}

/* What the peer's checksums are made with. */
static void assert_real(const struct party *party, const struct ike_address *local,
                        const struct ike_address *remote)
{
    const struct ike_child_sa *child = &party->installed[party->installed_count - 1];

    assert_true(child->real.translated);
    assert_memory_equal(child->real.local, local->ip, 4);
    assert_memory_equal(child->real.remote, remote->ip, 4);
}

/*
 *  M06  alice: IP1      box: IPN1    front: IPN2      gw: IP2
 *    |-- TSi IP1, TSr IPN2 ------------------------------>|  from IPN1 to IP2: TSi IPN1, TSr IP2
 *    |<- TSi IPN1, TSr IP2 -------------------------------|  IP1, IPN2
 */
static void m06_each_end_has_selectors_of_the_addresses_it_sees_2_23_1(void **state)
{
    struct pair *pair = transport_pair(translate_both);
    struct ike_actions actions = {0};
    uint64_t sa, gateway;
    uint32_t before;

    (void)state;
    sa = ike_endpoint_initiate(pair->a.ike, pair->now, &pair->a.address, &front, pair->a.attempts++,
                               &actions);
    pair_carry_out(&pair->a, &actions);
    pair_settle(pair);
    gateway = ike_endpoint_sa_with(pair->b.ike, &box);
    assert_true(party_established(&pair->a, sa) && party_established(&pair->b, gateway));
    for (int round = 0; round < 3; round++) {
        assert_selectors(&pair->a, &pair->a.address, &front);
        assert_selectors(&pair->b, &pair->b.address, &box);
        assert_real(&pair->a, &box, &pair->b.address);
        assert_real(&pair->b, &front, &pair->a.address);
        before = pair->a.installed[0].spi_in;
        /* The same of successors, whoever asks for them. */
        pair_rekey_child(round == 0 ? &pair->a : &pair->b, round == 0 ? sa : gateway, "net");
        pair_settle(pair);
        assert_int_equal(pair->a.installed_count, 1);
        assert_int_not_equal(pair->a.installed[0].spi_in, before);
    }
    pair_free(pair);
}

static void m06_the_end_that_no_nat_hides_keeps_its_address_2_23_1(void **state)
{
    struct pair *pair = transport_pair(translate_hosts);
    uint64_t gateway;

    (void)state;
    establish(pair, &gateway);
    assert_selectors(&pair->a, &pair->a.address, &pair->b.address);
    assert_selectors(&pair->b, &pair->b.address, &box);
    assert_real(&pair->a, &box, &pair->b.address);
    assert_real(&pair->b, &pair->b.address, &pair->a.address);
    pair_free(pair);
}

/* The gateway's policy is for tunnels: it looks at what alice has really written (§2.23.1). */
static void m06_a_policy_for_tunnels_takes_the_selectors_as_written_2_23_1(void **state)
{
    struct pair *pair = transport_pair(translate_hosts);
    struct ike_child_policy *child = &pair->b.children[0];
    uint64_t gateway;

    (void)state;
    child->transport = false;
    child->remote_ts_count = 1;
    memcpy(pair->b.remote_ts[0].start, pair->a.address.ip, 4);
    memcpy(pair->b.remote_ts[0].end, pair->a.address.ip, 4);
    establish(pair, &gateway);
    assert_int_equal(pair->b.installed_count, 1);
    assert_false(pair->b.installed[0].transport || pair->a.installed[0].transport);
    assert_false(pair->b.installed[0].real.translated || pair->a.installed[0].real.translated);
    assert_memory_equal(pair->b.installed_remote[0].start, pair->a.address.ip, 4);
    pair_free(pair);
}

static void m06_without_a_nat_there_is_nothing_to_replace_2_23_1(void **state)
{
    struct pair *pair = transport_pair(NULL);
    uint64_t gateway;

    (void)state;
    pair_establish(pair, &gateway);
    assert_selectors(&pair->b, &pair->b.address, &pair->a.address);
    assert_false(pair->b.installed[0].real.translated || pair->a.installed[0].real.translated);
    pair_free(pair);
}

static void m07_answers_go_to_where_the_request_came_from_2_11(void **state)
{
    uint64_t sa, gateway;
    struct pair *pair = pair_new();

    (void)state;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    pair_check_liveness(&pair->a, sa);
    set_host(&pair->flights[0].source, &box);
    pair->flights[0].source.port = 12345;
    pair_deliver(pair, 0);
    assert_int_equal(pair->flights[0].destination.port, 12345);
    assert_memory_equal(pair->flights[0].destination.ip, box.ip, 4);
    /* Without NAT traversal that was for this answer only. */
    assert_memory_equal(ike_sa_by_id(pair->b.ike, gateway)->remote.ip, pair->a.address.ip, 4);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(m01_hashes_that_match_leave_all_on_port_500_2_23),
        cmocka_unit_test(m02_a_wrong_source_hash_moves_all_to_port_4500_2_23),
        cmocka_unit_test(a_successor_stays_behind_the_nat_2_18),
        cmocka_unit_test(without_support_at_one_end_all_stays_on_port_500_2_23),
        cmocka_unit_test(a_pretended_nat_has_esp_in_udp_too),
        cmocka_unit_test(m03_the_gateway_follows_a_new_authentic_message_2_23),
        cmocka_unit_test(m03_requests_that_are_out_follow_too_2_23),
        cmocka_unit_test(m03_copies_and_forgeries_are_not_followed_2_23),
        cmocka_unit_test(o06_a_liveness_check_finds_a_new_mapping_4555_3_8),
        cmocka_unit_test(m03_the_end_behind_the_nat_does_not_follow_2_23),
        cmocka_unit_test(m03_an_authentic_esp_packet_is_followed_2_23),
        cmocka_unit_test(m04_both_ends_behind_nats_encapsulate_2_23),
        cmocka_unit_test(m05_any_of_several_source_hashes_may_match_2_23),
        cmocka_unit_test(m06_each_end_has_selectors_of_the_addresses_it_sees_2_23_1),
        cmocka_unit_test(m06_the_end_that_no_nat_hides_keeps_its_address_2_23_1),
        cmocka_unit_test(m06_a_policy_for_tunnels_takes_the_selectors_as_written_2_23_1),
        cmocka_unit_test(m06_without_a_nat_there_is_nothing_to_replace_2_23_1),
        cmocka_unit_test(m07_answers_go_to_where_the_request_came_from_2_11),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
