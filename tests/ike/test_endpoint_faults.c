/* A faulty sender (ike/faults.h): what is wrong in its message is authentic, so that the receiver
 * sees it in the fields or not at all (RFC 7296 §2.21). */
#include "ike/faults.h"
#include "tests/ike/pair.h"

static struct ike_edit edit_of(uint8_t exchange, uint8_t payload, uint32_t octet, const char *value,
                               size_t len)
{
    return (struct ike_edit){
        .exchange = exchange,
        .response = 0,
        .message_id = -1,
        .nth = 1,
        .payload = payload,
        .which = 1,
        .octet = octet,
        .value = crypto_bytes((const uint8_t *)value, len),
    };
}

static struct pair *pair_with(struct ike_faults *faults, struct ike_edit *edit)
{
    struct pair *pair = pair_new();

    *faults = (struct ike_faults){.count = 1, .edits = edit};
    pair->a.faults = faults;
    pair_start(pair);
    return pair;
}

static size_t edits_of(const struct party *party)
{
    return party_count(party, TRACE_IKE_EDITED_EVENT);
}

/*
 *  alice                              gw
 *    |---- SA KE Ni, KE of group 19 -->|   31 is in the proposal
 *
 * The octets are those of the message that AUTH covers: what an attacker writes here is found by
 * AUTH, what the sender writes is not.
 */
static void a_wrong_group_in_ke_is_refused_by_its_content_1_3(void **state)
{
    struct ike_edit edit = edit_of(IKE_EXCHANGE_IKE_SA_INIT, IKE_PAYLOAD_KE, 4, "\0\x13", 2);
    struct ike_faults faults;
    struct pair *pair = pair_with(&faults, &edit);

    (void)state;
    pair_initiate(pair, &pair->a);
    assert_int_equal(edits_of(&pair->a), 1);
    pair_deliver_to(&pair->b);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_SA_CREATED_EVENT), 0);
    pair_free(pair);
}

/* The nonce of the request, changed by its own sender: both ends then have different
 * Ni, so different keys, and IKE_AUTH cannot be opened (§2.14). */
static void a_nonce_that_is_not_the_one_meant_makes_other_keys_2_14(void **state)
{
    struct ike_edit edit = edit_of(IKE_EXCHANGE_IKE_SA_INIT, IKE_PAYLOAD_NONCE, 4, "\xa5", 1);
    struct ike_faults faults;
    struct pair *pair = pair_with(&faults, &edit);

    (void)state;
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_string_equal(last_dropped(&pair->b), "bad_icv");
    pair_free(pair);
}

/*
 *    |---- SK{IDi' AUTH ...} -->|   the ICV is right; AUTH covers the IDi that was meant
 *    |<--- SK{N(AUTHENTICATION_FAILED)} ---|
 */
static void an_identity_changed_before_sealing_is_found_by_auth_2_15(void **state)
{
    struct ike_edit edit = edit_of(IKE_EXCHANGE_IKE_AUTH, IKE_PAYLOAD_IDI, 8, "x", 1);
    struct ike_faults faults;
    struct pair *pair = pair_with(&faults, &edit);

    (void)state;
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_int_equal(edits_of(&pair->a), 1);
    assert_int_equal(party_count(&pair->b, TRACE_IKE_MESSAGE_DROPPED_EVENT), 0);
    assert_string_equal(last_sent(&pair->b), "SK{N(AUTHENTICATION_FAILED)}");
    assert_int_equal(pair->a.established, 0);
    pair_free(pair);
}

/* What goes out again is what went out (§2.1), edits and all; the next message is not changed. */
static void retransmissions_have_the_edit_and_later_messages_have_not_2_1(void **state)
{
    struct ike_edit edit = edit_of(IKE_EXCHANGE_INFORMATIONAL, 0, 23, "\x09", 1);
    struct ike_faults faults;
    struct pair *pair = pair_with(&faults, &edit);
    struct flight first;
    uint64_t sa;

    (void)state;
    sa = pair_establish(pair, NULL);
    pair_check_liveness(&pair->a, sa);
    first = pair->flights[0];
    assert_int_equal(first.bytes[23], 9); /* Message ID, told wrong and authentic */
    pair_lose(pair, 0);
    pair_wait(pair, 2 * SECOND);
    assert_int_equal(pair->flights[0].len, first.len);
    assert_memory_equal(pair->flights[0].bytes, first.bytes, first.len);
    assert_int_equal(edits_of(&pair->a), 1);
    pair_free(pair);
}

/* A Message ID above the window that is authentic is complained about, §2.3; one that was changed
 * on the way is silence. */
static void a_message_id_told_wrong_is_authentic_and_outside_of_the_window_2_3(void **state)
{
    struct ike_edit edit = edit_of(IKE_EXCHANGE_INFORMATIONAL, 0, 23, "\x09", 1);
    struct ike_faults faults;
    struct pair *pair = pair_with(&faults, &edit);
    uint64_t sa;

    (void)state;
    sa = pair_establish(pair, NULL);
    pair_check_liveness(&pair->a, sa);
    pair_deliver_to(&pair->b);
    assert_string_equal(last_dropped(&pair->b), "outside_window");
    pair_free(pair);
}

/* Lengths are patched before the edit, so they can be edited too; what follows from them is the
 * reader's business: nothing beyond a refusal. */
static void a_payload_length_too_long_is_refused_as_malformed_2_21(void **state)
{
    struct ike_edit edit = edit_of(IKE_EXCHANGE_IKE_AUTH, IKE_PAYLOAD_AUTH, 2, "\xff\xff", 2);
    struct ike_faults faults;
    struct pair *pair = pair_with(&faults, &edit);

    (void)state;
    pair_initiate(pair, &pair->a);
    pair_settle(pair);
    assert_int_equal(pair->b.established, 0);
    assert_string_equal(last_sent(&pair->b), "SK{N(INVALID_SYNTAX)}");
    pair_free(pair);
}

/* An edit that the message has no octets for changes nothing, and says so. */
static void an_octet_that_is_not_there_changes_nothing(void **state)
{
    struct ike_edit edits[] = {
        edit_of(IKE_EXCHANGE_IKE_SA_INIT, IKE_PAYLOAD_KE, 60000, "x", 1),
        edit_of(IKE_EXCHANGE_IKE_SA_INIT, IKE_PAYLOAD_CERT, 4, "x", 1),
        edit_of(IKE_EXCHANGE_IKE_SA_INIT, 0, UINT32_MAX, "x", 1),
    };
    struct ike_faults faults;
    struct pair *pair = pair_with(&faults, edits);
    uint64_t sa;

    (void)state;
    faults.count = 3;
    sa = pair_establish(pair, NULL);
    assert_int_equal(edits_of(&pair->a), 3);
    assert_true(party_established(&pair->a, sa));
    pair_free(pair);
}

/* For one peer, and the other way round for responses. */
static void an_edit_is_for_the_messages_that_it_names(void **state)
{
    struct ike_edit edit = edit_of(IKE_EXCHANGE_IKE_SA_INIT, IKE_PAYLOAD_KE, 4, "\0\x13", 2);
    struct ike_faults faults;
    struct pair *pair = pair_new();
    uint64_t sa;

    (void)state;
    edit.to = pair->a.address; /* alice sends nothing to herself */
    faults = (struct ike_faults){.count = 1, .edits = &edit};
    pair->a.faults = &faults;
    pair_start(pair);
    sa = pair_establish(pair, NULL);
    assert_true(party_established(&pair->a, sa));
    assert_int_equal(edits_of(&pair->a), 0);
    pair_free(pair);
}

/* What a sender says once more it has said before: the SPI of its first Delete stands in the second
 * one too, and names nothing any more. */
static void the_first_value_is_repeated_in_a_later_message(void **state)
{
    struct ike_edit edit = edit_of(IKE_EXCHANGE_INFORMATIONAL, IKE_PAYLOAD_DELETE, 8, NULL, 0);
    struct ike_faults faults;
    struct pair *pair;
    uint64_t sa, gateway;

    (void)state;
    edit.nth = 2;
    edit.repeat = 4;
    pair = pair_with(&faults, &edit);
    sa = pair_establish(pair, &gateway);
    pair_create_child(&pair->a, sa, "net");
    pair_settle(pair);
    pair_delete_child(&pair->a, sa, "net");
    pair_settle(pair);
    assert_int_equal(edits_of(&pair->a), 0);
    assert_int_equal(party_children(&pair->b, gateway), 1);
    pair_delete_child(&pair->a, sa, "net");
    pair_settle(pair);
    assert_int_equal(edits_of(&pair->a), 1);
    assert_int_equal(party_children(&pair->a, sa), 0);
    assert_int_equal(party_children(&pair->b, gateway), 1);
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_group_in_ke_is_refused_by_its_content_1_3),
        cmocka_unit_test(a_nonce_that_is_not_the_one_meant_makes_other_keys_2_14),
        cmocka_unit_test(an_identity_changed_before_sealing_is_found_by_auth_2_15),
        cmocka_unit_test(retransmissions_have_the_edit_and_later_messages_have_not_2_1),
        cmocka_unit_test(a_message_id_told_wrong_is_authentic_and_outside_of_the_window_2_3),
        cmocka_unit_test(a_payload_length_too_long_is_refused_as_malformed_2_21),
        cmocka_unit_test(an_octet_that_is_not_there_changes_nothing),
        cmocka_unit_test(an_edit_is_for_the_messages_that_it_names),
        cmocka_unit_test(the_first_value_is_repeated_in_a_later_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
