#include "ui/dissect/dissect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kdf.h"
#include "ui/dissect/parts.h"

enum {
    PROTOCOL_ICMP = 1,
    PROTOCOL_UDP = 17,
    PROTOCOL_ESP = 50,
    PROTOCOL_AH = 51,
    PROTOCOL_ICMPV6 = 58,
    PORT_IKE = 500,
    PORT_NAT_T = 4500,
};

#define MARKER_LEN 4 /* RFC 3948 §2.2 */

/* Enough of a header to believe that a datagram on another port is IKE: version 2 and a Length that
 * is the datagram's. */
static bool looks_like_ike(struct crypto_bytes bytes)
{
    const uint8_t *p = bytes.data;

    return bytes.len >= IKE_HEADER_LEN && p[17] >> 4 == IKE_MAJOR_VERSION &&
           ((size_t)p[24] << 24 | (size_t)p[25] << 16 | (size_t)p[26] << 8 | p[27]) == bytes.len;
}

static bool has_marker(struct crypto_bytes bytes)
{
    static const uint8_t marker[MARKER_LEN];

    return bytes.len >= MARKER_LEN && memcmp(bytes.data, marker, MARKER_LEN) == 0;
}

/* On other ports than 4500: behind the marker, which peers with NAT traversal on ports of their own
 * send too. */
static bool looks_like_marked_ike(struct crypto_bytes bytes)
{
    return has_marker(bytes) &&
           looks_like_ike(crypto_bytes(bytes.data + MARKER_LEN, bytes.len - MARKER_LEN));
}

static void take_rest(struct dissect_tree *tree, enum dissect_field_id id)
{
    struct dissect_walk walk = dissect_walk_start(tree, 0, 0, 0, tree->layer[0].len);

    dissect_take_hex(&walk, id, dissect_left(&walk));
}

/* UDP port 4500: a keepalive, IKE behind the marker, or ESP (RFC 3948 §2). */
static void dissect_nat_traversal(struct dissect_tree *tree, struct crypto_context *ctx,
                                  const struct dissect_keys *keys, struct dissect_pieces *pieces,
                                  const char *destination)
{
    struct crypto_bytes bytes = tree->layer[0];

    if (bytes.len == 1 && bytes.data[0] == 0xff) {
        tree->verdict = DISSECT_NOT_IKE;
        snprintf(tree->summary, sizeof tree->summary, "NAT-keepalive");
        take_rest(tree, FIELD_KEEPALIVE);
    } else if (has_marker(bytes)) {
        struct dissect_walk walk = dissect_walk_start(tree, 0, 0, 0, bytes.len);

        dissect_take_hex(&walk, FIELD_NON_ESP_MARKER, MARKER_LEN);
        dissect_ike(tree, ctx, keys, pieces, MARKER_LEN);
    } else {
        dissect_esp(tree, ctx, keys, destination, 0);
    }
}

static void dissect_other(struct dissect_tree *tree, const char *what, unsigned number)
{
    tree->verdict = DISSECT_NOT_IKE;
    snprintf(tree->summary, sizeof tree->summary, "%s %u, %zu octets", what, number,
             tree->layer[0].len);
    snprintf(tree->trouble, sizeof tree->trouble, "neither IKE nor ESP");
    take_rest(tree, FIELD_UNKNOWN);
}

struct dissect_tree *dissect_datagram(struct crypto_context *ctx, const struct dissect_keys *keys,
                                      struct dissect_pieces *pieces, unsigned protocol,
                                      uint16_t source_port, uint16_t destination_port,
                                      const char *destination, struct crypto_bytes bytes)
{
    struct dissect_tree *tree = calloc(1, sizeof *tree);

    if (tree == NULL) {
        abort();
    }
    destination = destination == NULL ? "" : destination;
    dissect_tree_set_layer(tree, 0, bytes);
    bytes = tree->layer[0];
    if (protocol == PROTOCOL_ESP) {
        dissect_esp(tree, ctx, keys, destination, 0);
    } else if (protocol == PROTOCOL_AH) {
        dissect_ah(tree);
    } else if (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6) {
        dissect_icmp(tree, protocol);
    } else if (protocol != PROTOCOL_UDP) {
        dissect_other(tree, "IP protocol", protocol);
    } else if (source_port == PORT_NAT_T || destination_port == PORT_NAT_T ||
               (source_port != PORT_IKE && destination_port != PORT_IKE &&
                looks_like_marked_ike(bytes))) {
        dissect_nat_traversal(tree, ctx, keys, pieces, destination);
    } else if (source_port == PORT_IKE || destination_port == PORT_IKE || looks_like_ike(bytes)) {
        dissect_ike(tree, ctx, keys, pieces, 0);
    } else {
        dissect_other(tree, "UDP to port", destination_port);
    }
    return tree;
}

void dissect_tree_free(struct dissect_tree *tree)
{
    if (tree == NULL) {
        return;
    }
    for (size_t i = 0; i < tree->count; i++) {
        free(tree->fields[i].value);
    }
    free(tree->fields);
    for (unsigned layer = 0; layer < 2; layer++) {
        if (tree->layer[layer].data != NULL) {
            crypto_wipe((void *)(uintptr_t)tree->layer[layer].data, tree->layer[layer].len);
        }
        free((void *)(uintptr_t)tree->layer[layer].data);
    }
    free(tree);
}

/* From `at` on; SIZE_MAX: none. */
static size_t find_name(const struct dissect_tree *tree, size_t at, const char *name, size_t len)
{
    size_t begins = SIZE_MAX;
    for (size_t i = at; i < tree->count; i++) {
        const char *found = tree->fields[i].name;
        if (strncmp(found, name, len) != 0) {
            continue;
        }
        if (found[len] == '\0') {
            return i;
        }
        begins = begins == SIZE_MAX ? i : begins;
    }
    return begins;
}

size_t dissect_tree_find(const struct dissect_tree *tree, const char *path)
{
    static const char between[] = " / ";
    size_t at = SIZE_MAX;
    for (;;) {
        const char *end = strstr(path, between);
        at = find_name(tree, at + 1, path, end ? (size_t)(end - path) : strlen(path));
        if (at == SIZE_MAX || !end) {
            return at;
        }
        path = end + strlen(between);
    }
}
