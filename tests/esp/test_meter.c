/* Limits of octets and packets (RFC 4301 §4.4.2.1, RFC 4303 §3.3.3): told once, and kept. */
#include "esp/limits.h"
#include "tests/esp/support.h"

static struct rig *rig;

static int setup(void **state)
{
    (void)state;
    rig = rig_new(GCM, 64);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_free(rig);
    return 0;
}

/* A CHILD SA with limits takes the place of the first one at both ends. */
static void limit_both(const struct esp_lifetime *lifetime)
{
    rig_rekey_limited(rig, &rig->gw, 2, 0, lifetime);
    rig_rekey_limited(rig, &rig->alice, 2, 0, lifetime);
}

struct outcome {
    enum esp_verdict sent, received;
    struct esp_limit sender, receiver;
};

/* alice sends an inner packet of `len` octets, and gw takes it. */
static struct outcome pass(size_t len)
{
    struct outcome outcome = {0};
    struct sealed packet;
    uint8_t inner[512];
    struct crypto_bytes opened;
    struct esp_result result;

    outcome.sent = esp_stack_seal(rig->alice.stack, alice_packet(inner, len), packet.data,
                                  &packet.len, &result, NULL);
    outcome.sender = result.limit;
    if (outcome.sent == ESP_OK) {
        outcome.received =
            esp_stack_open(rig->gw.stack, packet.data, packet.len, &opened, &result, NULL);
        outcome.receiver = result.limit;
    }
    return outcome;
}

static void packets_reach_the_soft_limit_and_then_the_hard_one(void **state)
{
    (void)state;
    limit_both(&(struct esp_lifetime){.rekey_packets = 3, .life_packets = 5});
    for (int n = 1; n <= 5; n++) {
        struct outcome outcome = pass(40);
        const char *name = n == 3 ? "rekey_packets" : n == 5 ? "life_packets" : NULL;

        assert_int_equal(outcome.sent, ESP_OK);
        assert_int_equal(outcome.received, ESP_OK);
        if (name) {
            assert_string_equal(outcome.sender.name, name);
            assert_string_equal(outcome.receiver.name, name);
            assert_int_equal(outcome.sender.hard, n == 5);
            assert_int_equal(outcome.sender.spi_in, ALICE_SPI + 1);
            assert_int_equal(outcome.receiver.spi_in, GW_SPI + 1);
        } else {
            assert_null(outcome.sender.name);
            assert_null(outcome.receiver.name);
        }
    }
    for (int n = 0; n < 3; n++) {
        struct outcome outcome = pass(40);

        assert_int_equal(outcome.sent, ESP_EXPIRED);
        assert_null(outcome.sender.name);
        assert_int_equal(rig->alice.seen.kind, TRACE_ESP_NO_SA_EVENT);
    }
}

/* Octets are those of inner packets; the one that goes over the limit still passes. */
static void octets_are_those_of_inner_packets(void **state)
{
    (void)state;
    limit_both(&(struct esp_lifetime){.rekey_bytes = 100, .life_bytes = 200});
    assert_null(pass(99).sender.name);
    assert_string_equal(pass(20).sender.name, "rekey_bytes");
    assert_null(pass(80).sender.name);
    assert_string_equal(pass(20).receiver.name, "life_bytes");
    assert_int_equal(pass(20).sent, ESP_EXPIRED);
}

/* Each direction counts for itself: gw has sent nothing, and yet its pair is over. */
static void what_comes_in_counts_too(void **state)
{
    struct sealed packet;
    uint8_t inner[40];
    struct esp_result result;

    (void)state;
    limit_both(&(struct esp_lifetime){.life_packets = 2});
    pass(40);
    pass(40);
    assert_int_equal(esp_stack_seal(rig->gw.stack,
                                    inner_packet(inner, 40, 17, "10.2.0.9", "10.1.0.5"),
                                    packet.data, &packet.len, &result, NULL),
                     ESP_EXPIRED);
}

/* A hard limit that is met before the soft one is told as what it is. */
static void a_big_packet_may_go_over_both_limits_at_once(void **state)
{
    struct outcome outcome;

    (void)state;
    limit_both(&(struct esp_lifetime){.rekey_bytes = 100, .life_bytes = 110});
    outcome = pass(300);
    assert_string_equal(outcome.sender.name, "life_bytes");
    assert_true(outcome.sender.hard);
}

/* N04: a rekey is asked for while there are numbers left. */
static void a_rekey_is_asked_for_before_sequence_numbers_end(void **state)
{
    (void)state;
    pair_of(&rig->alice, ALICE_SPI)->last_sequence = UINT32_MAX - ESP_SEQUENCE_RESERVE - 2;
    assert_null(pass(40).sender.name);
    struct outcome outcome = pass(40);
    assert_string_equal(outcome.sender.name, "sequence");
    assert_false(outcome.sender.hard);
    assert_int_equal(outcome.sender.spi_in, ALICE_SPI);
    assert_null(pass(40).sender.name);
}

/* N04: so is it where a peer had them skipped (RFC 6311 §5.2), into what is left or to the end. */
static void a_rekey_is_asked_for_when_numbers_were_skipped(void **state)
{
    static const uint64_t deltas[] = {UINT32_MAX - ESP_SEQUENCE_RESERVE / 2, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rig *skipping = rig_new(GCM, 64), *kept = rig;

        rig = skipping;
        esp_stack_skip(rig->alice.stack, ALICE_SPI, deltas[i]);
        struct outcome outcome = pass(40);
        assert_int_equal(outcome.sent, i == 0 ? ESP_OK : ESP_EXHAUSTED);
        assert_non_null(outcome.sender.name);
        assert_string_equal(outcome.sender.name, "sequence");
        assert_false(outcome.sender.hard);
        assert_int_equal(outcome.sender.spi_in, ALICE_SPI);
        assert_null(pass(40).sender.name);
        rig_free(skipping);
        rig = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(packets_reach_the_soft_limit_and_then_the_hard_one, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(octets_are_those_of_inner_packets, setup, teardown),
        cmocka_unit_test_setup_teardown(what_comes_in_counts_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_big_packet_may_go_over_both_limits_at_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_rekey_is_asked_for_before_sequence_numbers_end, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_rekey_is_asked_for_when_numbers_were_skipped, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
