/* The Notify payload and the data of the notifies that have any (RFC 7296 §3.10). */
#include <stdio.h>

#include "crypto/transform.h"
#include "ui/dissect/parts.h"

static void read_window(struct dissect_walk *body, size_t group)
{
    unsigned window = (unsigned)dissect_peek_number(body, 0, 4);

    if (dissect_take(body, FIELD_NOTIFY_WINDOW, 4, "%u", window)) {
        dissect_tree_set(body->tree, group, "SET_WINDOW_SIZE %u", window);
    }
}

static void read_group(struct dissect_walk *body, size_t group)
{
    uint16_t id = (uint16_t)dissect_peek_number(body, 0, 2);
    char word[DISSECT_WORD_CAP];

    dissect_transform_text(word, CRYPTO_KE, id);
    if (dissect_take(body, FIELD_NOTIFY_GROUP, 2, "%s", word)) {
        dissect_tree_set(body->tree, group, "INVALID_KE_PAYLOAD, accepts %s", word);
    }
}

static void read_nat_hash(struct dissect_walk *body, size_t group)
{
    (void)group;
    dissect_take_hex(body, FIELD_NOTIFY_NAT_HASH, 20);
}

/* RFC 7296 §2.6: 1 to 64 octets. */
static void read_cookie(struct dissect_walk *body, size_t group)
{
    size_t len = dissect_left(body);

    (void)group;
    if (len == 0 || len > 64) {
        dissect_wrong(body, FIELD_NOTIFY_COOKIE, body->at, len, "1 to 64 octets expected, %zu here",
                      len);
        return;
    }
    dissect_take_hex(body, FIELD_NOTIFY_COOKIE, len);
}

/* RFC 7427 §4; the fifth is of RFC 8420. */
static void read_hashes(struct dissect_walk *body, size_t group)
{
    static const char *const names[] = {"RESERVED", "SHA1",     "SHA2-256",     "SHA2-384",
                                        "SHA2-512", "Identity", "STREEBOG_256", "STREEBOG_512"};

    (void)group;
    while (dissect_left(body) > 0) {
        unsigned id = (unsigned)dissect_peek_number(body, 0, 2);
        const char *name = id < sizeof names / sizeof names[0] ? names[id] : "unknown";

        dissect_take(body, FIELD_NOTIFY_HASH, 2, "%s (%u)", name, id);
    }
}

static void read_message_id(struct dissect_walk *body, size_t group)
{
    (void)group;
    dissect_take_number(body, FIELD_NOTIFY_MESSAGE_ID, 4);
}

static void read_payload_type(struct dissect_walk *body, size_t group)
{
    (void)group;
    dissect_take_name(body, FIELD_NOTIFY_PAYLOAD, 1, &ike_payloads);
}

static void read_bad_spi(struct dissect_walk *body, size_t group)
{
    (void)group;
    dissect_take_hex(body, FIELD_NOTIFY_BAD_SPI, dissect_left(body));
}

/* RFC 7296 §2.22 */
static void read_ipcomp(struct dissect_walk *body, size_t group)
{
    static const char *const names[] = {"RESERVED", "IPCOMP_OUI", "IPCOMP_DEFLATE", "IPCOMP_LZS",
                                        "IPCOMP_LZJH"};
    unsigned id;

    (void)group;
    dissect_take_hex(body, FIELD_NOTIFY_CPI, 2);
    id = (unsigned)dissect_peek_number(body, 0, 1);
    dissect_take(body, FIELD_NOTIFY_IPCOMP, 1, "%s (%u)",
                 id < sizeof names / sizeof names[0] ? names[id] : "unknown", id);
    if (dissect_left(body) > 0) {
        dissect_take_hex(body, FIELD_NOTIFY_DATA, dissect_left(body));
    }
}

static void read_lifetime(struct dissect_walk *body, size_t group)
{
    (void)group;
    dissect_take(body, FIELD_NOTIFY_LIFETIME, 4, "%u s", (unsigned)dissect_peek_number(body, 0, 4));
}

static void read_ip4_address(struct dissect_walk *body, size_t group)
{
    (void)group;
    dissect_take_address(body, FIELD_NOTIFY_ADDRESS, 4);
}

static void read_ip6_address(struct dissect_walk *body, size_t group)
{
    (void)group;
    dissect_take_address(body, FIELD_NOTIFY_ADDRESS, 16);
}

static void read_cookie2(struct dissect_walk *body, size_t group)
{
    (void)group;
    dissect_take_hex(body, FIELD_NOTIFY_COOKIE2, dissect_left(body));
}

/* Empty in an answer: the responder has used it (RFC 8784 §3). */
static void read_ppk_id(struct dissect_walk *body, size_t group)
{
    unsigned type = (unsigned)dissect_peek_number(body, 0, 1);
    char text[256];

    if (dissect_left(body) == 0) {
        return;
    }
    dissect_take(body, FIELD_NOTIFY_PPK_TYPE, 1, "%s (%u)",
                 type == 1   ? "PPK_ID_OPAQUE"
                 : type == 2 ? "PPK_ID_FIXED"
                             : "unknown",
                 type);
    dissect_printable(text, sizeof text, dissect_peek(body, dissect_left(body)));
    dissect_take(body, FIELD_NOTIFY_PPK_ID, dissect_left(body), "%s", text);
    dissect_tree_set(body->tree, group, "PPK_IDENTITY, %s", text);
}

static void read_no_ppk_auth(struct dissect_walk *body, size_t group)
{
    (void)group;
    dissect_take_hex(body, FIELD_NOTIFY_NO_PPK_AUTH, dissect_left(body));
}

static void read_puzzle(struct dissect_walk *body, size_t group)
{
    char word[DISSECT_WORD_CAP];
    unsigned difficulty = (unsigned)dissect_peek_number(body, 2, 1);

    dissect_transform_text(word, CRYPTO_PRF, (uint16_t)dissect_peek_number(body, 0, 2));
    dissect_take(body, FIELD_NOTIFY_PUZZLE_PRF, 2, "%s", word);
    if (dissect_take(body, FIELD_NOTIFY_PUZZLE_DIFFICULTY, 1, "%u zero bits", difficulty)) {
        dissect_tree_set(body->tree, group, "PUZZLE of %u bits, %s", difficulty, word);
    }
}

/* RFC 5685 §9.2, §9.3 */
static void read_gateway(struct dissect_walk *body, size_t group)
{
    static const char *const names[] = {"reserved", "IPv4 address", "IPv6 address", "FQDN"};
    unsigned type = (unsigned)dissect_peek_number(body, 0, 1);
    size_t len = (size_t)dissect_peek_number(body, 1, 1);

    (void)group;
    dissect_take(body, FIELD_NOTIFY_GATEWAY_TYPE, 1, "%s (%u)",
                 type < sizeof names / sizeof names[0] ? names[type] : "unknown", type);
    dissect_take_number(body, FIELD_NOTIFY_GATEWAY_LENGTH, 1);
    if ((type == 1 && len == 4) || (type == 2 && len == 16)) {
        dissect_take_address(body, FIELD_NOTIFY_GATEWAY, len);
    } else if (type == 3 && len > 0) {
        char text[256];

        dissect_printable(text, sizeof text, dissect_peek(body, len));
        dissect_take(body, FIELD_NOTIFY_GATEWAY, len, "%s", text);
    } else if (len > 0) {
        dissect_take_hex(body, FIELD_NOTIFY_GATEWAY, len);
    }
    if (dissect_left(body) > 0) {
        dissect_take_hex(body, FIELD_NOTIFY_GATEWAY_NONCE, dissect_left(body));
    }
}

/* RFC 6311 §6.3 */
static void read_message_id_sync(struct dissect_walk *body, size_t group)
{
    unsigned send = (unsigned)dissect_peek_number(body, 4, 4);
    unsigned recv = (unsigned)dissect_peek_number(body, 8, 4);

    dissect_take_hex(body, FIELD_NOTIFY_SYNC_NONCE, 4);
    dissect_take_number(body, FIELD_NOTIFY_SYNC_SEND, 4);
    dissect_take_number(body, FIELD_NOTIFY_SYNC_RECV, 4);
    if (!body->stopped) {
        dissect_tree_set(body->tree, group, "IKEV2_MESSAGE_ID_SYNC, sends %u next, expects %u",
                         send, recv);
    }
}

/* RFC 6311 §6.4: 4 octets, 8 with extended sequence numbers. */
static void read_replay_sync(struct dissect_walk *body, size_t group)
{
    (void)group;
    dissect_take_number(body, FIELD_NOTIFY_SYNC_DELTA, dissect_left(body) == 8 ? 8 : 4);
}

/* RFC 5723 §7.1 */
static void read_ticket_lt(struct dissect_walk *body, size_t group)
{
    unsigned seconds = (unsigned)dissect_peek_number(body, 0, 4);

    if (dissect_take(body, FIELD_NOTIFY_TICKET_LIFETIME, 4, "%u s", seconds)) {
        dissect_tree_set(body->tree, group, "TICKET_LT_OPAQUE, good for %u s", seconds);
        dissect_take_hex(body, FIELD_NOTIFY_TICKET, dissect_left(body));
    }
}

static void read_ticket(struct dissect_walk *body, size_t group)
{
    (void)group;
    dissect_take_hex(body, FIELD_NOTIFY_TICKET, dissect_left(body));
}

/* RFC 4555 §4.2.6 */
static void read_no_nats(struct dissect_walk *body, size_t group)
{
    size_t len = dissect_left(body) == 12 ? 4 : 16;

    (void)group;
    dissect_take_address(body, FIELD_NOTIFY_ADDRESS, len);
    dissect_take_address(body, FIELD_NOTIFY_ADDRESS, len);
    dissect_take_number(body, FIELD_NOTIFY_PORT, 2);
    dissect_take_number(body, FIELD_NOTIFY_PORT, 2);
}

/* Notifies whose data has a form. */
static const struct {
    uint16_t type;
    void (*read)(struct dissect_walk *body, size_t group);
} data_readers[] = {
    {IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, read_payload_type},
    {IKE_NOTIFY_INVALID_MESSAGE_ID, read_message_id},
    {IKE_NOTIFY_INVALID_SPI, read_bad_spi},
    {IKE_NOTIFY_INVALID_KE_PAYLOAD, read_group},
    {IKE_NOTIFY_SET_WINDOW_SIZE, read_window},
    {IKE_NOTIFY_IPCOMP_SUPPORTED, read_ipcomp},
    {IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, read_nat_hash},
    {IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, read_nat_hash},
    {IKE_NOTIFY_COOKIE, read_cookie},
    {IKE_NOTIFY_ADDITIONAL_IP4_ADDRESS, read_ip4_address},
    {IKE_NOTIFY_ADDITIONAL_IP6_ADDRESS, read_ip6_address},
    {IKE_NOTIFY_COOKIE2, read_cookie2},
    {IKE_NOTIFY_NO_NATS_ALLOWED, read_no_nats},
    {IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC, read_message_id_sync},
    {IKE_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC, read_replay_sync},
    {IKE_NOTIFY_TICKET_LT_OPAQUE, read_ticket_lt},
    {IKE_NOTIFY_TICKET_OPAQUE, read_ticket},
    {IKE_NOTIFY_AUTH_LIFETIME, read_lifetime},
    {IKE_NOTIFY_PPK_IDENTITY, read_ppk_id},
    {IKE_NOTIFY_NO_PPK_AUTH, read_no_ppk_auth},
    {IKE_NOTIFY_REDIRECT, read_gateway},
    {IKE_NOTIFY_REDIRECTED_FROM, read_gateway},
    {IKE_NOTIFY_PUZZLE, read_puzzle},
    {IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, read_hashes},
};

void dissect_notify(struct dissect_walk *body, size_t group)
{
    uint16_t type = (uint16_t)dissect_peek_number(body, 2, 2);
    const char *meaning = dissect_notify_meaning(type);
    const struct ike_name *row = ike_name_find(&ike_notifies, type);
    char word[DISSECT_WORD_CAP];
    size_t spi_len;

    if (row != NULL) {
        dissect_tree_set(body->tree, group, "%s", row->name);
        body->tree->fields[group].reference = row->reference;
    } else {
        dissect_tree_set(body->tree, group, "type %u, %s", type,
                         type < IKE_NOTIFY_STATUS_FIRST ? "an unknown error" : "an unknown status");
    }
    if (meaning != NULL) {
        body->tree->fields[group].meaning = meaning;
    }
    dissect_take_name(body, FIELD_NOTIFY_PROTOCOL, 1, &ike_protocols);
    spi_len = (size_t)dissect_take_number(body, FIELD_NOTIFY_SPI_SIZE, 1);
    dissect_take(body, FIELD_NOTIFY_TYPE, 2, "%s", dissect_word(word, &ike_notifies, type));
    if (spi_len > 0) {
        dissect_take_hex(body, FIELD_NOTIFY_SPI, spi_len);
    }
    for (size_t i = 0; i < sizeof data_readers / sizeof data_readers[0]; i++) {
        if (data_readers[i].type == type && !body->stopped) {
            data_readers[i].read(body, group);
            dissect_expect_end(body, FIELD_NOTIFY_DATA);
            return;
        }
    }
    if (dissect_left(body) > 0) {
        dissect_take_hex(body, FIELD_NOTIFY_DATA, dissect_left(body));
    }
}
