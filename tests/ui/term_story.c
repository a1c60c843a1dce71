#include "tests/ui/term_story.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPI_I UINT64_C(0xa41f09c2775e103b)
#define SPI_R UINT64_C(0x90aa12345678abcd)
#define SPI_OF_ALICE 0xc09b21f7u
#define SPI_OF_GW 0x3e77d410u

static const char *const names[2] = {"alice", "gw"};
static const char *const addresses[2] = {"192.0.2.10", "198.51.100.1"};
static const struct trace_ref none;

void story_begin(struct story *story, uint64_t duration)
{
    char error[256];
    *story = (struct story){.dir = "/tmp/ikesim-story-XXXXXX"};
    assert(mkdtemp(story->dir));
    story->writer = trace_writer_open(story->dir, error, sizeof error);
    assert(story->writer);
    story->recorder = trace_recorder_new(&(struct trace_recorder_options){.writer = story->writer});
    struct trace_channel *run = trace_recorder_channel(story->recorder, "run", NULL);
    trace_recorder_emit(story->recorder, run, 0, none, TRACE_RUN_BEGIN_EVENT,
                        &(struct trace_run_begin){.format = 1,
                                                  .version = "test",
                                                  .scenario = "story",
                                                  .title = "A story for the tests",
                                                  .seed = 7,
                                                  .keys = "fresh",
                                                  .epoch = "2025-01-01T00:00:00Z",
                                                  .duration = duration});
    for (int i = 0; i < 2; i++) {
        struct trace_channel *host = trace_recorder_channel(story->recorder, names[i], NULL);
        story->channel[i] = trace_recorder_channel(story->recorder, names[i], names[!i]);
        trace_recorder_emit(story->recorder, host, 0, none, TRACE_HOST_DECLARED_EVENT,
                            &(struct trace_host_declared){
                                .address = addresses[i],
                                .identity = i == ALICE ? "alice@example.org" : "gw.example.org",
                                .connects_to = i == ALICE ? "gw" : NULL,
                                .networks = i == ALICE ? "10.1.0.0/24" : "10.2.0.0/24"});
    }
}

void story_end(struct story *story, bool complete)
{
    char error[256];
    if (complete) {
        struct trace_channel *run = trace_recorder_channel(story->recorder, "run", NULL);
        trace_recorder_emit(story->recorder, run, 10000 * MS, none, TRACE_RUN_END_EVENT,
                            &(struct trace_run_end){.events = trace_writer_count(story->writer) + 1,
                                                    .reason = "complete",
                                                    .hash = "0"});
    }
    trace_recorder_free(story->recorder);
    assert(trace_writer_close(story->writer, error, sizeof error) == 0);
    story->writer = NULL;
}

void story_flush(struct story *story)
{
    trace_writer_flush(story->writer);
}

void story_remove(struct story *story)
{
    static const char *const files[] = {"run.ndjson", "run.index", "series.csv"};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", story->dir, files[i]);
        unlink(path);
    }
    rmdir(story->dir);
}

struct trace_ref story_tell(struct story *story, int host, uint64_t time, struct trace_ref cause,
                            enum trace_kind kind, const void *data)
{
    return trace_recorder_emit(story->recorder, story->channel[host], time, cause, kind, data);
}

#define TELL(story, host, time, cause, KIND, lower, ...)                                           \
    story_tell((story), (host), (time), (cause), TRACE_##KIND##_EVENT,                             \
               &(struct trace_##lower){__VA_ARGS__})

static void net_sent(struct story *story, struct story_message *message, unsigned protocol,
                     const uint8_t *bytes, size_t len)
{
    message->datagram = ++story->datagrams[message->from];
    uint64_t port = protocol == 17 ? 500 : 0;
    message->net = TELL(story, message->from, message->time, message->sent, NET_SENT, net_sent,
                        .datagram = message->datagram, .source = addresses[message->from],
                        .destination = addresses[!message->from], .protocol = protocol,
                        .source_port = port, .destination_port = port, .bytes = {bytes, len});
}

static void put(uint8_t *out, uint64_t value, int octets)
{
    for (int i = 0; i < octets; i++) {
        out[i] = (uint8_t)(value >> 8 * (octets - 1 - i));
    }
}

struct story_message story_ike(struct story *story, int from, uint64_t time, struct trace_ref cause,
                               const char *exchange, bool response, uint64_t message_id,
                               const char *payloads, const struct story_message *first,
                               uint64_t transmission)
{
    struct story_message message = {.from = from, .time = time};
    uint8_t bytes[72] = {0};
    bool init = strcmp(exchange, "IKE_SA_INIT") == 0;
    uint64_t spi_r = init && !response ? 0 : SPI_R;
    put(bytes, SPI_I, 8);
    put(bytes + 8, spi_r, 8);
    bytes[16] = init ? 40 : 46; /* a nonce in clear, or SK */
    bytes[17] = 0x20;
    bytes[18] = init                                     ? 34
                : strcmp(exchange, "IKE_AUTH") == 0      ? 35
                : strcmp(exchange, "INFORMATIONAL") == 0 ? 37
                                                         : 36;
    bytes[19] = (uint8_t)((from == ALICE ? 0x08 : 0) | (response ? 0x20 : 0));
    put(bytes + 20, message_id, 4);
    put(bytes + 24, sizeof bytes, 4);
    put(bytes + 30, sizeof bytes - 28, 2);
    for (size_t i = 32; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 37 + message_id + response);
    }
    message.sent =
        TELL(story, from, time, cause, IKE_MESSAGE_SENT, ike_message_sent, .spi_i = SPI_I,
             .spi_r = spi_r, .exchange = exchange, .message_id = message_id, .response = response,
             .initiator = from == ALICE, .length = sizeof bytes, .payloads = payloads,
             .transmission = transmission, .first = first ? first->sent : none);
    net_sent(story, &message, 17, bytes, sizeof bytes);
    return message;
}

struct story_message story_esp(struct story *story, int from, uint64_t time, uint64_t sequence)
{
    struct story_message message = {.from = from, .time = time};
    uint8_t bytes[120] = {0};
    uint32_t spi = from == ALICE ? SPI_OF_GW : SPI_OF_ALICE;
    put(bytes, spi, 4);
    put(bytes + 4, sequence, 4);
    uint8_t inner[84] = {0x45};
    message.sent =
        TELL(story, from, time, none, ESP_SENT, esp_sent, .protocol = "ESP", .mode = "tunnel",
             .spi = spi, .sequence = sequence, .child = "net", .inner = {inner, sizeof inner});
    net_sent(story, &message, 50, bytes, sizeof bytes);
    return message;
}

struct trace_ref story_arrive(struct story *story, const struct story_message *message,
                              uint64_t time, uint64_t copy, bool overtaken)
{
    return TELL(story, !message->from, time, message->net, NET_DELIVERED, net_delivered,
                .datagram = message->datagram, .copy = copy, .delay = time - message->time,
                .overtaken = overtaken, .sent = message->net);
}

void story_lose(struct story *story, const struct story_message *message, const char *why)
{
    TELL(story, message->from, message->time, message->net, NET_LOST, net_lost,
         .datagram = message->datagram, .why = why);
}

void story_duplicate(struct story *story, const struct story_message *message)
{
    TELL(story, message->from, message->time, message->net, NET_DUPLICATED, net_duplicated,
         .datagram = message->datagram, .copy = 2);
}

/* ---- a lossy handshake ---- */

static struct trace_ref receive(struct story *story, const struct story_message *message,
                                uint64_t time, const char *exchange, bool response,
                                uint64_t message_id)
{
    struct trace_ref arrived = story_arrive(story, message, time, 1, false);
    return TELL(story, !message->from, time, arrived, IKE_MESSAGE_RECEIVED, ike_message_received,
                .spi_i = SPI_I, .spi_r = SPI_R, .exchange = exchange, .message_id = message_id,
                .response = response, .length = 72, .payloads = "");
}

static void state(struct story *story, int host, uint64_t time, struct trace_ref cause,
                  const char *from, const char *to, const char *why)
{
    TELL(story, host, time, cause, IKE_STATE, ike_state, .spi_i = SPI_I,
         .spi_r = strcmp(to, "INIT_SENT") == 0 ? 0 : SPI_R,
         .role = host == ALICE ? "initiator" : "responder", .from = from, .to = to, .why = why);
}

static void derive(struct story *story, int host, uint64_t time, struct trace_ref cause)
{
    uint8_t key[36];
    memset(key, 0x5a, sizeof key);
    struct trace_bytes k32 = {key, 32}, k20 = {key, 20};
    TELL(story, host, time, cause, IKE_KEYS_DERIVED, ike_keys_derived, .spi_i = SPI_I,
         .spi_r = SPI_R, .role = host == ALICE ? "initiator" : "responder",
         .suite = "aes128gcm16-prfsha256-x25519", .encr = 20, .encr_key_bits = 128, .prf = 5,
         .ke = 31, .ni = k32, .nr = k32, .shared_secret = k32, .skeyseed = k32, .sk_d = k32,
         .sk_ei = k20, .sk_er = k20, .sk_pi = k32, .sk_pr = k32);
}

static void child(struct story *story, int host, uint64_t time, struct trace_ref cause)
{
    TELL(story, host, time, cause, IKE_CHILD_INSTALLED, ike_child_installed, .protocol = "ESP",
         .spi_i = SPI_I, .child = "net", .spi_in = host == ALICE ? SPI_OF_ALICE : SPI_OF_GW,
         .spi_out = host == ALICE ? SPI_OF_GW : SPI_OF_ALICE, .suite = "aes128gcm16",
         .mode = "tunnel", .local_ts = host == ALICE ? "10.1.0.0/24" : "10.2.0.0/24",
         .remote_ts = host == ALICE ? "10.2.0.0/24" : "10.1.0.0/24");
}

static struct story_message again(struct story *story, const struct story_message *first,
                                  uint64_t time, uint64_t transmission, uint64_t waited)
{
    struct trace_ref timer =
        TELL(story, ALICE, time, first->sent, IKE_RETRANSMISSION, ike_retransmission,
             .spi_i = SPI_I, .exchange = "IKE_SA_INIT", .transmission = transmission,
             .waited = waited, .first = first->sent);
    return story_ike(story, ALICE, time, timer, "IKE_SA_INIT", false, 0, "SA KE Ni", first,
                     transmission);
}

static void initial_exchange(struct story *story)
{
    struct trace_ref order = TELL(story, ALICE, 0, none, HOST_ORDER, host_order,
                                  .order = "initiate", .detail = "", .origin = "connect");
    TELL(story, ALICE, 1 * MS, order, IKE_SA_CREATED, ike_sa_created, .spi_i = SPI_I,
         .role = "initiator", .peer_address = addresses[GW]);
    state(story, ALICE, 1 * MS, order, NULL, "INIT_SENT", "the request is on its way");
    struct story_message request =
        story_ike(story, ALICE, 1 * MS, order, "IKE_SA_INIT", false, 0, "SA KE Ni", NULL, 1);
    story_lose(story, &request, "loss");
    struct story_message second = again(story, &request, 501 * MS, 2, 500 * MS);
    struct trace_ref got = receive(story, &second, 541 * MS, "IKE_SA_INIT", false, 0);
    TELL(story, GW, 542 * MS, got, IKE_PROPOSAL_CHOSEN, ike_proposal_chosen, .spi_i = SPI_I,
         .protocol = "IKE", .offered = "aes128gcm16-prfsha256-x25519", .number = 1,
         .chosen = "aes128gcm16-prfsha256-x25519");
    struct story_message response =
        story_ike(story, GW, 542 * MS, got, "IKE_SA_INIT", true, 0, "SA KE Nr", NULL, 1);
    story_lose(story, &response, "loss");
    derive(story, GW, 543 * MS, got);
    struct story_message third = again(story, &request, 1401 * MS, 3, 900 * MS);
    struct trace_ref arrived = story_arrive(story, &third, 1441 * MS, 1, false);
    struct trace_ref dropped = TELL(
        story, GW, 1441 * MS, arrived, IKE_MESSAGE_DROPPED, ike_message_dropped, .spi_i = SPI_I,
        .exchange = "IKE_SA_INIT", .length = 72, .payloads = "SA KE Ni", .initiator = true,
        .reason = "duplicate", .detail = "answered before", .earlier = response.sent);
    struct story_message cached =
        story_ike(story, GW, 1441 * MS, dropped, "IKE_SA_INIT", true, 0, "SA KE Nr", &response, 2);
    got = receive(story, &cached, 1482 * MS, "IKE_SA_INIT", true, 0);
    derive(story, ALICE, 1483 * MS, got);
    state(story, ALICE, 1483 * MS, got, "INIT_SENT", "AUTH_SENT", "it can prove who it is now");
    struct story_message auth =
        story_ike(story, ALICE, 1483 * MS, got, "IKE_AUTH", false, 1,
                  "SK{IDi N(INITIAL_CONTACT) AUTH SA TSi TSr N(SET_WINDOW_SIZE)}", NULL, 1);
    got = receive(story, &auth, 1523 * MS, "IKE_AUTH", false, 1);
    TELL(story, GW, 1524 * MS, got, IKE_AUTH_COMPUTED, ike_auth_computed, .spi_i = SPI_I,
         .of = "initiator", .purpose = "verified", .equal = true, .method = 2,
         .identity = "alice@example.org");
    state(story, GW, 1524 * MS, got, "INIT_DONE", "ESTABLISHED", "alice has proved who it is");
    child(story, GW, 1524 * MS, got);
    struct story_message done = story_ike(story, GW, 1524 * MS, got, "IKE_AUTH", true, 1,
                                          "SK{IDr AUTH SA TSi TSr}", NULL, 1);
    got = receive(story, &done, 1564 * MS, "IKE_AUTH", true, 1);
    state(story, ALICE, 1565 * MS, got, "AUTH_SENT", "ESTABLISHED", "gw has proved who it is");
    child(story, ALICE, 1565 * MS, got);
}

void story_lossy(struct story *story, unsigned pings)
{
    initial_exchange(story);
    uint64_t every = pings > 800 ? 8000 * MS / pings : 10 * MS;
    for (unsigned i = 1; i <= pings; i++) {
        struct story_message packet = story_esp(story, ALICE, 1600 * MS + every * i, i);
        uint64_t there = packet.time + every / 2, copied = packet.time + every * 3 / 5;
        if (i % 3 == 0) {
            story_lose(story, &packet, "loss");
            continue;
        }
        if (i % 4 == 0) {
            story_duplicate(story, &packet);
        }
        struct trace_ref arrived = story_arrive(story, &packet, there, 1, false);
        TELL(story, GW, there, arrived, ESP_RECEIVED, esp_received, .protocol = "ESP",
             .mode = "tunnel", .spi = SPI_OF_GW, .sequence = i, .child = "net", .right_edge = i,
             .window = 64);
        if (i % 4 == 0) {
            arrived = story_arrive(story, &packet, copied, 2, false);
            TELL(story, GW, copied, arrived, ESP_DROPPED, esp_dropped, .protocol = "ESP",
                 .spi = SPI_OF_GW, .sequence = i, .reason = "replayed",
                 .detail = "its bit is set already", .right_edge = i, .window = 64);
        }
    }
}

static void window(struct story *story, uint64_t time, uint64_t oldest, uint64_t next,
                   uint64_t waiting)
{
    TELL(story, ALICE, time, none, IKE_WINDOW, ike_window, .spi_i = SPI_I, .requests = "own",
         .size = 4, .oldest = oldest, .next = next, .outstanding = next - oldest,
         .waiting = waiting);
}

void story_windows(struct story *story)
{
    initial_exchange(story);
    struct story_message requests[4];
    for (uint64_t i = 0; i < 4; i++) {
        uint64_t time = (2000 + i) * MS;
        window(story, time, 2, 3 + i, i == 3 ? 2 : 0);
        requests[i] = story_ike(story, ALICE, time, none, "CREATE_CHILD_SA", false, 2 + i,
                                "SK{SA Ni TSi TSr}", NULL, 1);
        if (i == 1) {
            story_lose(story, &requests[1], "loss");
        }
    }
    struct trace_ref got = receive(story, &requests[0], 2040 * MS, "CREATE_CHILD_SA", false, 2);
    struct story_message answer = story_ike(story, GW, 2041 * MS, got, "CREATE_CHILD_SA", true, 2,
                                            "SK{SA Nr TSi TSr}", NULL, 1);
    got = receive(story, &requests[2], 2043 * MS, "CREATE_CHILD_SA", false, 4);
    story_ike(story, GW, 2044 * MS, got, "CREATE_CHILD_SA", true, 4, "SK{SA Nr TSi TSr}", NULL, 1);
    receive(story, &answer, 2081 * MS, "CREATE_CHILD_SA", true, 2);
    window(story, 2081 * MS, 3, 7, 1);
    story_ike(story, ALICE, 2081 * MS, got, "CREATE_CHILD_SA", false, 6, "SK{SA Ni TSi TSr}", NULL,
              1);
    struct trace_ref timer =
        TELL(story, ALICE, 2501 * MS, requests[1].sent, IKE_RETRANSMISSION, ike_retransmission,
             .spi_i = SPI_I, .message_id = 3, .exchange = "CREATE_CHILD_SA", .transmission = 2,
             .waited = 500 * MS, .first = requests[1].sent);
    story_ike(story, ALICE, 2501 * MS, timer, "CREATE_CHILD_SA", false, 3, "SK{SA Ni TSi TSr}",
              &requests[1], 2);
    for (uint64_t i = 1; i <= 40; i++) {
        uint64_t time = (2600 + 10 * i) * MS;
        struct story_message packet = story_esp(story, GW, time, i);
        if (i == 7) {
            story_lose(story, &packet, "queue");
            continue;
        }
        struct trace_ref arrived = story_arrive(story, &packet, time + 4 * MS, 1, false);
        TELL(story, ALICE, time + 4 * MS, arrived, ESP_RECEIVED, esp_received, .protocol = "ESP",
             .mode = "tunnel", .spi = SPI_OF_ALICE, .sequence = i, .child = "net", .right_edge = i,
             .window = 32);
        if (i == 20) {
            arrived = story_arrive(story, &packet, time + 6 * MS, 2, false);
            TELL(story, ALICE, time + 6 * MS, arrived, ESP_DROPPED, esp_dropped, .protocol = "ESP",
                 .spi = SPI_OF_ALICE, .sequence = i, .reason = "replayed",
                 .detail = "its bit is set already", .right_edge = i, .window = 32);
        }
    }
}

void story_series(const struct story *story)
{
    char path[128];
    snprintf(path, sizeof path, "%s/series.csv", story->dir);
    FILE *out = fopen(path, "w");
    assert(out);
    fputs("time_ns,host,attempts,setups,half_open,established,retransmissions,datagrams_lost,"
          "cpu_permille,queue_max,cpu_dropped,wait_p50_ns,wait_p99_ns\n",
          out);
    for (unsigned i = 1; i <= 10; i++) {
        unsigned busy = i < 5 ? i : 5, left = 10 - i;
        for (int gw = 0; gw < 2; gw++) {
            fprintf(out, "%u000000000,%s,%u,%u,%u,%u,%u,0,%u,%u,%u,%u000000,%u000000\n", i,
                    gw ? "gw" : "*", 20 * left, 10 * busy, 50 * left, 60 * i, left > 6 ? 40u : 0u,
                    (gw ? 200u : 10u) * busy, 100 * left, left > 7 ? 5u : 0u, 100 * left,
                    200 * left);
        }
    }
    fclose(out);
}
