/* IKE fragments (RFC 7383 §2.5): each opened by itself, and the message with the last that comes.
 */
#include "tests/ui/dissect_support.h"

enum { PIECES = 3 };

struct wire {
    size_t lens[PIECES];
    uint8_t data[PIECES][256];
};

static struct dissect_keys *keys_with(const struct crypto_packet_key *key)
{
    struct dissect_keys *keys = dissect_keys_new();

    dissect_keys_add_ike(keys, SPI_I, SPI_R, key, key);
    return keys;
}

/* IDi and AUTH in three fragments. */
static void cut(struct wire *wire, const struct crypto_packet_key *key)
{
    struct ike_header header = support_header(IKE_EXCHANGE_IKE_AUTH, true, false, 1);
    struct ike_builder builder;
    uint8_t data[1024], octets[64];
    size_t max = 28 + 8 + key->encr->iv_len + crypto_packet_icv_len(key) + 32;

    memset(octets, 0xa5, sizeof octets);
    ike_builder_begin(&builder, data, sizeof data, &header);
    ike_build_sk_begin(&builder, crypto_bytes(octets, key->encr->iv_len));
    ike_build_id(&builder, true, IKE_ID_RFC822_ADDR, support_text("alice@example.org"));
    ike_build_auth(&builder, IKE_AUTH_METHOD_SHARED_KEY, crypto_bytes(octets, 32));
    ike_builder_end_description(&builder);
    assert_int_equal(ike_builder_fragments(&builder, key, max), PIECES);
    for (uint16_t i = 0; i < PIECES; i++) {
        octets[0] = (uint8_t)i;
        wire->lens[i] =
            ike_builder_fragment(&builder, support_context(), key, (uint16_t)(i + 1), PIECES,
                                 crypto_bytes(octets, key->encr->iv_len), wire->data[i],
                                 sizeof wire->data[i] < max ? sizeof wire->data[i] : max, NULL);
    }
}

static struct dissect_tree *dissect_one(const struct dissect_keys *keys,
                                        struct dissect_pieces *pieces, const struct wire *wire,
                                        size_t i)
{
    struct dissect_tree *tree =
        dissect_datagram(support_context(), keys, pieces, 17, 500, 500, "192.0.2.1",
                         crypto_bytes(wire->data[i], wire->lens[i]));

    tree_check(tree);
    return tree;
}

static void the_message_is_shown_with_the_last_fragment_in_any_order(void **state)
{
    static const size_t orders[][PIECES] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};

    (void)state;
    for (size_t n = 0; n < 6; n++) {
        struct crypto_packet_key key = support_key(n % 2, 1);
        struct dissect_keys *keys = keys_with(&key);
        struct dissect_pieces *pieces = dissect_pieces_new();
        struct wire wire;

        cut(&wire, &key);
        for (size_t i = 0; i < PIECES; i++) {
            struct dissect_tree *tree = dissect_one(keys, pieces, &wire, orders[n / 2][i]);

            assert_int_equal(tree->verdict, DISSECT_DECRYPTED);
            assert_int_equal(tree_find(tree, "Piece of the contents") != NULL, i < PIECES - 1);
            if (i == PIECES - 1) {
                assert_non_null(strstr(tree->summary, "{IDi AUTH}"));
                assert_non_null(
                    strstr(tree_value(tree, "Identification Data"), "alice@example.org"));
            }
            dissect_tree_free(tree);
        }
        dissect_pieces_free(pieces);
        dissect_keys_free(keys);
    }
}

/* One is missing, one comes twice: there is no message. A changed one is no piece. */
static void without_all_of_them_there_is_no_message(void **state)
{
    struct crypto_packet_key key = support_key(true, 1);
    struct dissect_keys *keys = keys_with(&key);
    struct dissect_pieces *pieces = dissect_pieces_new();
    const size_t order[] = {0, 1, 0, 1};
    struct dissect_tree *tree;
    struct wire wire;

    (void)state;
    cut(&wire, &key);
    for (size_t i = 0; i < 4; i++) {
        tree = dissect_one(keys, pieces, &wire, order[i]);
        assert_non_null(tree_find(tree, "Piece of the contents"));
        dissect_tree_free(tree);
    }
    wire.data[2][wire.lens[2] - 1] ^= 1;
    tree = dissect_one(keys, pieces, &wire, 2);
    assert_int_equal(tree->verdict, DISSECT_WRONG_KEY);
    assert_null(tree_find(tree, "Identification Data"));
    dissect_tree_free(tree);
    wire.data[2][wire.lens[2] - 1] ^= 1;
    tree = dissect_one(keys, pieces, &wire, 2);
    assert_non_null(tree_find(tree, "Identification Data"));
    dissect_tree_free(tree);
    tree = dissect_one(keys, NULL, &wire, 2); /* nobody collects */
    assert_non_null(tree_find(tree, "Piece of the contents"));
    dissect_tree_free(tree);
    tree = dissect_one(NULL, pieces, &wire, 2);
    assert_int_equal(tree->verdict, DISSECT_NO_KEY);
    dissect_tree_free(tree);
    dissect_pieces_free(pieces);
    dissect_keys_free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_message_is_shown_with_the_last_fragment_in_any_order),
        cmocka_unit_test(without_all_of_them_there_is_no_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
