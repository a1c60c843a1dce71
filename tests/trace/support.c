#include "support.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- made-up events ---- */

static uint64_t mix(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static const char *make_text(char *room, size_t cap, uint64_t draw)
{
    static const char *const texts[] = {"",
                                        "plain",
                                        "say \"hi\"",
                                        "back\\slash",
                                        "tab\tline\nend\r\b\f",
                                        "\x01\x1f\x7f",
                                        "Grüße, κόσμε",
                                        "日本 \xf0\x9f\x94\x91",
                                        "a/b#1 {} []",
                                        "null"};
    if (draw % 11 == 10) {
        return NULL;
    }
    snprintf(room, cap, "%s", texts[draw % 11]);
    return room;
}

static uint64_t make_number(uint64_t draw)
{
    const uint64_t edges[] = {0, 1, 9, (UINT64_C(1) << 53) - 1, UINT64_C(1) << 53, UINT64_MAX};
    return draw % 3 == 0 ? edges[draw / 3 % 6] : draw >> (draw % 64);
}

static struct trace_ref make_ref(uint64_t draw, struct trace_scopes *scopes)
{
    switch (draw % 4) {
    case 0:
        return (struct trace_ref){0};
    case 1:
        return (struct trace_ref){trace_scopes_intern(scopes, "gw", NULL), draw >> 40};
    case 2:
        return (struct trace_ref){trace_scopes_intern(scopes, "alice", "gw"), draw >> 8};
    default:
        return (struct trace_ref){trace_scopes_intern(scopes, "Zoë \"7\"", "gw-2"), UINT64_MAX};
    }
}

void make_event(struct made_event *event, enum trace_kind kind, uint64_t seed,
                struct trace_scopes *scopes)
{
    const struct trace_kind_info *info = trace_kind_info(kind);
    memset(event, 0, sizeof *event);
    for (unsigned i = 0; i < info->field_count; i++) {
        void *to = (uint8_t *)&event->data + info->fields[i].offset;
        uint64_t draw = mix(&seed);
        switch (info->fields[i].type) {
        case TRACE_U64:
        case TRACE_TIME:
        case TRACE_DURATION:
            *(uint64_t *)to = make_number(draw);
            break;
        case TRACE_SPI8:
            *(uint64_t *)to = draw % 5 == 0 ? 0 : draw;
            break;
        case TRACE_SPI4:
            *(uint32_t *)to = draw % 5 == 0 ? 0 : (uint32_t)(draw >> 32);
            break;
        case TRACE_BOOL:
            *(bool *)to = draw % 2 == 0;
            break;
        case TRACE_TEXT:
            *(const char **)to = make_text(event->texts[i], sizeof event->texts[i], draw);
            break;
        case TRACE_HEX: {
            struct trace_bytes *bytes = to;
            bytes->len = draw % 4 == 0 ? 0 : draw % sizeof event->octets[i];
            bytes->data = bytes->len > 0 ? event->octets[i] : NULL;
            for (size_t k = 0; k < bytes->len; k++) {
                event->octets[i][k] = (uint8_t)mix(&seed);
            }
            break;
        }
        case TRACE_REF:
            *(struct trace_ref *)to = make_ref(draw, scopes);
            break;
        case TRACE_TYPE_COUNT:
            abort();
        }
    }
}

void change_field(struct made_event *event, const struct trace_field_info *field,
                  struct trace_scopes *scopes)
{
    void *to = (uint8_t *)&event->data + field->offset;
    switch (field->type) {
    case TRACE_U64:
    case TRACE_TIME:
    case TRACE_DURATION:
    case TRACE_SPI8:
        *(uint64_t *)to ^= 1;
        break;
    case TRACE_SPI4:
        *(uint32_t *)to ^= 1;
        break;
    case TRACE_BOOL:
        *(bool *)to = !*(bool *)to;
        break;
    case TRACE_TEXT: /* NULL and the empty text are two things */
        *(const char **)to = *(const char **)to ? NULL : "";
        break;
    case TRACE_HEX: {
        struct trace_bytes *bytes = to;
        if (bytes->len > 0) {
            bytes->len--;
        } else {
            *bytes = (struct trace_bytes){(const uint8_t *)"", 1};
        }
        break;
    }
    case TRACE_REF: {
        struct trace_ref *ref = to;
        if (ref->scope) {
            ref->n ^= 1;
        } else {
            *ref = (struct trace_ref){trace_scopes_intern(scopes, "gw", NULL), 0};
        }
        break;
    }
    case TRACE_TYPE_COUNT:
        abort();
    }
}

static bool texts_equal(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool refs_equal(struct trace_ref a, struct trace_ref b)
{
    if (!a.scope || !b.scope) {
        return a.scope == b.scope;
    }
    return a.n == b.n && texts_equal(a.scope->host, b.scope->host) &&
           texts_equal(a.scope->peer, b.scope->peer);
}

static bool fields_equal(enum trace_type type, const void *a, const void *b)
{
    switch (type) {
    case TRACE_U64:
    case TRACE_TIME:
    case TRACE_DURATION:
    case TRACE_SPI8:
        return *(const uint64_t *)a == *(const uint64_t *)b;
    case TRACE_SPI4:
        return *(const uint32_t *)a == *(const uint32_t *)b;
    case TRACE_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case TRACE_TEXT:
        return texts_equal(*(const char *const *)a, *(const char *const *)b);
    case TRACE_HEX: {
        const struct trace_bytes *x = a, *y = b;
        return x->len == y->len && (x->len == 0 || memcmp(x->data, y->data, x->len) == 0);
    }
    case TRACE_REF:
        return refs_equal(*(const struct trace_ref *)a, *(const struct trace_ref *)b);
    case TRACE_TYPE_COUNT:
        break;
    }
    abort();
}

bool events_equal(enum trace_kind kind, const void *a, const void *b)
{
    const struct trace_kind_info *info = trace_kind_info(kind);
    for (unsigned i = 0; i < info->field_count; i++) {
        const struct trace_field_info *field = &info->fields[i];
        if (!fields_equal(field->type, (const uint8_t *)a + field->offset,
                          (const uint8_t *)b + field->offset)) {
            fprintf(stderr, "%s: field %s differs\n", info->name, field->name);
            return false;
        }
    }
    return true;
}

/* ---- files ---- */

char *make_dir(void)
{
    char *dir = strdup("/tmp/ikesim-trace-XXXXXX");
    assert(dir && mkdtemp(dir));
    return dir;
}

void remove_dir(char *dir)
{
    DIR *entries = opendir(dir);
    assert(entries);
    struct dirent *entry;
    while ((entry = readdir(entries))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            unlinkat(dirfd(entries), entry->d_name, 0);
        }
    }
    closedir(entries);
    rmdir(dir);
    free(dir);
}

static FILE *open_in(const char *dir, const char *name, const char *mode)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, mode);
    assert(file);
    return file;
}

uint8_t *read_file(const char *dir, const char *name, size_t *len)
{
    FILE *file = open_in(dir, name, "rb");
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*len + 1);
    assert(bytes && fread(bytes, 1, *len, file) == *len);
    bytes[*len] = '\0';
    fclose(file);
    return bytes;
}

void write_file(const char *dir, const char *name, const void *bytes, size_t len)
{
    FILE *file = open_in(dir, name, "wb");
    assert(len == 0 || fwrite(bytes, 1, len, file) == len);
    fclose(file);
}

/* ---- the sample ---- */

#define SPI_I UINT64_C(0x1122334455667788)
#define SPI_R UINT64_C(0x99aabbccddeeff00)

struct sample {
    struct trace_writer *writer;
    struct trace_recorder *recorder;
    struct trace_channel *run, *alice, *gw, *alice_gw, *gw_alice, *bob_gw;
    uint64_t now, datagrams[2];
};

#define EMIT(sample, channel, cause, SYMBOL, lower, ...)                                           \
    trace_recorder_emit((sample)->recorder, (sample)->channel, (sample)->now, cause,               \
                        TRACE_##SYMBOL##_EVENT, &(struct trace_##lower){__VA_ARGS__})

#define NO_CAUSE ((struct trace_ref){0})

static const uint8_t fixed[256] = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233};

static struct trace_bytes octets(size_t offset, size_t len)
{
    return (struct trace_bytes){fixed + offset, len};
}

size_t sample_init_request(uint8_t *out, size_t cap)
{
    /* Header, SA with one proposal of four transforms, KE of CURVE25519, Ni (RFC 7296 §3.1 to
     * §3.9). */
    static const uint8_t head[] = {
        0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0,    0,    0, 0,   0,
        0,    0,    0,                                                      /* SPIs */
        33,   0x20, 34,   0x08, 0,    0,    0,    0,    0,    0,    0, 152, /* SA, 2.0, IKE_SA_INIT,
                                                                               I */
        34,   0,    0,    48,   0,    0,    0,    44,   1,    1,    0, 4,   /* SA, proposal 1 of IKE
                                                                             */
        3,    0,    0,    12,   1,    0,    0,    12,   0x80, 0x0e, 0, 128, /* ENCR_AES_CBC 128 */
        3,    0,    0,    8,    2,    0,    0,    5,    3,    0,    0, 8,   3,
        0,    0,    12,                               /* PRF, INTEG */
        0,    0,    0,    8,    4,    0,    0,    31, /* CURVE25519 */
        40,   0,    0,    40,   0,    31,   0,    0,  /* KE */
    };
    const uint8_t nonce_head[4] = {0, 0, 0, 36};
    const size_t len = sizeof head + 32 + sizeof nonce_head + 32;
    assert(len == 152 && len <= cap);
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, fixed, 32);
    memcpy(out + sizeof head + 32, nonce_head, sizeof nonce_head);
    memcpy(out + sizeof head + 32 + sizeof nonce_head, fixed + 32, 32);
    return len;
}

static struct trace_ref send_datagram(struct sample *s, bool from_alice, struct trace_ref cause,
                                      unsigned protocol, struct trace_bytes bytes)
{
    uint64_t port = protocol == 17 ? 500 : 0;
    return trace_recorder_emit(s->recorder, from_alice ? s->alice_gw : s->gw_alice, s->now, cause,
                               TRACE_NET_SENT_EVENT,
                               &(struct trace_net_sent){
                                   .datagram = ++s->datagrams[from_alice ? 0 : 1],
                                   .source = from_alice ? "192.0.2.1" : "192.0.2.2",
                                   .destination = from_alice ? "192.0.2.2" : "192.0.2.1",
                                   .protocol = protocol,
                                   .source_port = port,
                                   .destination_port = port,
                                   .bytes = bytes,
                               });
}

static struct trace_ref deliver(struct sample *s, bool to_gw, struct trace_ref sent, uint64_t copy,
                                uint64_t delay)
{
    s->now += delay;
    return trace_recorder_emit(
        s->recorder, to_gw ? s->gw_alice : s->alice_gw, s->now, sent, TRACE_NET_DELIVERED_EVENT,
        &(struct trace_net_delivered){
            .datagram = s->datagrams[to_gw ? 0 : 1], .copy = copy, .delay = delay, .sent = sent});
}

static void begin(struct sample *s)
{
    EMIT(s, run, NO_CAUSE, RUN_BEGIN, run_begin, .format = 1, .version = "test",
         .scenario = "sample", .title = "A \"small\" sample", .seed = UINT64_MAX, .keys = "fresh",
         .epoch = "2025-01-01T00:00:00Z", .duration = UINT64_C(10000000000));
    EMIT(s, alice, NO_CAUSE, HOST_DECLARED, host_declared, .address = "192.0.2.1",
         .identity = "alice@example.org", .connects_to = "gw", .networks = "10.1.0.0/24");
    EMIT(s, gw, NO_CAUSE, HOST_DECLARED, host_declared, .address = "192.0.2.2",
         .identity = "gw.example.org", .networks = "10.2.0.0/24");
}

static void initial_exchange(struct sample *s)
{
    uint8_t bytes[256];
    struct trace_bytes request = {bytes, sample_init_request(bytes, sizeof bytes)};
    struct trace_ref order = EMIT(s, alice, NO_CAUSE, HOST_ORDER, host_order, .order = "initiate",
                                  .detail = "gw", .origin = "connect");
    struct trace_ref sa = EMIT(s, alice_gw, order, IKE_SA_CREATED, ike_sa_created, .spi_i = SPI_I,
                               .role = "initiator", .peer_address = "192.0.2.2");
    EMIT(s, alice_gw, sa, IKE_STATE, ike_state, .spi_i = SPI_I, .role = "initiator",
         .to = "INIT_SENT", .why = "told to connect");
    struct trace_ref first = EMIT(s, alice_gw, sa, IKE_MESSAGE_SENT, ike_message_sent,
                                  .spi_i = SPI_I, .exchange = "IKE_SA_INIT", .initiator = true,
                                  .length = request.len, .payloads = "SA KE Ni", .transmission = 1);
    struct trace_ref sent = send_datagram(s, true, first, 17, request);
    EMIT(s, alice_gw, sent, NET_LOST, net_lost, .datagram = 1, .why = "loss");
    s->now += 500000000;
    struct trace_ref again =
        EMIT(s, alice_gw, first, IKE_RETRANSMISSION, ike_retransmission, .spi_i = SPI_I,
             .exchange = "IKE_SA_INIT", .transmission = 2, .waited = 500000000, .first = first);
    struct trace_ref second =
        EMIT(s, alice_gw, again, IKE_MESSAGE_SENT, ike_message_sent, .spi_i = SPI_I,
             .exchange = "IKE_SA_INIT", .initiator = true, .length = request.len,
             .payloads = "SA KE Ni", .transmission = 2, .first = first);
    sent = send_datagram(s, true, second, 17, request);
    EMIT(s, alice_gw, sent, NET_DUPLICATED, net_duplicated, .datagram = 2, .copy = 2);
    struct trace_ref arrived = deliver(s, true, sent, 1, 40123456);
    deliver(s, true, sent, 2, 1000);
    EMIT(s, gw_alice, arrived, IKE_SA_CREATED, ike_sa_created, .spi_i = SPI_I, .role = "responder",
         .peer_address = "192.0.2.1");
    struct trace_ref response =
        EMIT(s, gw_alice, arrived, IKE_MESSAGE_SENT, ike_message_sent, .spi_i = SPI_I,
             .spi_r = SPI_R, .exchange = "IKE_SA_INIT", .response = true, .length = 28,
             .payloads = "SA KE Nr", .transmission = 1);
    /* A header alone is enough of a response for the checks of headers. */
    memcpy(bytes + 8, "\x99\xaa\xbb\xcc\xdd\xee\xff", 8);
    memcpy(bytes + 16, "\0\x20\x22\x20\0\0\0\0\0\0\0\x1c", 12);
    sent = send_datagram(s, false, response, 17, (struct trace_bytes){bytes, 28});
    deliver(s, false, sent, 1, 40000000);
}

static void keys(struct sample *s, bool alice)
{
    struct trace_recorder *r = s->recorder;
    struct trace_channel *channel = alice ? s->alice_gw : s->gw_alice;
    const char *role = alice ? "initiator" : "responder";
    trace_recorder_emit(r, channel, s->now, NO_CAUSE, TRACE_IKE_KEYS_DERIVED_EVENT,
                        &(struct trace_ike_keys_derived){.spi_i = SPI_I,
                                                         .spi_r = SPI_R,
                                                         .role = role,
                                                         .suite = "aes128-sha256-x25519",
                                                         .encr = 12,
                                                         .encr_key_bits = 128,
                                                         .prf = 5,
                                                         .integ = 12,
                                                         .ke = 31,
                                                         .ni = octets(0, 32),
                                                         .nr = octets(32, 32),
                                                         .shared_secret = octets(64, 32),
                                                         .skeyseed = octets(96, 32),
                                                         .sk_d = octets(0, 32),
                                                         .sk_ai = octets(1, 32),
                                                         .sk_ar = octets(2, 32),
                                                         .sk_ei = octets(3, 16),
                                                         .sk_er = octets(4, 16),
                                                         .sk_pi = octets(5, 32),
                                                         .sk_pr = octets(6, 32)});
    trace_recorder_emit(r, channel, s->now, NO_CAUSE, TRACE_IKE_STATE_EVENT,
                        &(struct trace_ike_state){.spi_i = SPI_I,
                                                  .spi_r = SPI_R,
                                                  .role = role,
                                                  .from = "AUTH_SENT",
                                                  .to = "ESTABLISHED",
                                                  .why = "authenticated"});
    trace_recorder_emit(r, channel, s->now, NO_CAUSE, TRACE_IKE_WINDOW_ANNOUNCED_EVENT,
                        &(struct trace_ike_window_announced){
                            .spi_i = SPI_I, .by = alice ? "self" : "peer", .size = 4});
    trace_recorder_emit(r, channel, s->now, NO_CAUSE, TRACE_IKE_WINDOW_EVENT,
                        &(struct trace_ike_window){.spi_i = SPI_I,
                                                   .requests = "own",
                                                   .size = 4,
                                                   .oldest = 2,
                                                   .next = 2,
                                                   .outstanding = 1});
    uint32_t in = alice ? 0xaaaa0001 : 0xbbbb0002, out = alice ? 0xbbbb0002 : 0xaaaa0001;
    trace_recorder_emit(r, channel, s->now, NO_CAUSE, TRACE_IKE_CHILD_KEYS_EVENT,
                        &(struct trace_ike_child_keys){.spi_i = SPI_I,
                                                       .child = "net",
                                                       .role = role,
                                                       .suite = "aes128gcm16",
                                                       .encr = 20,
                                                       .encr_key_bits = 128,
                                                       .prf = 5,
                                                       .spi_in = in,
                                                       .spi_out = out,
                                                       .sk_d = octets(0, 32),
                                                       .ni = octets(0, 32),
                                                       .nr = octets(32, 32),
                                                       .keymat = octets(0, 40),
                                                       .encr_in = octets(alice ? 20 : 0, 20),
                                                       .encr_out = octets(alice ? 0 : 20, 20)});
    trace_recorder_emit(
        r, channel, s->now, NO_CAUSE, TRACE_IKE_CHILD_INSTALLED_EVENT,
        &(struct trace_ike_child_installed){.spi_i = SPI_I,
                                            .child = "net",
                                            .spi_in = in,
                                            .spi_out = out,
                                            .suite = "aes128gcm16",
                                            .mode = "tunnel",
                                            .local_ts = alice ? "10.1.0.0/24" : "10.2.0.0/24",
                                            .remote_ts = alice ? "10.2.0.0/24" : "10.1.0.0/24"});
}

static void ping(struct sample *s, unsigned i)
{
    uint8_t bytes[104] = {0xbb, 0xbb, 0, 2, 0, 0, (uint8_t)(i >> 8), (uint8_t)i};
    s->now += 1000000;
    struct trace_ref sent =
        EMIT(s, alice_gw, NO_CAUSE, ESP_SENT, esp_sent, .protocol = "ESP", .mode = "tunnel",
             .spi = 0xbbbb0002, .sequence = i, .child = "net", .inner = octets(0, 84));
    sent = send_datagram(s, true, sent, 50, (struct trace_bytes){bytes, sizeof bytes});
    if (i % 5 == 4) {
        EMIT(s, alice_gw, sent, NET_LOST, net_lost, .datagram = s->datagrams[0],
             .why = "script: drop the fifth");
        return;
    }
    struct trace_ref arrived = deliver(s, true, sent, 1, 40000000);
    if (i % 7 == 3) {
        EMIT(s, gw_alice, arrived, ESP_DROPPED, esp_dropped, .protocol = "ESP", .spi = 0xbbbb0002,
             .sequence = i - 1, .reason = "replayed", .detail = "seen before", .right_edge = i,
             .window = 64);
        EMIT(s, gw_alice, arrived, TRAFFIC_DELIVERED, traffic_delivered, .flow = "ping net",
             .packet = i, .kind = "echo request", .times = 2);
        return;
    }
    EMIT(s, gw_alice, arrived, ESP_RECEIVED, esp_received, .protocol = "ESP", .mode = "tunnel",
         .spi = 0xbbbb0002, .sequence = i, .child = "net", .right_edge = i, .window = 64,
         .inner = octets(0, 84));
    EMIT(s, alice_gw, arrived, TRAFFIC_ANSWERED, traffic_answered, .flow = "ping net", .packet = i,
         .round_trip = 80000000 + i);
    EMIT(s, gw, arrived, CPU_WORK, cpu_work, .item = "datagram", .class = "esp", .arrived = s->now,
         .started = s->now, .cost = 700, .ledger = "AES_GCM_16 1");
    if (i % 50 == 20) {
        EMIT(s, bob_gw, NO_CAUSE, IKE_GAVE_UP, ike_gave_up, .spi_i = 7, .exchange = "IKE_SA_INIT",
             .transmissions = 5);
    }
}

void write_sample(const char *dir, unsigned pings, bool ended)
{
    char error[256];
    struct sample s = {.writer = trace_writer_open(dir, error, sizeof error)};
    assert(s.writer);
    s.recorder = trace_recorder_new(&(struct trace_recorder_options){.writer = s.writer});
    s.run = trace_recorder_channel(s.recorder, "run", NULL);
    s.alice = trace_recorder_channel(s.recorder, "alice", NULL);
    s.gw = trace_recorder_channel(s.recorder, "gw", NULL);
    s.alice_gw = trace_recorder_channel(s.recorder, "alice", "gw");
    s.gw_alice = trace_recorder_channel(s.recorder, "gw", "alice");
    s.bob_gw = trace_recorder_channel(s.recorder, "bob", "gw");
    begin(&s);
    initial_exchange(&s);
    keys(&s, true);
    keys(&s, false);
    for (unsigned i = 1; i <= pings; i++) {
        ping(&s, i);
    }
    if (ended) {
        char hash[17];
        snprintf(hash, sizeof hash, "%016" PRIx64, trace_recorder_hash(s.recorder));
        EMIT(&s, run, NO_CAUSE, RUN_END, run_end, .events = trace_writer_count(s.writer) + 1,
             .reason = "complete", .hash = hash);
    }
    trace_recorder_free(s.recorder);
    assert(trace_writer_close(s.writer, error, sizeof error) == 0);
}
