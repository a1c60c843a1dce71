/* An ESP packet (RFC 4303 §2). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kdf.h"
#include "ui/dissect/parts.h"

#define ESP_HEADER_LEN 8 /* SPI and Sequence Number: what the ICV covers besides the rest */

/* With and without extended sequence numbers, which the packet does not tell. Of those the high
 * half is 0 until 2^32 packets were sent, and later ones are not followed. */
static bool open_with(struct crypto_context *ctx, const struct dissect_key *key,
                      struct crypto_bytes packet, uint8_t *copy, struct crypto_bytes *plain,
                      bool *esn)
{
    memcpy(copy, packet.data, packet.len);
    *esn = false;
    if (key->unchecked) {
        return crypto_packet_decrypt(ctx, &key->key, copy, packet.len, ESP_HEADER_LEN, plain) ==
               CRYPTO_OPEN_OK;
    }
    if (crypto_packet_open(ctx, &key->key, copy, packet.len, ESP_HEADER_LEN, plain, NULL) ==
        CRYPTO_OPEN_OK) {
        return true;
    }
    memcpy(copy, packet.data, packet.len);
    *esn = true;
    return crypto_packet_open_esn(ctx, &key->key, copy, packet.len, 0, plain, NULL) ==
           CRYPTO_OPEN_OK;
}

/* Tries all keys for the packet. Returns the one that fits, with layer 1 and *esn set; else NULL,
 * with verdict and trouble set. */
static const struct crypto_packet_key *
open_packet(struct dissect_tree *tree, struct crypto_context *ctx, const struct dissect_keys *keys,
            const char *destination, uint32_t spi, struct crypto_bytes packet, bool *esn)
{
    const struct dissect_key *key = NULL;
    const char *missing = NULL;
    bool tried = false;
    uint8_t *copy = malloc(packet.len);

    if (copy == NULL) {
        abort();
    }
    while ((key = dissect_keys_find_esp(keys, destination, spi, key)) != NULL) {
        struct crypto_bytes plain;

        if (key->missing != NULL) {
            missing = key->missing;
            continue;
        }
        tried = true;
        if (open_with(ctx, key, packet, copy, &plain, esn)) {
            dissect_tree_set_layer(tree, 1, plain);
            tree->verdict = DISSECT_DECRYPTED;
            tree->unchecked = key->unchecked;
            break;
        }
    }
    if (key == NULL && tried) {
        tree->verdict = DISSECT_WRONG_KEY;
        snprintf(tree->trouble, sizeof tree->trouble,
                 "the ICV does not fit the key that was given: a wrong key, or a packet changed on "
                 "its way");
    } else if (key == NULL && missing != NULL) {
        tree->verdict = DISSECT_NO_ALGORITHM;
        snprintf(tree->trouble, sizeof tree->trouble,
                 "there is a key, but this build does not compute %s", missing);
    } else if (key == NULL) {
        tree->verdict = DISSECT_NO_KEY;
        snprintf(tree->trouble, sizeof tree->trouble, "no key for ESP to %s with SPI 0x%08x",
                 destination, spi);
    }
    crypto_wipe(copy, packet.len);
    free(copy);
    return key == NULL ? NULL : &key->key;
}

/* Layer 1: inner packet, padding, Pad Length, Next Header. */
static void read_contents(struct dissect_tree *tree, unsigned depth, char *inner, size_t inner_cap)
{
    struct crypto_bytes plain = tree->layer[1];
    unsigned pad_len = plain.len >= 2 ? plain.data[plain.len - 2] : 0;
    unsigned next_header = plain.len >= 2 ? plain.data[plain.len - 1] : 0;
    struct dissect_walk walk = dissect_walk_start(tree, 1, depth, 0, plain.len), part;
    char word[DISSECT_WORD_CAP];

    if (plain.len < 2 || pad_len + 2 > plain.len) {
        dissect_wrong(&walk, FIELD_ESP_PAD_LENGTH, plain.len >= 2 ? plain.len - 2 : 0,
                      plain.len >= 2 ? 1 : 0, "%u octets of padding, %zu octets decrypted", pad_len,
                      plain.len);
        return;
    }
    part = dissect_part(&walk, plain.len - 2 - pad_len, FIELD_ESP_PAD_LENGTH);
    dissect_inner(&part, next_header, inner, inner_cap);
    if (pad_len > 0) {
        dissect_take_hex(&walk, FIELD_ESP_PADDING, pad_len);
    }
    dissect_take_number(&walk, FIELD_ESP_PAD_LENGTH, 1);
    dissect_take(&walk, FIELD_ESP_NEXT_HEADER, 1, "%s",
                 dissect_ip_protocol_text(word, next_header));
}

void dissect_esp(struct dissect_tree *tree, struct crypto_context *ctx,
                 const struct dissect_keys *keys, const char *destination, size_t at)
{
    struct crypto_bytes packet = crypto_bytes(tree->layer[0].data + at, tree->layer[0].len - at);
    struct dissect_walk walk = dissect_walk_start(tree, 0, 0, at, tree->layer[0].len);
    uint32_t spi = (uint32_t)dissect_peek_number(&walk, 0, 4);
    unsigned sequence = (unsigned)dissect_peek_number(&walk, 4, 4);
    const struct crypto_packet_key *key = NULL;
    bool esn = false;
    size_t group, iv_len, icv_len, text_len, cipher;
    char inner[160] = "";

    group = dissect_open(&walk, FIELD_ESP, "%zu octets", packet.len);
    dissect_take(&walk, FIELD_ESP_SPI, 4, "0x%08x", spi);
    if (dissect_left(&walk) >= 4) {
        key = open_packet(tree, ctx, keys, destination, spi, packet, &esn);
    }
    dissect_take(&walk, FIELD_ESP_SEQUENCE, 4, "%u%s", sequence,
                 key && esn ? " (extended: the high half, 0, is covered by the ICV and not sent)"
                            : "");
    if (walk.stopped) {
        tree->verdict = DISSECT_MALFORMED;
        snprintf(tree->summary, sizeof tree->summary, "ESP, %zu octets", packet.len);
        dissect_close(&walk, group);
        return;
    }
    if (key == NULL) {
        dissect_take_hex(&walk, FIELD_ESP_OPAQUE, dissect_left(&walk));
    } else {
        iv_len = key->encr->iv_len;
        icv_len = crypto_packet_icv_len(key);
        text_len = dissect_left(&walk) - iv_len - icv_len;
        if (iv_len > 0) {
            dissect_take_hex(&walk, FIELD_ESP_IV, iv_len);
        }
        cipher = dissect_open(&walk, FIELD_ESP_CIPHERTEXT, "%zu octets, decrypted", text_len);
        read_contents(tree, walk.depth, inner, sizeof inner);
        dissect_skip(&walk, text_len);
        dissect_close(&walk, cipher);
        dissect_take_hex(&walk, FIELD_ESP_ICV, icv_len);
    }
    dissect_close(&walk, group);
    snprintf(tree->summary, sizeof tree->summary, "ESP, SPI 0x%08x, sequence number %u%s%s", spi,
             sequence, inner[0] != '\0' ? ": " : "", inner);
    if (dissect_tree_is_wrong(tree)) {
        tree->verdict = DISSECT_MALFORMED;
    }
}
