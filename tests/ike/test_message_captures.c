/*
 * Messages that other implementations sent, from the capture collection beside the checkout: those
 * with published keys open and hold the published AUTH values, and nothing in any of them does
 * harm.
 */
#include "bytes.h"

#include <dirent.h>
#include <jansson.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "ike/message.h"

#define CAPTURES IKESIM_SHARED "/captures/"

static struct ike_message message;
static struct ike_error error;

/* ---- datagrams of a capture ---- */

struct datagram {
    unsigned frame;
    uint16_t source_port, destination_port;
    struct crypto_bytes bytes; /* UDP payload without the non-ESP marker */
    bool marker;
};

/* UDP over IPv4 over whatever the link is; false where it is something else. */
static bool find_udp(int link_type, const uint8_t *frame, size_t len, struct datagram *out)
{
    size_t at = link_type == DLT_NULL ? 4 : 14, header = 0, udp_len = 0;

    if (len < at + 20 || frame[at] >> 4 != 4 || frame[at + 9] != 17) {
        return false;
    }
    header = (size_t)(frame[at] & 15) * 4;
    if (len < at + header + 8) {
        return false;
    }
    at += header;
    out->source_port = (uint16_t)(frame[at] << 8 | frame[at + 1]);
    out->destination_port = (uint16_t)(frame[at + 2] << 8 | frame[at + 3]);
    udp_len = (size_t)(frame[at + 4] << 8 | frame[at + 5]);
    if (udp_len < 8 || udp_len > len - at) {
        udp_len = len - at;
    }
    out->bytes = crypto_bytes(frame + at + 8, udp_len - 8);
    out->marker = false;
    if ((out->source_port == 4500 || out->destination_port == 4500) && out->bytes.len >= 4 &&
        memcmp(out->bytes.data, "\0\0\0\0", 4) == 0) {
        out->bytes = crypto_bytes(out->bytes.data + 4, out->bytes.len - 4);
        out->marker = true;
    }
    return true;
}

/* Calls `each` with every UDP datagram. False where the file is not there or no capture. */
static bool for_each_datagram(const char *path, void (*each)(const struct datagram *, void *),
                              void *context)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_open_offline(path, why);
    struct pcap_pkthdr *header = NULL;
    const u_char *frame = NULL;
    struct datagram datagram = {0};

    if (pcap == NULL) {
        return false;
    }
    while (pcap_next_ex(pcap, &header, &frame) == 1) {
        uint8_t *copy = malloc(header->caplen + 1u);

        assert_non_null(copy);
        memcpy(copy, frame, header->caplen);
        datagram.frame++;
        if (find_udp(pcap_datalink(pcap), copy, header->caplen, &datagram)) {
            each(&datagram, context);
        }
        free(copy);
    }
    pcap_close(pcap);
    return true;
}

/* ---- published keys ---- */

struct key_row {
    struct crypto_packet_key key[2]; /* of the original initiator, of the original responder */
    char auth[2][128];               /* published AUTH values, in hex */
    unsigned opened, auth_seen;
    struct crypto_context *ctx;
    uint32_t spis[2]; /* of the CHILD SA, by who offered it */
};

/* Section of KEYS.md about one file, malloc'ed; NULL if the collection is not there. */
static char *read_section(const char *file)
{
    FILE *in = fopen(CAPTURES "KEYS.md", "r");
    char *text = NULL, *start = NULL, *end = NULL, title[128];
    size_t len = 0;

    if (in == NULL) {
        return NULL;
    }
    text = calloc(1, 1 << 16);
    assert_non_null(text);
    len = fread(text, 1, (1 << 16) - 1, in);
    fclose(in);
    assert_true(len > 0);
    snprintf(title, sizeof(title), "### wireshark/%s\n", file);
    start = strstr(text, title);
    assert_non_null(start);
    end = strstr(start + 4, "\n##");
    if (end != NULL) {
        *end = '\0';
    }
    memmove(text, start, strlen(start) + 1);
    return text;
}

/* The hex digits of a cell: between back quotes behind `label`. */
static size_t read_cell(const char *section, const char *label, uint8_t *out, size_t cap)
{
    char text[256];
    const char *p = strstr(section, label), *end = NULL;

    assert_non_null(p);
    p = strchr(p, '`');
    assert_non_null(p);
    end = strchr(p + 1, '`');
    assert_true(end != NULL && (size_t)(end - p) < sizeof(text));
    memcpy(text, p + 1, (size_t)(end - p) - 1);
    text[end - p - 1] = '\0';
    return hex_read(text, out, cap);
}

/* The long run of hex digits behind `label`. */
static void read_auth(const char *section, const char *label, char *out, size_t cap)
{
    const char *p = strstr(section, label);
    size_t len = 0;

    assert_non_null(p);
    while (len < 64) {
        p += len + (len == 0);
        assert_true(*p != '\0');
        len = strspn(p, "0123456789abcdef");
    }
    assert_true(len < cap);
    memcpy(out, p, len);
    out[len] = '\0';
}

static bool read_keys(const char *file, const struct crypto_suite *suite, struct key_row *row)
{
    char *section = read_section(file);
    uint8_t encr[2][64], integ[2][64];
    size_t encr_len[2], integ_len[2] = {0, 0};

    if (section == NULL) {
        return false;
    }
    encr_len[0] = read_cell(section, "| SK_ei", encr[0], 64);
    encr_len[1] = read_cell(section, "| SK_er", encr[1], 64);
    if (suite->integ != NULL) {
        integ_len[0] = read_cell(section, "| SK_ai", integ[0], 64);
        integ_len[1] = read_cell(section, "| SK_ar", integ[1], 64);
    }
    for (size_t i = 0; i < 2; i++) {
        crypto_packet_key_set(&row->key[i], suite, crypto_bytes(encr[i], encr_len[i]),
                              crypto_bytes(integ[i], integ_len[i]));
    }
    read_auth(section, "test expects", row->auth[0], sizeof(row->auth[0]));
    read_auth(section, "the other IKE_AUTH", row->auth[1], sizeof(row->auth[1]));
    free(section);
    return true;
}

static void check_auth(const struct ike_payload *auth, struct key_row *row)
{
    uint8_t published[2][64];

    assert_int_equal(auth->auth.method, IKE_AUTH_METHOD_SHARED_KEY);
    for (size_t i = 0; i < 2; i++) {
        size_t len = hex_read(row->auth[i], published[i], sizeof(published[i]));

        if (auth->auth.data.len == len && memcmp(auth->auth.data.data, published[i], len) == 0) {
            row->auth_seen |= 1u << i;
        }
    }
}

static void open_datagram(const struct datagram *datagram, void *context)
{
    struct key_row *row = context;
    uint8_t plain[2048];
    const struct ike_payload *auth = NULL, *sa = NULL;
    struct crypto_ledger ledger = {0};

    if (ike_message_parse(&message, datagram->bytes, &error) != 0) {
        fail_msg("frame %u: %s", datagram->frame, error.text);
    }
    if (!message.has_sk) {
        assert_int_equal(message.header.exchange, IKE_EXCHANGE_IKE_SA_INIT);
        assert_non_null(ike_message_find(&message, IKE_PAYLOAD_KE));
        assert_non_null(ike_message_find(&message, IKE_PAYLOAD_NONCE));
        return;
    }
    if (ike_message_open(&message, row->ctx, &row->key[message.header.initiator ? 0 : 1], plain,
                         &ledger, &error) != IKE_OPEN_OK) {
        fail_msg("frame %u: %s", datagram->frame, error.text);
    }
    row->opened++;
    auth = ike_message_find(&message, IKE_PAYLOAD_AUTH);
    sa = ike_message_find(&message, IKE_PAYLOAD_SA);
    if (auth != NULL) {
        check_auth(auth, row);
        assert_non_null(ike_message_find(&message, IKE_PAYLOAD_TSI));
        assert_non_null(ike_message_find(&message, IKE_PAYLOAD_TSR));
        assert_non_null(sa);
        assert_int_equal(sa->sa.proposals[0].transforms.protocol, IKE_PROTOCOL_ESP);
        row->spis[message.header.initiator ? 0 : 1] = (uint32_t)sa->sa.proposals[0].spi[0] << 24 |
                                                      (uint32_t)sa->sa.proposals[0].spi[1] << 16 |
                                                      (uint32_t)sa->sa.proposals[0].spi[2] << 8 |
                                                      sa->sa.proposals[0].spi[3];
    }
}

static void open_capture(const char *file, const struct crypto_suite *suite, unsigned messages,
                         uint32_t spi_i, uint32_t spi_r)
{
    struct key_row row = {0};
    char path[512], why[256];

    if (!read_keys(file, suite, &row)) {
        print_message("skipped: no ../shared\n");
        skip();
    }
    row.ctx = crypto_context_new(why, sizeof(why));
    assert_non_null(row.ctx);
    snprintf(path, sizeof(path), CAPTURES "wireshark/%s", file);
    assert_true(for_each_datagram(path, open_datagram, &row));
    assert_int_equal(row.opened, messages);
    assert_int_equal(row.auth_seen, 3);
    assert_int_equal(row.spis[0], spi_i);
    assert_int_equal(row.spis[1], spi_r);
    crypto_context_free(row.ctx);
}

static void capture_in_aes256_cbc_opens_with_the_published_keys(void **state)
{
    const struct crypto_suite suite = {
        .encr = crypto_transform_find(CRYPTO_ENCR, CRYPTO_ENCR_AES_CBC),
        .integ = crypto_transform_find(CRYPTO_INTEG, CRYPTO_INTEG_HMAC_SHA2_256_128),
        .encr_key_bits = 256};

    (void)state;
    open_capture("ikev2-decrypt-aes256cbc.pcapng", &suite, 2, 0xce245507, 0xc9f1d870);
}

static void capture_in_aes256_gcm16_opens_with_the_published_keys(void **state)
{
    const struct crypto_suite suite = {
        .encr = crypto_transform_find(CRYPTO_ENCR, CRYPTO_ENCR_AES_GCM_16), .encr_key_bits = 256};

    (void)state;
    open_capture("ikev2-decrypt-aes256gcm16.pcap", &suite, 4, 0xcfc3e387, 0xc14b46ec);
}

/* ---- payloads that others decrypted ---- */

static void payloads_decrypted_by_others_are_read(void **state)
{
    static const struct {
        const char *name, *chain;
        uint8_t exchange;
    } rows[] = {
        {"IKE_AUTH request, decrypted",
         "IDi CERT N(INITIAL_CONTACT) N(HTTP_CERT_LOOKUP_SUPPORTED) CERTREQ AUTH CP SA TSi TSr V V "
         "V "
         "N(MOBIKE_SUPPORTED) N(MULTIPLE_AUTH_SUPPORTED)",
         35},
        {"IKE_AUTH response, decrypted", "IDr CERT AUTH CP SA Nr TSi TSr V N(MOBIKE_SUPPORTED)",
         35},
        {"CREATE_CHILD_SA request, decrypted", "N(REKEY_SA) SA Ni KE TSi TSr", 36},
    };
    json_error_t json_error;
    json_t *root = json_load_file(CAPTURES "scapy/ikev2_nat_t.decrypted.json", 0, &json_error);

    (void)state;
    if (root == NULL) {
        print_message("skipped: no ../shared\n");
        skip();
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *hex =
            json_string_value(json_object_get(json_object_get(root, "frames_hex"), rows[i].name));
        uint8_t frame[2048];
        struct datagram datagram = {0};
        char words[256];
        uint8_t *bytes = NULL;
        size_t len = 0;

        assert_non_null(hex);
        len = hex_read(hex, frame, sizeof(frame));
        assert_true(find_udp(DLT_EN10MB, frame, len, &datagram));
        assert_true(datagram.marker);
        /* Length still counts what SK had around the payloads */
        bytes = frame + (datagram.bytes.data - frame);
        bytes[26] = (uint8_t)(datagram.bytes.len >> 8);
        bytes[27] = (uint8_t)datagram.bytes.len;
        if (ike_message_parse(&message, datagram.bytes, &error) != 0) {
            fail_msg("%s: %s", rows[i].name, error.text);
        }
        ike_message_describe(&message, words, sizeof(words));
        assert_string_equal(words, rows[i].chain);
        assert_int_equal(message.header.exchange, rows[i].exchange);
    }
    json_decref(root);
}

/* ---- all of them ---- */

struct tally {
    unsigned datagrams, read, refused, other_version;
};

static void read_datagram(const struct datagram *datagram, void *context)
{
    struct tally *tally = context;
    uint8_t *copy = malloc(datagram->bytes.len + 1);

    assert_non_null(copy);
    if (datagram->bytes.len != 0) {
        free(copy);
        copy = malloc(datagram->bytes.len);
        assert_non_null(copy);
        memcpy(copy, datagram->bytes.data, datagram->bytes.len);
    }
    tally->datagrams++;
    if (ike_message_parse(&message, crypto_bytes(copy, datagram->bytes.len), &error) == 0) {
        tally->read++;
    } else if (error.notify == IKE_NOTIFY_INVALID_MAJOR_VERSION) {
        tally->other_version++;
    } else {
        tally->refused++;
    }
    free(copy);
}

static struct tally tally_file(const char *name)
{
    struct tally tally = {0};
    char path[512];

    snprintf(path, sizeof(path), CAPTURES "%s", name);
    if (!for_each_datagram(path, read_datagram, &tally)) {
        print_message("skipped: no ../shared\n");
        skip();
    }
    return tally;
}

static void ikev2_captures_of_others_are_read_whole(void **state)
{
    static const struct {
        const char *name;
        unsigned messages;
    } rows[] = {
        {"wireshark/ikev2-decrypt-3des-sha1_160.pcap", 6},
        {"wireshark/ikev2-decrypt-aes128ccm12.pcap", 6},
        {"wireshark/ikev2-decrypt-aes256cbc.pcapng", 4},
        {"wireshark/ikev2-decrypt-aes256gcm16.pcap", 6},
        {"tcpdump/ikev2four.pcap", 21},
        {"tcpdump/ikev2pI2.pcap", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tally tally = tally_file(rows[i].name);

        if (tally.read != rows[i].messages || tally.refused != 0) {
            fail_msg("%s: %u of %u read, the last error: %s", rows[i].name, tally.read,
                     tally.datagrams, error.text);
        }
    }
}

static void ikev2_through_a_nat_is_read_whole(void **state)
{
    /* 30 messages of IKE, 22 ESP packets and 2 keepalives (RFC 3948) on the same port */
    struct tally tally = tally_file("scapy/ikev2_nat_t.pcapng");

    (void)state;
    assert_int_equal(tally.read, 30);
    assert_int_equal(tally.datagrams, 54);
}

static void ikev1_is_another_version_2_5(void **state)
{
    struct tally tally = tally_file("wireshark/ikev1-certs.pcap");

    (void)state;
    assert_int_equal(tally.read, 0);
    assert_true(tally.other_version > 0);
}

static void no_capture_does_harm(void **state)
{
    static const char *const folders[] = {"wireshark", "tcpdump", "scapy", "ndpi"};
    unsigned datagrams = 0;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char path[512];
        DIR *folder = NULL;
        struct dirent *entry = NULL;

        snprintf(path, sizeof(path), CAPTURES "%s", folders[i]);
        folder = opendir(path);
        if (folder == NULL) {
            print_message("skipped: no ../shared\n");
            skip();
        }
        while ((entry = readdir(folder)) != NULL) {
            struct tally tally = {0};
            char file[1024];

            snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
            if (strstr(entry->d_name, ".pcap") != NULL &&
                for_each_datagram(file, read_datagram, &tally)) {
                print_message("%s: %u datagrams, %u read, %u of another version, %u refused\n",
                              entry->d_name, tally.datagrams, tally.read, tally.other_version,
                              tally.refused);
                datagrams += tally.datagrams;
            }
        }
        closedir(folder);
    }
    assert_true(datagrams > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capture_in_aes256_cbc_opens_with_the_published_keys),
        cmocka_unit_test(capture_in_aes256_gcm16_opens_with_the_published_keys),
        cmocka_unit_test(payloads_decrypted_by_others_are_read),
        cmocka_unit_test(ikev2_captures_of_others_are_read_whole),
        cmocka_unit_test(ikev2_through_a_nat_is_read_whole),
        cmocka_unit_test(ikev1_is_another_version_2_5),
        cmocka_unit_test(no_capture_does_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
