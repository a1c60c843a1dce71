/*
 * Whatever the bytes are, there is a tree and it holds together: every truncation and random
 * changes of messages, on the wire and inside of SK and ESP. Runs under ASan and UBSan in CI.
 */
#include "tests/ui/dissect_support.h"

#include <time.h>

enum { ROUNDS = 1000 };

static uint64_t seed;

/* splitmix64 */
static uint64_t draw(void)
{
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static struct dissect_keys *all_keys(void)
{
    struct dissect_keys *keys = dissect_keys_new();
    struct crypto_packet_key key = support_key(true, 1);

    dissect_keys_add_ike(keys, SPI_I, SPI_R, &key, &key);
    dissect_keys_add_esp(keys, "", 0xc09b21f7, &key);
    return keys;
}

/* A copy of exactly that length, so that ASan sees each octet read beyond. */
static void check(const struct dissect_keys *keys, unsigned protocol, uint16_t port,
                  const uint8_t *data, size_t len)
{
    uint8_t *exact = malloc(len > 0 ? len : 1);
    struct dissect_tree *tree;
    char *text;

    assert_non_null(exact);
    memcpy(exact, data, len);
    tree = dissect_datagram(support_context(), keys, NULL, protocol, port, port, "192.0.2.1",
                            crypto_bytes(exact, len));
    tree_check(tree);
    text = dissect_tree_text(tree, true);
    assert_non_null(text);
    free(text);
    dissect_tree_free(tree);
    free(exact);
}

static void each_truncation_gives_a_tree(void **state)
{
    struct dissect_keys *keys = all_keys();
    struct crypto_packet_key key = support_key(true, 1);
    uint8_t data[2048];
    size_t len = support_sa_init(data, sizeof data);

    (void)state;
    for (size_t cut = 0; cut <= len; cut++) {
        check(keys, 17, 500, data, cut);
        check(keys, 17, 4500, data, cut);
    }
    len = support_ike_auth(data, sizeof data, &key);
    for (size_t cut = 0; cut <= len; cut++) {
        check(keys, 17, 500, data, cut);
    }
    len = support_esp(data, &key);
    for (size_t cut = 0; cut <= len; cut++) {
        check(keys, 50, 0, data, cut);
        check(keys, 17, 4500, data, cut);
    }
    dissect_keys_free(keys);
}

/* Changes some octets, or one length field's low octet, to anything. */
static void change(uint8_t *data, size_t len)
{
    for (uint64_t n = 1 + draw() % 4; n > 0; n--) {
        uint8_t *at = &data[draw() % len];

        *at = (uint8_t)(draw() % 2 == 0 ? *at ^ (1u << draw() % 8) : draw());
    }
}

static void changed_messages_give_a_tree(void **state)
{
    struct dissect_keys *keys = all_keys();
    uint8_t data[2048], changed[2048];
    size_t len = support_sa_init(data, sizeof data);

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        memcpy(changed, data, len);
        change(changed + IKE_HEADER_LEN, len - IKE_HEADER_LEN);
        check(keys, 17, 500, changed, len);
        change(changed, len);
        check(keys, 17, 500, changed, len - draw() % 8);
    }
    dissect_keys_free(keys);
}

/* Right ICV, anything inside: what a hostile peer can send. */
static void changed_contents_give_a_tree(void **state)
{
    struct dissect_keys *keys = all_keys();
    struct crypto_packet_key key = support_key(true, 1);
    uint8_t data[2048], plain[2048], esp[2048];
    struct dissect_tree *tree;
    size_t len, plain_len, esp_len;

    (void)state;
    len = support_ike_auth(data, sizeof data, &key);
    tree = dissect_udp(keys, 500, data, len);
    plain_len = tree->layer[1].len;
    memcpy(plain, tree->layer[1].data, plain_len);
    dissect_tree_free(tree);
    support_esp(esp, &key);
    tree = dissect_ip_esp(keys, "192.0.2.1", esp, support_esp(esp, &key));
    esp_len = tree->layer[1].len;
    memcpy(esp + 16, tree->layer[1].data, esp_len);
    dissect_tree_free(tree);

    for (unsigned i = 0; i < ROUNDS; i++) {
        uint8_t changed[2048];
        size_t sealed;

        memcpy(changed, data, len);
        memcpy(changed + 40, plain, plain_len);
        change(changed + 40, plain_len);
        sealed = crypto_packet_seal(support_context(), &key, changed, 32, plain_len, NULL);
        assert_int_equal(sealed, len);
        check(keys, 17, 500, changed, sealed);

        memcpy(changed, esp, 16 + esp_len);
        change(changed + 16, esp_len);
        sealed = crypto_packet_seal(support_context(), &key, changed, 8, esp_len, NULL);
        check(keys, 50, 0, changed, sealed);
    }
    dissect_keys_free(keys);
}

static void noise_gives_a_tree(void **state)
{
    struct dissect_keys *keys = all_keys();
    uint8_t data[256];

    (void)state;
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t len = draw() % sizeof data;

        for (size_t j = 0; j < len; j++) {
            data[j] = (uint8_t)draw();
        }
        if (len > 20 && draw() % 2 == 0) {
            data[17] = 0x20;
        }
        check(keys, (unsigned)(draw() % 3 == 0 ? 50 : draw() % 60), draw() % 2 == 0 ? 500 : 4500,
              data, len);
        check(keys, 17, (uint16_t)(draw() % 2 == 0 ? 500 : draw()), data, len);
    }
    dissect_keys_free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_truncation_gives_a_tree),
        cmocka_unit_test(changed_messages_give_a_tree),
        cmocka_unit_test(changed_contents_give_a_tree),
        cmocka_unit_test(noise_gives_a_tree),
    };
    const char *given = getenv("IKESIM_TEST_SEED");

    seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("IKESIM_TEST_SEED=%llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests_name("dissect_robust", tests, NULL, NULL);
}
