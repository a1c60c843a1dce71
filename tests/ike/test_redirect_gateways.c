/* How REDIRECT names a gateway, by address and by FQDN, and anycast addresses (RFC 5685 §4, §9). */
#include "ike/sa.h"
#include "tests/ike/lab.h"

static const char gw_2[] = "gw-2.example.org";

/* alice, who follows, and gw, who names another gateway by its FQDN. */
static struct pair *pair_with_name(const char *name, enum ike_redirect_in where)
{
    struct pair *pair = pair_new();

    pair->a.policy.follow_redirects = true;
    pair->b.policy.redirect_name = crypto_bytes(name, strlen(name));
    pair->b.policy.redirect_in = (uint8_t)where;
    pair_start(pair);
    return pair;
}

static const char *last_why(const struct party *party)
{
    return party_last(party, TRACE_IKE_REDIRECT_EVENT)->text;
}

/* The newest datagram on its way. */
static struct crypto_bytes on_the_wire(const struct pair *pair)
{
    const struct flight *flight = &pair->flights[pair->flight_count - 1];

    return crypto_bytes(flight->bytes, flight->len);
}

/* ---- by name (§9.2, type 3) ---- */

/*
 *    |---- SA KE Ni N(REDIRECT_SUPPORTED) --------------->|
 *    |<--- N(REDIRECT 3, 16, "gw-2.example.org", Ni) -----|
 *  gone; the name is for the host to resolve
 */
static void a_gateway_is_named_by_fqdn_in_ike_sa_init_rfc5685_9_2(void **state)
{
    struct pair *pair = pair_with_name(gw_2, IKE_REDIRECT_IN_INIT);
    uint64_t sa = pair_initiate(pair, &pair->a);
    struct crypto_bytes request = on_the_wire(pair), answer;
    const size_t notify = 28 + 8, nonce = notify + 2 + sizeof(gw_2) - 1;
    uint8_t sent[PAIR_MESSAGE_MAX];

    (void)state;
    memcpy(sent, request.data, request.len);
    pair_deliver_to(&pair->b);
    answer = on_the_wire(pair);
    assert_int_equal(answer.data[notify], 3);
    assert_int_equal(answer.data[notify + 1], sizeof(gw_2) - 1);
    assert_memory_equal(answer.data + notify + 2, gw_2, sizeof(gw_2) - 1);
    assert_true(answer.len >= nonce + 16); /* Ni is behind the name, and nothing behind Ni */
    for (size_t at = 0;; at++) {
        assert_true(at + (answer.len - nonce) <= request.len);
        if (memcmp(sent + at, answer.data + nonce, answer.len - nonce) == 0) {
            break;
        }
    }
    pair_deliver_to(&pair->a);
    assert_false(party_knows(&pair->a, sa));
    assert_string_equal(pair->a.redirected_name, gw_2);
    assert_int_equal(pair->a.redirected_to.family, 0);
    assert_int_equal(pair->a.redirected.count, 1);
    pair_free(pair);
}

/* §9.3: REDIRECTED_FROM has an address, of the gateway that was asked, however that has named the
 * next one. */
static void a_name_is_not_what_redirected_from_has_rfc5685_9_3(void **state)
{
    struct pair *pair = pair_with_name(gw_2, IKE_REDIRECT_IN_INIT);
    struct ike_actions actions = {0};
    const struct ike_action *action;
    uint8_t from[6] = {1, 4};

    (void)state;
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_memory_equal(&pair->a.redirected.from, &pair->b.address, sizeof(pair->b.address));
    memcpy(from + 2, pair->b.address.ip, 4);
    ike_endpoint_follow(pair->a.ike, pair->now, &pair->a.address, &pair->b.address,
                        &pair->a.redirected, 1, &actions);
    action = &actions.items[0];
    assert_memory_equal(action->transmit.bytes + action->transmit.len - sizeof(from), from,
                        sizeof(from));
    ike_actions_dispose(&actions);
    pair_free(pair);
}

/* In IKE_AUTH (§6) and INFORMATIONAL (§5) too, there without a nonce. */
static void a_gateway_is_named_by_fqdn_in_auth_and_in_a_session_rfc5685_5_6(void **state)
{
    struct pair *pair = pair_with_name(gw_2, IKE_REDIRECT_IN_AUTH);
    struct ike_actions actions = {0};
    const char *why = NULL;
    uint64_t sa, gateway;

    (void)state;
    sa = pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_string_equal(pair->a.redirected_name, gw_2);
    assert_string_equal(last_why(&pair->a), "followed");
    assert_false(party_knows(&pair->a, sa));
    pair_free(pair);

    pair = pair_with_name(gw_2, IKE_REDIRECT_ORDERED);
    sa = pair_establish(pair, &gateway);
    assert_int_equal(ike_endpoint_redirect(pair->b.ike, pair->now, gateway, &actions, &why), 0);
    pair_carry_out(&pair->b, &actions);
    pair_settle(pair);
    assert_string_equal(pair->a.redirected_name, gw_2);
    assert_false(party_knows(&pair->a, sa));
    assert_false(party_knows(&pair->b, gateway));
    pair_free(pair);
}

static void the_longest_name_goes_whole_rfc5685_9_2(void **state)
{
    char name[IKE_GATEWAY_NAME_MAX + 1];
    struct pair *pair;

    (void)state;
    memset(name, 'x', IKE_GATEWAY_NAME_MAX);
    name[IKE_GATEWAY_NAME_MAX] = '\0';
    pair = pair_with_name(name, IKE_REDIRECT_IN_INIT);
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_string_equal(pair->a.redirected_name, name);
    pair_free(pair);
}

struct identity {
    size_t len;
    uint8_t data[40];
};

/* Each type has its length, and a name has the characters of one (RFC 7296 §3.5: no terminators).
 */
static void an_identity_of_the_wrong_length_or_with_terminators_is_none_rfc5685_9_2(void **state)
{
    static const struct identity wrong[] = {
        {2, {3, 0}},
        {6, {3, 5, 'g', 'w', '.', 'o'}},
        {9, {3, 7, 'g', 'w', '.', 'o', 'r', 'g', 0}},
        {9, {3, 7, 'g', 'w', '.', 'o', 'r', 'g', '\n'}},
        {9, {3, 7, 'g', 'w', ' ', 'o', 'r', 'g', 'x'}},
        {9, {3, 7, 'g', 0xc3, 0xbc, '.', 'd', 'e', 'x'}},
        {7, {1, 5, 192, 0, 2, 1, 9}},
        {5, {1, 3, 192, 0, 2}},
        {18, {1, 16, 0x20, 0x01}},
        {17, {2, 15, 0x20, 0x01}},
        {6, {2, 4, 192, 0, 2, 1}},
        {6, {0, 4, 192, 0, 2, 1}},
        {6, {4, 4, 192, 0, 2, 1}},
    };
    struct pair *pair = pair_with_name(gw_2, IKE_REDIRECT_ORDERED);
    uint64_t sa;

    (void)state;
    sa = pair_initiate(pair, &pair->a);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        pair_inject_notify(pair, IKE_NOTIFY_REDIRECT, crypto_bytes(wrong[i].data, wrong[i].len));
        assert_string_equal(last_dropped(&pair->a), "malformed");
    }
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

static void an_ipv6_gateway_has_sixteen_octets_rfc5685_9_2(void **state)
{
    static const uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 9};
    struct pair *pair = pair_new();

    (void)state;
    pair->a.policy.follow_redirects = true;
    pair->b.policy.redirect_family = 6;
    memcpy(pair->b.policy.redirect_ip, six, sizeof(six));
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_int_equal(pair->a.redirected_to.family, 6);
    assert_memory_equal(pair->a.redirected_to.ip, six, sizeof(six));
    pair_free(pair);
}

/* The request with one notify more behind its payloads; returns its length. */
static size_t add_notify(uint8_t *request, size_t len, uint16_t type,
                         const struct identity *identity)
{
    size_t at = 28, payload = 8 + identity->len;
    uint8_t *next = &request[16];

    while (*next != 0) {
        next = &request[at];
        at += (size_t)request[at + 2] << 8 | request[at + 3];
    }
    assert_int_equal(at, len);
    *next = IKE_PAYLOAD_NOTIFY;
    memset(request + len, 0, 8);
    request[len + 3] = (uint8_t)payload;
    request[len + 6] = (uint8_t)(type >> 8);
    request[len + 7] = (uint8_t)type;
    memcpy(request + len + 8, identity->data, identity->len);
    len += payload;
    request[26] = (uint8_t)(len >> 8);
    request[27] = (uint8_t)len;
    return len;
}

/* §9.3: a name is no valid REDIRECTED_FROM, and one that is cut off is none either: neither says
 * that its sender can be redirected. */
static void a_redirected_from_without_an_address_says_nothing_rfc5685_9_3(void **state)
{
    static const struct {
        struct identity from;
        bool counts;
    } cases[] = {
        {{6, {1, 4, 192, 0, 2, 1}}, true},     {{18, {2, 16, 0x20, 0x01}}, true},
        {{5, {3, 3, 'g', 'w', '2'}}, false},   {{5, {1, 4, 192, 0, 2}}, false},
        {{7, {1, 4, 192, 0, 2, 1, 0}}, false}, {{0, {0}}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair *pair = pair_with_name(gw_2, IKE_REDIRECT_IN_INIT);
        uint8_t request[PAIR_MESSAGE_MAX];
        size_t len;

        pair->a.policy.follow_redirects = false;
        pair_initiate(pair, &pair->a);
        len = pair->flights[0].len;
        memcpy(request, pair->flights[0].bytes, len);
        len = add_notify(request, len, IKE_NOTIFY_REDIRECTED_FROM, &cases[i].from);
        pair_inject(&pair->b, request, len);
        assert_string_equal(last_sent(&pair->b), cases[i].counts ? "N(REDIRECT)" : "SA KE Nr");
        pair_free(pair);
    }
}

/* ---- anycast (§4) ---- */

static const struct ike_address shared = {.family = 4, .ip = {198, 51, 100, 100}, .port = IKE_PORT};

/* gw shares an address with others. */
static struct pair *pair_with_anycast(bool follow)
{
    struct pair *pair = pair_new();

    pair->a.policy.follow_redirects = follow;
    pair->b.policy.anycast = shared;
    pair->b.policy.unicast = pair->b.address;
    pair_start(pair);
    return pair;
}

/* alice begins an IKE SA with whoever has that address. */
static uint64_t initiate_anycast(struct pair *pair)
{
    struct ike_actions actions = {0};
    uint64_t sa = ike_endpoint_initiate(pair->a.ike, pair->now, &pair->a.address, &shared,
                                        pair->a.attempts++, &actions);

    pair_carry_out(&pair->a, &actions);
    return sa;
}

/*
 *  IP_I -> ANYCAST |---- SA KE Ni N(REDIRECT_SUPPORTED) -->|   no state
 *  ANYCAST -> IP_I |<-- N(REDIRECT, gw's own address, Ni) -|
 *  and there with N(REDIRECTED_FROM, ANYCAST)
 */
static void an_anycast_address_redirects_to_the_unicast_one_rfc5685_4(void **state)
{
    struct pair *pair = pair_with_anycast(true);
    size_t empty = ike_endpoint_memory(pair->b.ike);
    struct ike_actions actions = {0};
    const struct ike_action *action;
    uint8_t from[6] = {1, 4};
    uint64_t sa = initiate_anycast(pair);

    (void)state;
    pair_deliver_to(&pair->b);
    assert_string_equal(last_sent(&pair->b), "N(REDIRECT)");
    assert_int_equal(ike_endpoint_memory(pair->b.ike), empty);
    assert_memory_equal(&pair->flights[0].source, &shared, sizeof(shared));
    pair_deliver_to(&pair->a);
    assert_false(party_knows(&pair->a, sa));
    assert_memory_equal(&pair->a.redirected_to, &pair->b.address, sizeof(pair->b.address));
    assert_memory_equal(&pair->a.redirected.from, &shared, sizeof(shared));

    sa = ike_endpoint_follow(pair->a.ike, pair->now, &pair->a.address, &pair->a.redirected_to,
                             &pair->a.redirected, pair->a.attempts++, &actions);
    action = &actions.items[0];
    memcpy(from + 2, shared.ip, 4);
    assert_memory_equal(action->transmit.bytes + action->transmit.len - sizeof(from), from,
                        sizeof(from));
    pair_carry_out(&pair->a, &actions);
    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* §4: its own address if it is not overloaded, else another gateway's, which may have a name. */
static void an_overloaded_gateway_sends_on_from_its_anycast_address_rfc5685_4(void **state)
{
    struct pair *pair = pair_with_anycast(true);
    uint64_t sa;

    (void)state;
    pair->b.policy.redirect_above = 1;
    pair->b.policy.redirect_name = crypto_bytes(gw_2, sizeof(gw_2) - 1);
    initiate_anycast(pair);
    pair_settle(pair);
    assert_memory_equal(&pair->a.redirected_to, &pair->b.address, sizeof(pair->b.address));
    sa = pair_establish(pair, NULL);
    assert_true(party_established(&pair->a, sa));
    initiate_anycast(pair);
    pair_settle(pair);
    assert_string_equal(pair->a.redirected_name, gw_2);
    pair_free(pair);
}

/* At its own address such a gateway is one like any other. */
static void at_its_unicast_address_nobody_is_redirected_rfc5685_4(void **state)
{
    struct pair *pair = pair_with_anycast(true);
    uint64_t sa = pair_establish(pair, NULL);

    (void)state;
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(pair->a.redirected.count, 0);
    pair_free(pair);
}

/* §3: it must not be redirected; §4: and must not be served there. So it hears nothing. */
static void who_cannot_be_redirected_gets_nothing_at_anycast_rfc5685_4(void **state)
{
    struct pair *pair = pair_with_anycast(false);
    size_t empty = ike_endpoint_memory(pair->b.ike);

    (void)state;
    initiate_anycast(pair);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_dropped(&pair->b), "unacceptable");
    assert_int_equal(ike_endpoint_memory(pair->b.ike), empty);
    assert_int_equal(pair->flight_count, 0);
    pair_free(pair);
}

/* §7: an anycast address in the row counts like any gateway. */
static void a_redirect_from_anycast_counts_rfc5685_7(void **state)
{
    struct pair *pair = pair_with_anycast(true);
    struct ike_redirected how = {
        .from = pair->b.address, .count = IKE_REDIRECTS_MAX, .since = pair->now};
    struct ike_actions actions = {0};

    (void)state;
    ike_endpoint_follow(pair->a.ike, pair->now, &pair->a.address, &shared, &how, 9, &actions);
    pair_carry_out(&pair->a, &actions);
    pair_settle(pair);
    assert_string_equal(last_dropped(&pair->a), "limit");
    assert_int_equal(pair->a.redirected.count, 0);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gateway_is_named_by_fqdn_in_ike_sa_init_rfc5685_9_2),
        cmocka_unit_test(a_name_is_not_what_redirected_from_has_rfc5685_9_3),
        cmocka_unit_test(a_gateway_is_named_by_fqdn_in_auth_and_in_a_session_rfc5685_5_6),
        cmocka_unit_test(the_longest_name_goes_whole_rfc5685_9_2),
        cmocka_unit_test(an_identity_of_the_wrong_length_or_with_terminators_is_none_rfc5685_9_2),
        cmocka_unit_test(an_ipv6_gateway_has_sixteen_octets_rfc5685_9_2),
        cmocka_unit_test(a_redirected_from_without_an_address_says_nothing_rfc5685_9_3),
        cmocka_unit_test(an_anycast_address_redirects_to_the_unicast_one_rfc5685_4),
        cmocka_unit_test(an_overloaded_gateway_sends_on_from_its_anycast_address_rfc5685_4),
        cmocka_unit_test(at_its_unicast_address_nobody_is_redirected_rfc5685_4),
        cmocka_unit_test(who_cannot_be_redirected_gets_nothing_at_anycast_rfc5685_4),
        cmocka_unit_test(a_redirect_from_anycast_counts_rfc5685_7),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
