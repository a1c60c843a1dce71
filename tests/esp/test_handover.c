/* CHILD SAs that another member of a cluster goes on with (RFC 6311 §5.2). */
#include "esp/limits.h"
#include "tests/esp/support.h"

static void a_history_is_told_and_gone_on_with(void **state)
{
    struct rig *rig = rig_new(GCM, 64);
    struct esp_history history;
    struct esp_child child;
    struct sealed packet;

    (void)state;
    for (int n = 0; n < 5; n++) {
        seal(rig, 40, &packet);
        assert_int_equal(open_copy(rig, &packet), ESP_OK);
    }
    assert_true(esp_stack_describe(rig->gw.stack, GW_SPI, &child, &history));
    assert_int_equal(history.sequence_in, 5);
    assert_int_equal(history.sequence_out, 0);
    assert_int_equal(child.spi_out, ALICE_SPI);
    assert_int_equal(child.replay_window, 64);
    assert_string_equal(child.name, "net");
    assert_true(esp_stack_describe(rig->alice.stack, ALICE_SPI, &child, &history));
    assert_int_equal(history.sequence_out, 5);
    assert_false(esp_stack_describe(rig->gw.stack, GW_SPI + 1, &child, &history));
    esp_stack_resume(rig->alice.stack, ALICE_SPI, &(struct esp_history){.sequence_out = 1000});
    seal(rig, 40, &packet);
    assert_int_equal(rig->alice.seen.sequence, 1001);
    assert_int_equal(open_copy(rig, &packet), ESP_OK); /* to skip forward is allowed */
    rig_free(rig);
}

/* What the standby has not heard of may have been accepted by the one before: nothing of it is. */
static void all_before_the_skip_counts_as_seen(void **state)
{
    struct sealed early, late;

    (void)state;
    for (uint32_t window = 1; window <= ESP_REPLAY_WINDOW_MAX; window = window * 3 + 1) {
        for (uint64_t top = 60; top < 70; top++) {
            struct rig *rig = rig_new(GCM, window);

            seal(rig, 40, &early);
            esp_stack_resume(rig->gw.stack, GW_SPI, &(struct esp_history){.sequence_in = top});
            assert_int_equal(open_copy(rig, &early), top < window + 1 ? ESP_REPLAYED : ESP_TOO_OLD);
            esp_stack_skip(rig->alice.stack, ALICE_SPI, top - 2);
            seal(rig, 40, &late); /* the number `top` itself */
            assert_int_equal(open_copy(rig, &late), ESP_REPLAYED);
            for (int n = 0; n < 200; n++) {
                seal(rig, 40, &late);
                assert_int_equal(open_copy(rig, &late), ESP_OK);
                assert_int_equal(open_copy(rig, &late), ESP_REPLAYED);
            }
            rig_free(rig);
        }
    }
}

/* No number comes twice, whatever the peer asks for. */
static void a_skip_ends_at_the_last_number(void **state)
{
    struct rig *rig = rig_new(GCM, 64);
    struct esp_result result;
    struct sealed packet;
    uint8_t inner[64];

    (void)state;
    esp_stack_skip(rig->alice.stack, ALICE_SPI, UINT64_MAX);
    assert_int_equal(esp_stack_seal(rig->alice.stack, alice_packet(inner, 40), packet.data,
                                    &packet.len, &result, NULL),
                     ESP_EXHAUSTED);
    esp_stack_skip(rig->alice.stack, ALICE_SPI + 1, 1); /* there is no such SA */
    rig_free(rig);
    rig = rig_new_esn(GCM, 64, 5);
    esp_stack_skip(rig->alice.stack, ALICE_SPI, UINT64_C(1) << 40);
    seal(rig, 40, &packet);
    assert_int_equal(rig->alice.seen.sequence, (UINT64_C(1) << 40) + 6);
    rig_free(rig);
}

static void what_was_counted_goes_on(void **state)
{
    struct rig *rig = rig_new(GCM, 64);
    struct esp_lifetime lifetime = {.rekey_packets = 3, .life_packets = 5};
    struct esp_result result;
    struct sealed packet;
    uint8_t inner[64];

    (void)state;
    rig_rekey_limited(rig, &rig->alice, 2, 0, &lifetime);
    esp_stack_resume(rig->alice.stack, ALICE_SPI + 1, &(struct esp_history){.packets_out = 2});
    assert_int_equal(esp_stack_seal(rig->alice.stack, alice_packet(inner, 40), packet.data,
                                    &packet.len, &result, NULL),
                     ESP_OK);
    assert_string_equal(result.limit.name, "rekey_packets");
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_history_is_told_and_gone_on_with),
        cmocka_unit_test(all_before_the_skip_counts_as_seen),
        cmocka_unit_test(a_skip_ends_at_the_last_number),
        cmocka_unit_test(what_was_counted_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
