/* Which CHILD SA sends during a rekey (RFC 7296 §2.8): the initiator's end sends on the new one at
 * once; the responder's on the old one until that is deleted or a packet comes in on the new. So
 * no packet ever meets an end that does not have its SA. Rows J03, J04. */
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

/* Sends a packet between the networks; returns the number of the CHILD SA that carries it. */
static uint32_t send(struct end *end, struct sealed *packet)
{
    uint8_t inner[40];
    struct esp_result result;
    bool gw = end == &rig->gw;
    assert_int_equal(
        esp_stack_seal(end->stack,
                       inner_packet(inner, sizeof inner, 17, gw ? "10.2.0.9" : "10.1.0.5",
                                    gw ? "10.1.0.5" : "10.2.0.9"),
                       packet->data, &packet->len, &result, NULL),
        ESP_OK);
    return result.spi - (gw ? ALICE_SPI : GW_SPI) + 1;
}

static enum esp_verdict receive(struct end *end, const struct sealed *packet)
{
    struct sealed copy = *packet;
    struct crypto_bytes inner;
    struct esp_result result;
    return esp_stack_open(end->stack, copy.data, copy.len, &inner, &result, NULL);
}

static void assert_passes(struct end *from, uint32_t child)
{
    struct sealed packet;
    assert_int_equal(send(from, &packet), child);
    assert_int_equal(receive(from == &rig->gw ? &rig->alice : &rig->gw, &packet), ESP_OK);
}

/*
 *  alice                       gw
 *    |---- SK{N(REKEY_SA)} ---->|   new SA: receives, does not send yet
 *    |<==== ESP on the old =====|
 *    |<-------- SK{..} ---------|
 *  new SA: sends at once
 *    |===== ESP on the new ====>|   now it sends on the new
 *    |---------- D(old) ------->|
 */
static void responder_sends_on_the_old_until_traffic_on_the_new(void **state)
{
    (void)state;
    rig_rekey(rig, &rig->gw, 2, GW_SPI);
    assert_passes(&rig->gw, 1);
    assert_passes(&rig->alice, 1);
    assert_passes(&rig->gw, 1);

    rig_rekey(rig, &rig->alice, 2, 0);
    assert_passes(&rig->gw, 1);
    assert_passes(&rig->alice, 2);
    assert_passes(&rig->gw, 2);

    assert_true(esp_stack_remove(rig->alice.stack, ALICE_SPI));
    assert_passes(&rig->gw, 2);
    assert_true(esp_stack_remove(rig->gw.stack, GW_SPI));
    assert_passes(&rig->gw, 2);
    assert_passes(&rig->alice, 2);
}

static void responder_sends_on_the_new_when_the_old_is_deleted(void **state)
{
    (void)state;
    rig_rekey(rig, &rig->gw, 2, GW_SPI);
    rig_rekey(rig, &rig->alice, 2, 0);
    assert_passes(&rig->gw, 1);
    assert_true(esp_stack_remove(rig->gw.stack, GW_SPI));
    assert_passes(&rig->gw, 2);
}

/* Only what the peer really sent counts: not a forgery, and not a packet on the old SA. */
static void a_forgery_on_the_new_switches_nothing(void **state)
{
    (void)state;
    struct sealed packet;
    rig_rekey(rig, &rig->gw, 2, GW_SPI);
    rig_rekey(rig, &rig->alice, 2, 0);
    assert_int_equal(send(&rig->alice, &packet), 2);
    packet.data[packet.len - 1] ^= 1;
    assert_int_equal(receive(&rig->gw, &packet), ESP_BAD_ICV);
    assert_passes(&rig->gw, 1);
    packet.data[packet.len - 1] ^= 1;
    assert_int_equal(receive(&rig->gw, &packet), ESP_OK);
    assert_passes(&rig->gw, 2);
}

/* The rekey came to nothing: the old one goes on as if nothing had been. */
static void a_new_one_that_is_removed_leaves_the_old_sending(void **state)
{
    size_t memory = 0;

    (void)state;
    for (int again = 0; again < 2; again++) {
        rig_rekey(rig, &rig->gw, 2, GW_SPI);
        assert_true(esp_stack_remove(rig->gw.stack, GW_SPI + 1));
        /* The tables of pointers have grown once, and keep their size. */
        assert_true(again == 0 || esp_stack_memory(rig->gw.stack) == memory);
        memory = esp_stack_memory(rig->gw.stack);
    }
    assert_passes(&rig->gw, 1);
    assert_passes(&rig->alice, 1);
}

/* Simultaneous rekeys (RFC 7296 §2.8.1): each end is responder of one of the two. */
static void two_new_ones_wait_for_one_old(void **state)
{
    (void)state;
    for (uint8_t redundant = 2; redundant <= 3; redundant++) {
        uint8_t kept = (uint8_t)(5 - redundant);
        rig_free(rig);
        rig = rig_new(GCM, 64);
        rig_rekey(rig, &rig->gw, 2, GW_SPI);
        rig_rekey(rig, &rig->gw, 3, GW_SPI);
        rig_rekey(rig, &rig->alice, 2, ALICE_SPI);
        rig_rekey(rig, &rig->alice, 3, ALICE_SPI);
        assert_passes(&rig->gw, 1);
        assert_true(esp_stack_remove(rig->gw.stack, GW_SPI + redundant - 1));
        assert_passes(&rig->gw, 1);
        assert_passes(&rig->alice, 1);
        assert_true(esp_stack_remove(rig->gw.stack, GW_SPI));
        assert_passes(&rig->gw, kept);
        assert_passes(&rig->alice, kept); /* its wait ended with what came in */
    }
}

/* A rekey of the new one before the old one is gone. */
static void a_row_of_rekeys_is_followed(void **state)
{
    (void)state;
    rig_rekey(rig, &rig->gw, 2, GW_SPI);
    rig_rekey(rig, &rig->gw, 3, GW_SPI + 1);
    rig_rekey(rig, &rig->alice, 2, 0);
    rig_rekey(rig, &rig->alice, 3, 0);
    assert_passes(&rig->gw, 1);
    assert_true(esp_stack_remove(rig->gw.stack, GW_SPI));
    assert_passes(&rig->gw, 2);
    assert_passes(&rig->alice, 3);
    assert_passes(&rig->gw, 3);
    assert_true(esp_stack_remove(rig->gw.stack, GW_SPI + 1));
    assert_passes(&rig->gw, 3);
}

/* The Delete overtook: there is nothing to wait for. */
static void without_the_old_one_the_new_one_sends_at_once(void **state)
{
    (void)state;
    rig_rekey(rig, &rig->gw, 2, GW_SPI + 77);
    rig_rekey(rig, &rig->alice, 2, 0);
    assert_passes(&rig->gw, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(responder_sends_on_the_old_until_traffic_on_the_new),
        TEST(responder_sends_on_the_new_when_the_old_is_deleted),
        TEST(a_forgery_on_the_new_switches_nothing),
        TEST(a_new_one_that_is_removed_leaves_the_old_sending),
        TEST(two_new_ones_wait_for_one_old),
        TEST(a_row_of_rekeys_is_followed),
        TEST(without_the_old_one_the_new_one_sends_at_once),
    };
    return cmocka_run_group_tests_name("RFC 7296 §2.8 which SA sends", tests, NULL, NULL);
}
