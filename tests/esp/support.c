#include "tests/esp/support.h"

#include <arpa/inet.h>
#include <inttypes.h>

struct crypto_packet_key key_of(enum suite suite, uint8_t salt)
{
    struct crypto_packet_key key;
    uint8_t octets[64];
    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)(salt + 37 * i);
    }
    if (suite == GCM) {
        struct crypto_suite gcm = {
            .encr = crypto_transform_find(CRYPTO_ENCR, CRYPTO_ENCR_AES_GCM_16),
            .encr_key_bits = 128,
        };
        crypto_packet_key_set(&key, &gcm, crypto_bytes(octets, 20), crypto_bytes(NULL, 0));
    } else {
        struct crypto_suite cbc = {
            .encr = crypto_transform_find(CRYPTO_ENCR, CRYPTO_ENCR_AES_CBC),
            .integ = crypto_transform_find(CRYPTO_INTEG, CRYPTO_INTEG_HMAC_SHA2_256_128),
            .encr_key_bits = 128,
        };
        crypto_packet_key_set(&key, &cbc, crypto_bytes(octets, 16), crypto_bytes(octets + 16, 32));
    }
    return key;
}

/* ---- the trace ---- */

static void keep_text(char *to, size_t cap, const char *text)
{
    snprintf(to, cap, "%s", text ? text : "(null)");
}

static void keep_inner(struct seen *seen, struct trace_bytes inner)
{
    assert_true(inner.len <= sizeof seen->inner);
    seen->inner_len = inner.len;
    memcpy(seen->inner, inner.data, inner.len);
}

static const struct trace_scope test_scope = {"test", NULL};

static struct trace_ref observe(void *context, enum trace_kind kind, const void *data)
{
    struct seen *seen = context;
    uint64_t count = seen->count + 1;
    *seen = (struct seen){.count = count, .kind = kind};
    if (kind == TRACE_ESP_SENT_EVENT) {
        const struct trace_esp_sent *sent = data;
        seen->spi = sent->spi;
        seen->sequence = sent->sequence;
        keep_text(seen->child, sizeof seen->child, sent->child);
        keep_text(seen->protocol, sizeof seen->protocol, sent->protocol);
        keep_text(seen->mode, sizeof seen->mode, sent->mode);
        keep_inner(seen, sent->inner);
    } else if (kind == TRACE_ESP_RECEIVED_EVENT) {
        const struct trace_esp_received *received = data;
        seen->spi = received->spi;
        seen->sequence = received->sequence;
        seen->right_edge = received->right_edge;
        seen->window = received->window;
        keep_text(seen->child, sizeof seen->child, received->child);
        keep_text(seen->protocol, sizeof seen->protocol, received->protocol);
        keep_text(seen->mode, sizeof seen->mode, received->mode);
        keep_inner(seen, received->inner);
    } else if (kind == TRACE_ESP_DROPPED_EVENT) {
        const struct trace_esp_dropped *dropped = data;
        seen->spi = dropped->spi;
        seen->sequence = dropped->sequence;
        seen->right_edge = dropped->right_edge;
        seen->window = dropped->window;
        keep_text(seen->reason, sizeof seen->reason, dropped->reason);
        keep_text(seen->protocol, sizeof seen->protocol, dropped->protocol);
        keep_text(seen->detail, sizeof seen->detail, dropped->detail);
    } else {
        const struct trace_esp_no_sa *no_sa = data;
        assert_int_equal(kind, TRACE_ESP_NO_SA_EVENT);
        keep_text(seen->source, sizeof seen->source, no_sa->source);
        keep_text(seen->destination, sizeof seen->destination, no_sa->destination);
        keep_text(seen->detail, sizeof seen->detail, no_sa->detail);
    }
    return (struct trace_ref){&test_scope, count};
}

/* ---- two ends ---- */

struct esp_selector selector(const char *start, const char *end)
{
    bool ipv6 = strchr(start, ':') != NULL;
    struct esp_selector out = {.family = ipv6 ? 6 : 4, .end_port = 65535};
    assert_int_equal(inet_pton(ipv6 ? AF_INET6 : AF_INET, start, out.start), 1);
    assert_int_equal(inet_pton(ipv6 ? AF_INET6 : AF_INET, end, out.end), 1);
    return out;
}

static void end_init(struct rig *rig, struct end *end, struct esp_child child)
{
    end->observer = (struct trace_observer){observe, &end->seen};
    end->stack = esp_stack_new(&(struct esp_stack_options){
        .crypto = rig->crypto,
        .entropy = identity_entropy,
        .observer = &end->observer,
    });
    assert_non_null(end->stack);
    assert_int_equal(esp_stack_install(end->stack, &child), 0);
}

static struct rig *make_rig(enum suite suite, uint32_t window, bool esn)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->crypto = context_or_die();
    struct esp_selector left[] = {
        selector("10.1.0.0", "10.1.0.255"),
        selector("2001:db8:1::", "2001:db8:1::ffff:ffff:ffff:ffff"),
    };
    struct esp_selector right[] = {
        selector("10.2.0.0", "10.2.0.255"),
        selector("2001:db8:2::", "2001:db8:2::ffff:ffff:ffff:ffff"),
    };
    struct esp_child child = {
        .name = "net",
        .owner = 7,
        .spi_in = ALICE_SPI,
        .spi_out = GW_SPI,
        .key_in = key_of(suite, 1),
        .key_out = key_of(suite, 2),
        .replay_window = window,
        .esn = esn,
        .local_ts = left,
        .remote_ts = right,
        .local_ts_count = 2,
        .remote_ts_count = 2,
    };
    end_init(rig, &rig->alice, child);
    child.spi_in = GW_SPI;
    child.spi_out = ALICE_SPI;
    child.key_in = key_of(suite, 2);
    child.key_out = key_of(suite, 1);
    child.local_ts = right;
    child.remote_ts = left;
    end_init(rig, &rig->gw, child);
    return rig;
}

struct rig *rig_new(enum suite suite, uint32_t window)
{
    return make_rig(suite, window, false);
}

struct rig *rig_new_esn(enum suite suite, uint32_t window, uint64_t sequence)
{
    struct rig *rig = make_rig(suite, window, true);
    pair_of(&rig->alice, ALICE_SPI)->last_sequence = sequence;
    if (sequence > 0) {
        esp_replay_accept(&pair_of(&rig->gw, GW_SPI)->replay, sequence);
    }
    return rig;
}

static struct crypto_packet_key integ_key(uint16_t integ, uint8_t salt)
{
    struct crypto_suite suite = {.integ = crypto_transform_find(CRYPTO_INTEG, integ)};
    struct crypto_packet_key key;
    uint8_t octets[64];
    for (size_t i = 0; i < sizeof octets; i++) {
        octets[i] = (uint8_t)(salt + 41 * i);
    }
    crypto_packet_key_set(&key, &suite, crypto_bytes(NULL, 0),
                          crypto_bytes(octets, suite.integ->key_len));
    return key;
}

static struct esp_outer outer_of(uint8_t family, bool of_alice)
{
    struct esp_outer outer = {.family = family};
    const char *const alice = family == 4 ? "192.0.2.10" : "2001:db8::a";
    const char *const gw = family == 4 ? "198.51.100.1" : "2001:db8::1";
    inet_pton(family == 4 ? AF_INET : AF_INET6, of_alice ? alice : gw, outer.local);
    inet_pton(family == 4 ? AF_INET : AF_INET6, of_alice ? gw : alice, outer.remote);
    return outer;
}

struct rig *rig_new_kind(struct kind kind)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->crypto = context_or_die();
    bool hosts = kind.transport;
    struct esp_selector left[] = {
        hosts ? selector("192.0.2.10", "192.0.2.10") : selector("10.1.0.0", "10.1.0.255"),
        hosts ? selector("2001:db8::a", "2001:db8::a")
              : selector("2001:db8:1::", "2001:db8:1::ffff:ffff:ffff:ffff"),
    };
    struct esp_selector right[] = {
        hosts ? selector("198.51.100.1", "198.51.100.1") : selector("10.2.0.0", "10.2.0.255"),
        hosts ? selector("2001:db8::1", "2001:db8::1")
              : selector("2001:db8:2::", "2001:db8:2::ffff:ffff:ffff:ffff"),
    };
    struct esp_child child = {
        .name = "net",
        .owner = 7,
        .spi_in = ALICE_SPI,
        .spi_out = GW_SPI,
        .ah = kind.integ != 0,
        .transport = kind.transport,
        .outer = outer_of(kind.family, true),
        .key_in = kind.integ ? integ_key(kind.integ, 1) : key_of(GCM, 1),
        .key_out = kind.integ ? integ_key(kind.integ, 2) : key_of(GCM, 2),
        .replay_window = kind.window,
        .esn = kind.esn,
        .local_ts = left,
        .remote_ts = right,
        .local_ts_count = 2,
        .remote_ts_count = 2,
    };
    end_init(rig, &rig->alice, child);
    struct crypto_packet_key key = child.key_in;
    child.key_in = child.key_out;
    child.key_out = key;
    child.spi_in = GW_SPI;
    child.spi_out = ALICE_SPI;
    child.outer = outer_of(kind.family, false);
    child.local_ts = right;
    child.remote_ts = left;
    end_init(rig, &rig->gw, child);
    return rig;
}

void rig_free(struct rig *rig)
{
    esp_stack_free(rig->alice.stack);
    esp_stack_free(rig->gw.stack);
    crypto_context_free(rig->crypto);
    free(rig);
}

void rig_rekey(struct rig *rig, struct end *end, uint8_t n, uint32_t replaces)
{
    rig_rekey_limited(rig, end, n, replaces, &(struct esp_lifetime){0});
}

void rig_rekey_limited(struct rig *rig, struct end *end, uint8_t n, uint32_t replaces,
                       const struct esp_lifetime *lifetime)
{
    bool gw = end == &rig->gw;
    const struct esp_pair *first = pair_of(end, gw ? GW_SPI : ALICE_SPI);
    struct esp_selector left = selector("10.1.0.0", "10.1.0.255");
    struct esp_selector right = selector("10.2.0.0", "10.2.0.255");
    uint8_t to_alice = (uint8_t)(2 * n + 1), to_gw = (uint8_t)(2 * n + 2);
    struct esp_child child = {
        .name = "second",
        .owner = 70,
        .spi_in = (gw ? GW_SPI : ALICE_SPI) + n - 1,
        .spi_out = (gw ? ALICE_SPI : GW_SPI) + n - 1,
        .key_in = key_of(GCM, gw ? to_gw : to_alice),
        .key_out = key_of(GCM, gw ? to_alice : to_gw),
        .replay_window = first->replay.window,
        .local_ts = gw ? &right : &left,
        .remote_ts = gw ? &left : &right,
        .local_ts_count = 1,
        .remote_ts_count = 1,
        .replaces = replaces,
        .lifetime = *lifetime,
    };
    assert_int_equal(esp_stack_install(end->stack, &child), 0);
    assert_int_equal(esp_stack_install(end->stack, &child), -1);
}

struct esp_pair *pair_of(struct end *end, uint32_t spi_in)
{
    struct esp_pair *pair = esp_sad_find(&end->stack->sad, spi_in);
    assert_non_null(pair);
    return pair;
}

/* ---- packets ---- */

struct crypto_bytes inner_packet(uint8_t *out, size_t len, uint8_t ip_protocol, const char *source,
                                 const char *destination)
{
    assert_true(len >= 20 && len <= 65535);
    memset(out, 0, 20);
    out[0] = 0x45;
    out[2] = (uint8_t)(len >> 8);
    out[3] = (uint8_t)len;
    out[8] = 64;
    out[9] = ip_protocol;
    assert_int_equal(inet_pton(AF_INET, source, out + 12), 1);
    assert_int_equal(inet_pton(AF_INET, destination, out + 16), 1);
    for (size_t i = 20; i < len; i++) {
        out[i] = (uint8_t)i;
    }
    return crypto_bytes(out, len);
}

struct crypto_bytes inner_packet_6(uint8_t *out, size_t len, uint8_t next_header,
                                   const char *source, const char *destination)
{
    assert_true(len >= 40 && len <= 40 + 65535);
    memset(out, 0, 40);
    out[0] = 0x60;
    out[4] = (uint8_t)((len - 40) >> 8);
    out[5] = (uint8_t)(len - 40);
    out[6] = next_header;
    out[7] = 64;
    assert_int_equal(inet_pton(AF_INET6, source, out + 8), 1);
    assert_int_equal(inet_pton(AF_INET6, destination, out + 24), 1);
    for (size_t i = 40; i < len; i++) {
        out[i] = (uint8_t)i;
    }
    return crypto_bytes(out, len);
}

struct crypto_bytes alice_packet(uint8_t *out, size_t len)
{
    return inner_packet(out, len, 17, "10.1.0.5", "10.2.0.9");
}

void seal(struct rig *rig, size_t inner_len, struct sealed *out)
{
    uint8_t inner[2048];
    struct esp_result result;
    assert_int_equal(esp_stack_seal(rig->alice.stack, alice_packet(inner, inner_len), out->data,
                                    &out->len, &result, NULL),
                     ESP_OK);
}

enum esp_verdict open_copy(struct rig *rig, const struct sealed *packet)
{
    struct crypto_bytes inner;
    struct esp_result result;
    uint8_t *copy = malloc(packet->len);
    assert_true(copy || packet->len == 0);
    if (packet->len > 0) {
        memcpy(copy, packet->data, packet->len);
    }
    enum esp_verdict verdict =
        esp_stack_open(rig->gw.stack, copy, packet->len, &inner, &result, NULL);
    free(copy);
    return verdict;
}

enum esp_verdict seal_ip(struct rig *rig, struct crypto_bytes inner, struct sealed *out)
{
    struct esp_result result;
    enum esp_verdict verdict =
        esp_stack_seal(rig->alice.stack, inner, out->data, &out->len, &result, NULL);
    assert_true(verdict != ESP_OK || result.front_len > 0);
    return verdict;
}

enum esp_verdict open_ip_copy(struct rig *rig, const struct sealed *packet, struct sealed *inner)
{
    struct crypto_bytes view;
    struct esp_result result;
    uint8_t *copy = malloc(packet->len);
    assert_true(copy || packet->len == 0);
    if (packet->len > 0) {
        memcpy(copy, packet->data, packet->len);
    }
    enum esp_verdict verdict =
        esp_stack_open_ip(rig->gw.stack, copy, packet->len, &view, &result, NULL);
    if (inner && verdict == ESP_OK) {
        inner->len = view.len;
        memcpy(inner->data, view.data, view.len);
    }
    free(copy);
    return verdict;
}

void fix_checksum(uint8_t *header)
{
    uint32_t sum = 0;
    header[10] = header[11] = 0;
    for (int i = 0; i < (header[0] & 15) * 4; i += 2) {
        sum += (uint32_t)header[i] << 8 | header[i + 1];
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    header[10] = (uint8_t)(sum >> 8);
    header[11] = (uint8_t)sum;
}

void forge(struct rig *rig, uint32_t sequence, struct crypto_bytes plain, struct sealed *out)
{
    struct crypto_packet_key in = esp_pair_key(pair_of(&rig->gw, GW_SPI), ESP_KEY_IN);
    const struct crypto_packet_key *key = &in;
    size_t iv_len = key->encr->iv_len;
    uint32_t header[2] = {htonl(GW_SPI), htonl(sequence)};
    memcpy(out->data, header, ESP_HEADER_LEN);
    for (size_t i = 1; i <= iv_len; i++) {
        out->data[ESP_HEADER_LEN + iv_len - i] = (uint8_t)(plain.data[0] - i);
    }
    memcpy(out->data + ESP_HEADER_LEN + iv_len, plain.data, plain.len);
    out->len = crypto_packet_seal(rig->crypto, key, out->data, ESP_HEADER_LEN, plain.len, NULL);
    assert_true(out->len > 0);
}

/* ---- chance ---- */

uint64_t test_seed(void)
{
    const char *text = getenv("IKESIM_TEST_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : 20250101;
    printf("seed: IKESIM_TEST_SEED=%" PRIu64 "\n", seed);
    return seed;
}

/* Steele, Lea and Flood's SplitMix64. */
uint64_t test_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
