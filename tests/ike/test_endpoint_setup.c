/* IKE_SA_INIT and IKE_AUTH (RFC 7296 §1.2): four messages make an IKE SA and its first CHILD SA. */
#include "ike/sa.h"
#include "tests/ike/pair.h"

/* The bytes of every message of a run, one behind the other. */
struct wire {
    size_t len;
    uint8_t bytes[16384];
};

static void record_oldest(struct pair *pair, struct wire *wire)
{
    const struct flight *flight = &pair->flights[0];

    assert_true(wire->len + flight->len <= sizeof(wire->bytes));
    memcpy(wire->bytes + wire->len, flight->bytes, flight->len);
    wire->len += flight->len;
}

static uint16_t read16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/*
 *  alice                               gw
 *    |---- SA KE Ni ------------------->|   INIT_DONE
 *    |<------------------ SA KE Nr -----|
 *    |---- SK{IDi IDr AUTH SA TS TS} -->|   ESTABLISHED, child installed
 *    |<-------- SK{IDr AUTH SA TS TS} --|
 *  ESTABLISHED, child installed
 */
static void four_messages_make_an_ike_sa_and_its_child_1_2(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;
    struct ike_sa_info a, b;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    assert_int_not_equal(sa, 0);
    assert_string_equal(last_sent(&pair->a), "SA KE Ni");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_STATE_EVENT)->text, "INIT_SENT");

    pair_deliver_to(&pair->b);
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    assert_int_not_equal(gateway, 0);
    assert_false(party_established(&pair->b, gateway));
    assert_string_equal(last_sent(&pair->b), "SA KE Nr");
    assert_string_equal(party_last(&pair->b, TRACE_IKE_STATE_EVENT)->text, "INIT_DONE");

    pair_deliver_to(&pair->a);
    assert_false(party_established(&pair->a, sa));
    assert_string_equal(party_last(&pair->a, TRACE_IKE_STATE_EVENT)->text, "AUTH_SENT");
    assert_string_equal(last_sent(&pair->a), "SK{IDi IDr AUTH SA TSi TSr}");

    pair_deliver_to(&pair->b);
    assert_true(party_established(&pair->b, gateway));
    assert_int_equal(party_children(&pair->b, gateway), 1);
    assert_string_equal(last_sent(&pair->b), "SK{IDr AUTH SA TSi TSr}");

    pair_deliver_to(&pair->a);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(party_children(&pair->a, sa), 1);
    assert_int_equal(pair->flight_count, 0);

    assert_true(ike_endpoint_sa_info(pair->a.ike, sa, &a));
    assert_true(ike_endpoint_sa_info(pair->b.ike, gateway, &b));
    assert_true(a.initiator);
    assert_false(b.initiator);
    assert_int_equal(a.spi_i, b.spi_i);
    assert_int_equal(a.spi_r, b.spi_r);
    assert_true(ike_endpoint_has_child(pair->a.ike, sa, "net"));
    assert_true(ike_endpoint_has_child(pair->b.ike, gateway, "net"));
    assert_false(ike_endpoint_has_child(pair->a.ike, sa, "other"));
    assert_int_equal(pair->a.established, 1);
    assert_int_equal(pair->b.established, 1);
    pair_free(pair);
}

/* A01, A04, A12: what the first two messages look like, octet by octet. */
static void the_first_messages_have_the_form_of_3_1(void **state)
{
    struct pair *pair = pair_new();
    const uint8_t *bytes;
    uint8_t spi_i[8], zero[8] = {0};

    (void)state;
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    bytes = pair->flights[0].bytes;
    memcpy(spi_i, bytes, 8);
    assert_memory_not_equal(bytes, zero, 8);
    assert_memory_equal(bytes + 8, zero, 8);  /* SPIr */
    assert_int_equal(bytes[16], 33);          /* Next Payload: SA */
    assert_int_equal(bytes[17], 0x20);        /* version 2.0 */
    assert_int_equal(bytes[18], 34);          /* IKE_SA_INIT */
    assert_int_equal(bytes[19], 0x08);        /* I, and nothing else */
    assert_memory_equal(bytes + 20, zero, 4); /* Message ID */
    assert_int_equal(read16(bytes + 26), pair->flights[0].len);
    assert_int_equal(bytes[28 + 4 + 6], 0); /* SPI Size of the proposal */

    pair_deliver_to(&pair->b);
    bytes = pair->flights[0].bytes;
    assert_memory_equal(bytes, spi_i, 8);
    assert_memory_not_equal(bytes + 8, zero, 8);
    assert_int_equal(bytes[18], 34);
    assert_int_equal(bytes[19], 0x20); /* R, and nothing else */
    assert_memory_equal(bytes + 20, zero, 4);

    /* A02: behind the header of IKE_AUTH there is SK only. */
    pair_deliver_to(&pair->a);
    bytes = pair->flights[0].bytes;
    assert_int_equal(bytes[16], 46);
    assert_int_equal(bytes[18], 35);
    assert_int_equal(bytes[23], 1); /* Message ID 1 */
    assert_int_equal(read16(bytes + 30), pair->flights[0].len - 28);
    pair_free(pair);
}

/* G01, H01, J18: in suites of every kind, both ends derive the same keys, and ESP's go crosswise.
 */
static void both_ends_derive_the_same_keys_in_every_suite_2_14_2_17(void **state)
{
    static const char *const suites[][2] = {
        {"aes128gcm16-prfsha256-x25519", "aes128gcm16"},
        {"aes256gcm16-prfsha384-ecp256", "aes256gcm16"},
        {"aes128-sha256-x25519", "aes128-sha256"},
        {"aes256-sha256-ecp384", "aes256-sha256"},
        {"aes256gcm16-prfsha512-modp2048", "aes128gcm16"},
        {"aes192ctr-sha512-x448", "aes192ctr-sha384"},
        {"aes128ccm16-prfaesxcbc-modp3072", "aes256ccm8"},
        {"chacha20poly1305-prfaescmac-ecp521", "chacha20poly1305"},
        {"3des-sha1-modp1536", "3des-aesxcbc"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        struct pair *pair = pair_new();
        uint64_t sa, gateway;

        pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, suites[i][0]);
        pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, suites[i][1]);
        pair_start(pair);
        sa = pair_establish(pair, &gateway);
        pair_assert_agreed(pair, sa, gateway);
        assert_string_equal(party_last(&pair->a, TRACE_IKE_PROPOSAL_CHOSEN_EVENT)->text,
                            suites[i][1]);
        pair_free(pair);
    }
}

/* G01: of the seven keys each has its use: what gw says is under SK_er and SK_ar, what alice says
 * under SK_ei and SK_ai (§2.14). */
static void each_end_seals_with_its_own_keys_2_14(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128-sha256-x25519");
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    for (int by_gateway = 0; by_gateway < 2; by_gateway++) {
        struct party *from = by_gateway ? &pair->b : &pair->a;
        const struct ike_sa *at = ike_sa_by_id(from->ike, by_gateway ? gateway : sa);
        static struct ike_message message;
        uint8_t plain[PAIR_MESSAGE_MAX];
        struct crypto_packet_key key;
        struct ike_error error;

        crypto_packet_key_set(&key, &at->suite,
                              crypto_sk(at->keys, by_gateway ? CRYPTO_SK_ER : CRYPTO_SK_EI),
                              crypto_sk(at->keys, by_gateway ? CRYPTO_SK_AR : CRYPTO_SK_AI));
        pair_check_liveness(from, by_gateway ? gateway : sa);
        assert_int_equal(
            ike_message_parse(&message, crypto_bytes(pair->flights[0].bytes, pair->flights[0].len),
                              &error),
            0);
        assert_int_equal(ike_message_open(&message, pair->crypto, &key, plain, NULL, &error),
                         IKE_OPEN_OK);
        pair_settle(pair);
    }
    pair_free(pair);
}

/* RFC 5282 §3: under one key no IV is used twice, whatever is said. */
static void no_iv_of_an_aead_is_used_twice_rfc5282_3(void **state)
{
    static uint8_t ivs[64][8];
    struct pair *pair = pair_new();
    size_t count = 0;
    uint64_t sa;

    (void)state;
    pair_start(pair);
    sa = pair_initiate(pair, &pair->a);
    for (size_t step = 0; step < 40; step++) {
        const struct flight *flight = &pair->flights[0];

        if (pair->flight_count == 0) {
            pair_create_child(&pair->a, sa, "net");
            pair_check_liveness(&pair->b, ike_endpoint_sa_with(pair->b.ike, &pair->a.address));
        }
        if (flight->from == &pair->a && flight->bytes[16] == IKE_PAYLOAD_SK) {
            for (size_t i = 0; i < count; i++) {
                assert_memory_not_equal(ivs[i], flight->bytes + 32, 8);
            }
            memcpy(ivs[count++], flight->bytes + 32, 8);
        }
        pair_deliver(pair, 0);
    }
    assert_true(count > 10);
    pair_free(pair);
}

/* The same draws make the same bytes, other draws others (docs/design.md, rule 3). */
static void the_same_draws_make_the_same_bytes(void **state)
{
    static struct wire wires[3];

    (void)state;
    for (size_t run = 0; run < 3; run++) {
        struct pair *pair = pair_new();

        wires[run].len = 0;
        pair->a.entropy_seed = run == 2;
        pair_start(pair);
        pair_initiate(pair, &pair->a);
        while (pair->flight_count) {
            record_oldest(pair, &wires[run]);
            pair_deliver(pair, 0);
        }
        pair_free(pair);
    }
    assert_int_equal(wires[0].len, wires[1].len);
    assert_memory_equal(wires[0].bytes, wires[1].bytes, wires[0].len);
    assert_int_equal(wires[0].len, wires[2].len);
    assert_memory_not_equal(wires[0].bytes, wires[2].bytes, wires[0].len);
}

/* What another peer does, and in which order, changes no byte of this one's messages
 * (docs/design.md, rule 3). */
static void other_sas_change_no_byte_of_this_one(void **state)
{
    static struct wire wires[2];

    (void)state;
    for (size_t run = 0; run < 2; run++) {
        struct pair *pair = pair_new();
        struct ike_address stranger = {.family = 4, .ip = {198, 51, 100, 9}, .port = 500};
        struct ike_actions actions = {0};

        wires[run].len = 0;
        pair_start(pair);
        if (run == 1) {
            ike_endpoint_initiate(pair->b.ike, pair->now, &pair->b.address, &stranger, 0, &actions);
            ike_actions_dispose(&actions);
        }
        pair_initiate(pair, &pair->a);
        while (pair->flight_count) {
            record_oldest(pair, &wires[run]);
            pair_deliver(pair, 0);
        }
        pair_free(pair);
    }
    assert_int_equal(wires[0].len, wires[1].len);
    assert_memory_equal(wires[0].bytes, wires[1].bytes, wires[0].len);
}

/* ---- what IKE_AUTH carries besides ---- */

/* W-08, C08: the size is announced in IKE_AUTH by both; one is not announced. */
static void both_ends_announce_their_window_in_ike_auth_2_3(void **state)
{
    struct pair *pair = pair_new();

    (void)state;
    pair->a.policy.window = 4;
    pair->b.policy.window = 7;
    pair_start(pair);
    pair_establish(pair, NULL);
    assert_string_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                        "SK{IDi IDr AUTH SA TSi TSr N(SET_WINDOW_SIZE)}");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_RECEIVED_EVENT)->text,
                        "SK{IDr AUTH SA TSi TSr N(SET_WINDOW_SIZE)}");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_WINDOW_ANNOUNCED_EVENT)->text, "peer");
    assert_int_equal(party_last(&pair->a, TRACE_IKE_WINDOW_ANNOUNCED_EVENT)->number, 7);
    pair_free(pair);
}

/* Further children that the policy starts follow in CREATE_CHILD_SA by themselves. */
static void all_children_that_start_are_made_1_3_1(void **state)
{
    struct pair *pair = pair_new();
    uint64_t sa, gateway;

    (void)state;
    for (size_t i = 1; i < 3; i++) {
        static const char *const names[] = {"", "voice", "video"};

        pair->a.children[i] = pair->a.children[0];
        pair->a.children[i].name = names[i];
    }
    pair->a.policy.child_count = 3;
    pair_start(pair);
    sa = pair_establish(pair, &gateway);
    assert_int_equal(party_children(&pair->a, sa), 3);
    assert_int_equal(party_children(&pair->b, gateway), 3);
    assert_true(ike_endpoint_has_child(pair->a.ike, sa, "video"));
    pair_assert_agreed(pair, sa, gateway);
    pair_free(pair);
}

/* ---- costs and memory ---- */

/* Design §7: an idle pair keeps keys and little else. */
static void an_idle_sa_is_small(void **state)
{
    struct pair *pair = pair_new();
    size_t empty, idle;

    (void)state;
    pair_start(pair);
    empty = ike_endpoint_memory(pair->b.ike);
    pair_establish(pair, NULL);
    pair_wait(pair, pair->b.policy.response_keep);
    idle = ike_endpoint_memory(pair->b.ike) - empty;
    print_message("idle IKE SA with one CHILD SA: %zu octets\n", idle);
    assert_true(idle < 2048);
    pair_free(pair);
}

/* Design §3: what an operation costs is counted in the order in which it was done. */
static void the_costs_of_a_message_are_counted(void **state)
{
    struct pair *pair = pair_new();
    bool seen[CRYPTO_COST_KINDS] = {false};

    (void)state;
    pair_start(pair);
    pair_initiate(pair, &pair->a);
    assert_int_equal(pair->a.costs.items[0].kind, CRYPTO_COST_KEYGEN);
    pair_deliver_to(&pair->b);
    for (size_t i = 0; i < pair->b.costs.count; i++) {
        seen[pair->b.costs.items[i].kind] = true;
    }
    assert_int_equal(pair->b.costs.items[0].kind, CRYPTO_COST_PARSE);
    assert_true(seen[CRYPTO_COST_KEYGEN] && seen[CRYPTO_COST_DERIVE] && seen[CRYPTO_COST_PRF]);
    assert_false(seen[CRYPTO_COST_SEAL] || seen[CRYPTO_COST_OPEN]);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_messages_make_an_ike_sa_and_its_child_1_2),
        cmocka_unit_test(the_first_messages_have_the_form_of_3_1),
        cmocka_unit_test(both_ends_derive_the_same_keys_in_every_suite_2_14_2_17),
        cmocka_unit_test(each_end_seals_with_its_own_keys_2_14),
        cmocka_unit_test(the_same_draws_make_the_same_bytes),
        cmocka_unit_test(other_sas_change_no_byte_of_this_one),
        cmocka_unit_test(no_iv_of_an_aead_is_used_twice_rfc5282_3),
        cmocka_unit_test(both_ends_announce_their_window_in_ike_auth_2_3),
        cmocka_unit_test(all_children_that_start_are_made_1_3_1),
        cmocka_unit_test(an_idle_sa_is_small),
        cmocka_unit_test(the_costs_of_a_message_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
