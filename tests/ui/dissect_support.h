/* What the tests of the dissector share: messages to dissect, looking into trees, and what holds
 * for every tree. */
#ifndef IKESIM_TESTS_UI_DISSECT_SUPPORT_H
#define IKESIM_TESTS_UI_DISSECT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kdf.h"
#include "ike/message.h"
#include "ui/dissect/dissect.h"

#define SPI_I 0x1122334455667788u
#define SPI_R 0x99aabbccddeeff00u

/* Never NULL; one for all tests of a program. */
static inline struct crypto_context *support_context(void)
{
    static struct crypto_context *ctx;
    char why[256] = "";

    if (ctx == NULL) {
        ctx = crypto_context_new(why, sizeof why);
        if (ctx == NULL) {
            fail_msg("%s", why);
        }
    }
    return ctx;
}

/* A key of AES-CBC-128 with HMAC-SHA2-256-128, or of AES-GCM-16-128, its octets counting from
 * `first`. */
static inline struct crypto_packet_key support_key(bool aead, uint8_t first)
{
    struct crypto_suite suite = {
        .encr =
            crypto_transform_find(CRYPTO_ENCR, aead ? CRYPTO_ENCR_AES_GCM_16 : CRYPTO_ENCR_AES_CBC),
        .integ = aead ? NULL : crypto_transform_find(CRYPTO_INTEG, CRYPTO_INTEG_HMAC_SHA2_256_128),
        .encr_key_bits = 128,
    };
    struct crypto_packet_key key;
    uint8_t octets[64];

    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)(first + i);
    }
    crypto_packet_key_set(&key, &suite, crypto_bytes(octets, aead ? 20 : 16),
                          crypto_bytes(octets, aead ? 0 : 32));
    return key;
}

static inline struct crypto_bytes support_text(const char *text)
{
    return crypto_bytes(text, strlen(text));
}

static inline struct ike_header support_header(uint8_t exchange, bool initiator, bool response,
                                               uint32_t message_id)
{
    return (struct ike_header){.spi_i = SPI_I,
                               .spi_r =
                                   exchange == IKE_EXCHANGE_IKE_SA_INIT && !response ? 0 : SPI_R,
                               .major = IKE_MAJOR_VERSION,
                               .exchange = exchange,
                               .initiator = initiator,
                               .response = response,
                               .message_id = message_id};
}

static inline struct ike_proposal support_proposal(enum crypto_protocol protocol, const char *text)
{
    struct ike_proposal proposal = {.usable = true};
    struct crypto_proposal_error error;

    if (crypto_proposal_parse(protocol, text, &proposal.transforms, &error) != 0) {
        fail_msg("%s: %s", text, error.message);
    }
    proposal.transforms.number = 1;
    if (protocol == CRYPTO_PROTO_ESP) {
        proposal.spi_len = 4;
        memcpy(proposal.spi, "\xc0\x9b\x21\xf7", 4);
    }
    return proposal;
}

/* An IKE_SA_INIT request with every payload that such a one has. Returns its length. */
static inline size_t support_sa_init(uint8_t *data, size_t cap)
{
    struct ike_header header = support_header(IKE_EXCHANGE_IKE_SA_INIT, true, false, 0);
    struct ike_proposal proposals[2] = {
        support_proposal(CRYPTO_PROTO_IKE, "aes128-sha256-x25519"),
        support_proposal(CRYPTO_PROTO_IKE, "aes256gcm16-prfsha384-ecp256"),
    };
    uint8_t octets[64];
    struct ike_builder builder;

    memset(octets, 0x5a, sizeof octets);
    proposals[1].transforms.number = 2;
    ike_builder_begin(&builder, data, cap, &header);
    ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_COOKIE,
                     support_text("a cookie"));
    ike_build_sa(&builder, proposals, 2);
    ike_build_ke(&builder, CRYPTO_KE_CURVE25519, crypto_bytes(octets, 32));
    ike_build_nonce(&builder, crypto_bytes(octets, 32));
    ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_NAT_DETECTION_SOURCE_IP,
                     crypto_bytes(octets, 20));
    ike_build_vendor(&builder, support_text("a vendor"));
    return ike_builder_finish(&builder);
}

/* All payloads of RFC 7296 §3 that travel inside of SK, sealed with `key`. */
static inline size_t support_ike_auth(uint8_t *data, size_t cap,
                                      const struct crypto_packet_key *key)
{
    static const uint8_t window[4] = {0, 0, 0, 4};
    static const uint8_t eap[] = {1, 7, 0, 9, 1, 'w', 'h', 'o', '?'};
    struct ike_header header = support_header(IKE_EXCHANGE_IKE_AUTH, true, false, 1);
    struct ike_proposal proposal = support_proposal(CRYPTO_PROTO_ESP, "aes128gcm16");
    struct ike_selector selectors[2] = {
        {.type = IKE_TS_IPV4_ADDR_RANGE,
         .end_port = 65535,
         .start = {10, 1},
         .end = {10, 1, 0, 255}},
        {.type = IKE_TS_IPV6_ADDR_RANGE,
         .ip_protocol = 17,
         .start_port = 53,
         .end_port = 53,
         .start = {0x20, 1, 0xd, 0xb8},
         .end = {0x20, 1, 0xd, 0xb8, [15] = 9}},
    };
    struct ike_attribute attribute = {.type = IKE_CFG_ATTRIBUTE_INTERNAL_IP4_DNS,
                                      .value = support_text("\x0a\x01\x02\x03")};
    uint8_t octets[64];
    struct ike_builder builder;

    memset(octets, 0xa5, sizeof octets);
    ike_builder_begin(&builder, data, cap, &header);
    ike_build_sk_begin(&builder, crypto_bytes(octets, key->encr->iv_len));
    ike_build_id(&builder, true, IKE_ID_RFC822_ADDR, support_text("alice@example.org"));
    ike_build_cert(&builder, IKE_PAYLOAD_CERT, IKE_CERT_X509_SIGNATURE, crypto_bytes(octets, 40));
    ike_build_cert(&builder, IKE_PAYLOAD_CERTREQ, IKE_CERT_X509_SIGNATURE,
                   crypto_bytes(octets, 40));
    ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_INITIAL_CONTACT,
                     crypto_bytes(NULL, 0));
    ike_build_auth(&builder, IKE_AUTH_METHOD_SHARED_KEY, crypto_bytes(octets, 32));
    ike_build_cp(&builder, IKE_CFG_REQUEST, &attribute, 1);
    ike_build_sa(&builder, &proposal, 1);
    ike_build_ts(&builder, true, selectors, 2);
    ike_build_ts(&builder, false, selectors, 1);
    ike_build_notify(&builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_SET_WINDOW_SIZE,
                     crypto_bytes(window, 4));
    ike_build_eap(&builder, crypto_bytes(eap, sizeof eap));
    ike_build_delete(&builder, IKE_PROTOCOL_ESP, 4, support_text("\1\2\3\4\5\6\7\1"));
    return ike_builder_finish_sealed(&builder, support_context(), key, NULL);
}

/* An echo request 10.1.0.1 > 10.2.0.1 in ESP, tunnel mode, with right checksums. */
static inline size_t support_esp(uint8_t *packet, const struct crypto_packet_key *key)
{
    static const uint8_t inner[] = {0x45, 0,    0, 36, 0,   7,   0x40, 0,   64,  1,   0x26, 0xce,
                                    10,   1,    0, 1,  10,  2,   0,    1,   8,   0,   0x28, 0x27,
                                    0x12, 0x34, 0, 3,  'p', 'i', 'n',  'g', 'p', 'i', 'n',  'g'};
    size_t iv_len = key->encr->iv_len, len = 8 + iv_len, block = key->encr->block_len;
    size_t unit = block < 4 ? 4 : block, pad;

    memcpy(packet, "\xc0\x9b\x21\xf7\0\0\0\x03", 8);
    memset(packet + 8, 0x77, iv_len);
    memcpy(packet + len, inner, sizeof inner);
    len += sizeof inner;
    pad = (unit - (sizeof inner + 2) % unit) % unit;
    for (size_t i = 0; i < pad; i++) {
        packet[len++] = (uint8_t)(i + 1);
    }
    packet[len++] = (uint8_t)pad;
    packet[len++] = 4;
    return crypto_packet_seal(support_context(), key, packet, 8, len - 8 - iv_len, NULL);
}

/* ---- trees ---- */

/* The n-th (from 0) field of that name behind `after` (or of all, with NULL); NULL if there is
 * none. */
static inline const struct dissect_field *tree_nth(const struct dissect_tree *tree,
                                                   const char *name, unsigned n)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (strcmp(tree->fields[i].name, name) == 0 && n-- == 0) {
            return &tree->fields[i];
        }
    }
    return NULL;
}

static inline const struct dissect_field *tree_find(const struct dissect_tree *tree,
                                                    const char *name)
{
    return tree_nth(tree, name, 0);
}

/* The value of the first field of that name; "(no such field)" if there is none. */
static inline const char *tree_value(const struct dissect_tree *tree, const char *name)
{
    const struct dissect_field *field = tree_find(tree, name);

    return field == NULL ? "(no such field)" : field->value;
}

/* What holds whatever the bytes were: fields inside of their layer and of their parent, each with
 * name, value and reference, children directly one deeper; a wrong field says that it is, and only
 * then. */
static inline void tree_check(const struct dissect_tree *tree)
{
    size_t parents[64] = {0};
    bool wrong = false;

    for (size_t i = 0; i < tree->count; i++) {
        const struct dissect_field *field = &tree->fields[i];

        assert_non_null(field->name);
        assert_non_null(field->value);
        assert_non_null(field->reference);
        assert_true(field->layer < 2);
        assert_true(field->offset + (size_t)field->len <= tree->layer[field->layer].len);
        assert_true((unsigned)field->bit_first + field->bit_count <= 8 * field->len);
        assert_true(field->depth < 60);
        assert_true(i == 0 ? field->depth == 0 : field->depth <= tree->fields[i - 1].depth + 1);
        parents[field->depth] = i;
        if (field->depth > 0) {
            const struct dissect_field *parent = &tree->fields[parents[field->depth - 1]];

            if (parent->layer == field->layer) {
                assert_true(field->offset >= parent->offset);
                assert_true(field->offset + field->len <= parent->offset + parent->len);
            }
        }
        for (const char *p = field->value; *p != '\0'; p++) {
            assert_true((unsigned char)*p >= 0x20 && (unsigned char)*p != 0x7f);
        }
        wrong = wrong || field->wrong;
    }
    assert_true(!wrong || tree->verdict == DISSECT_MALFORMED);
    assert_true(tree->verdict != DISSECT_MALFORMED || (wrong && tree->trouble[0] != '\0'));
    assert_true(tree->summary[0] != '\0');
}

/* Octets of layer 0 and 1 that no field without children covers: a dissector shows all of a right
 * message. */
static inline size_t tree_uncovered(const struct dissect_tree *tree, unsigned layer)
{
    size_t len = tree->layer[layer].len, uncovered = 0;
    bool *covered = calloc(len + 1, sizeof *covered);

    assert_non_null(covered);
    for (size_t i = 0; i < tree->count; i++) {
        const struct dissect_field *field = &tree->fields[i];
        bool leaf = i + 1 == tree->count || tree->fields[i + 1].depth <= field->depth ||
                    tree->fields[i + 1].layer != field->layer;

        for (size_t j = 0; leaf && field->layer == layer && j < field->len; j++) {
            covered[field->offset + j] = true;
        }
    }
    for (size_t i = 0; i < len; i++) {
        uncovered += covered[i] ? 0 : 1;
    }
    free(covered);
    return uncovered;
}

static inline struct dissect_tree *dissect_udp(const struct dissect_keys *keys, uint16_t port,
                                               const void *data, size_t len)
{
    return dissect_datagram(support_context(), keys, NULL, 17, port, port, "192.0.2.1",
                            crypto_bytes(data, len));
}

static inline struct dissect_tree *dissect_ip_esp(const struct dissect_keys *keys,
                                                  const char *destination, const void *data,
                                                  size_t len)
{
    return dissect_datagram(support_context(), keys, NULL, 50, 0, 0, destination,
                            crypto_bytes(data, len));
}

#endif
