#include "tests/ike/opened.h"

#include "ike/sa.h"

const struct ike_message *opened(struct party *from, uint64_t sa)
{
    static struct ike_message message;
    static uint8_t bytes[PAIR_MESSAGE_MAX], plain[PAIR_MESSAGE_MAX];
    const struct pair *pair = from->pair;
    const struct flight *flight = &pair->flights[pair->flight_count - 1];
    struct crypto_packet_key key;
    struct ike_error error;

    assert_true(pair->flight_count > 0);
    assert_ptr_equal(flight->from, from);
    memcpy(bytes, flight->bytes, flight->len);
    ike_sa_message_key(ike_sa_by_id(from->ike, sa), true, &key);
    assert_int_equal(ike_message_parse(&message, crypto_bytes(bytes, flight->len), &error), 0);
    assert_int_equal(ike_message_open(&message, pair->crypto, &key, plain, NULL, &error),
                     IKE_OPEN_OK);
    return &message;
}

const struct ike_payload *opened_notify(struct party *from, uint64_t sa, uint16_t type)
{
    const struct ike_payload *notify = ike_message_find_notify(opened(from, sa), type);

    assert_non_null(notify);
    return notify;
}
