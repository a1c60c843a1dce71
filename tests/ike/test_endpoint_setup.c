/* IKE_SA_INIT and IKE_AUTH (RFC 7296 §1.2): four messages make an IKE SA and its first CHILD SA. */
#include "tests/ike/pair.h"

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
    assert_string_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_SENT_EVENT)->text, "SA KE Ni");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_STATE_EVENT)->text, "INIT_SENT");

    pair_deliver_to(&pair->b);
    gateway = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    assert_int_not_equal(gateway, 0);
    assert_false(party_established(&pair->b, gateway));
    assert_string_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_SENT_EVENT)->text, "SA KE Nr");
    assert_string_equal(party_last(&pair->b, TRACE_IKE_STATE_EVENT)->text, "INIT_DONE");

    pair_deliver_to(&pair->a);
    assert_false(party_established(&pair->a, sa));
    assert_string_equal(party_last(&pair->a, TRACE_IKE_STATE_EVENT)->text, "AUTH_SENT");
    assert_string_equal(party_last(&pair->a, TRACE_IKE_MESSAGE_SENT_EVENT)->text,
                        "SK{IDi IDr AUTH SA TSi TSr}");

    pair_deliver_to(&pair->b);
    assert_true(party_established(&pair->b, gateway));
    assert_int_equal(party_children(&pair->b, gateway), 1);
    assert_string_equal(party_last(&pair->b, TRACE_IKE_MESSAGE_SENT_EVENT)->text,
                        "SK{IDr AUTH SA TSi TSr}");

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
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_messages_make_an_ike_sa_and_its_child_1_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
