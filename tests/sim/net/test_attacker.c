/* Attackers on a link, strategy by strategy: what passes, what is added, and whose numbers it has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/net/attacker.h"
#include "trace/writer.h"

#define MS UINT64_C(1000000)
#define DELAY (20 * MS)
#define KEPT_MAX 64

enum { ALICE, GW, HOSTS };
enum { AT_EXCHANGE = 18, AT_FLAGS = 19, AT_MESSAGE_ID = 20, AT_LENGTH = 24, HEADER_LEN = 28 };
enum { IKE_SA_INIT = 34, IKE_AUTH = 35, RESPONSE = 0x20, PAYLOAD_SA = 33, PAYLOAD_NONCE = 40 };

struct arrival {
    uint64_t at, number;
    struct net_address source;
    bool forged;
    size_t len;
    uint8_t bytes[256];
};

struct host {
    struct sim_node node;
    struct net_port *port;
    size_t count;
    struct arrival arrivals[KEPT_MAX];
};

struct stage {
    struct sim_engine *engine;
    struct trace_recorder *recorder;
    struct net *net;
    struct attacker *eve;
    struct host hosts[HOSTS];
};

static const struct net_link_policy wire = {.delay = DELAY, .floor = NET_DELAY_MIN};

static void receive(struct net_port *port, uint64_t now, struct net_datagram *datagram,
                    struct trace_ref delivered)
{
    struct host *host = port->user;
    (void)delivered;
    assert_true(host->count < KEPT_MAX && datagram->len <= sizeof host->arrivals[0].bytes);
    struct arrival *arrival = &host->arrivals[host->count++];
    *arrival = (struct arrival){.at = now,
                                .number = datagram->number,
                                .source = datagram->source,
                                .forged = datagram->forged,
                                .len = datagram->len};
    memcpy(arrival->bytes, datagram->bytes, datagram->len);
    net_datagram_free(datagram);
}

/* `options` without what belongs to the stage; NULL: nobody is on the link. `writer` may be NULL.
 */
static struct stage *stage_new_written(const struct attacker_options *options,
                                       struct trace_writer *writer)
{
    static const char *const names[HOSTS] = {"alice", "gw"};
    static const char *const addresses[HOSTS] = {"192.0.2.10", "198.51.100.1"};
    struct stage *stage = calloc(1, sizeof *stage);
    assert_non_null(stage);
    stage->engine = sim_engine_new(1);
    stage->recorder = trace_recorder_new(&(struct trace_recorder_options){.writer = writer});
    stage->net = net_new(stage->engine, stage->recorder, NULL);
    for (int i = 0; i < HOSTS; i++) {
        struct host *host = &stage->hosts[i];
        struct net_address address;
        assert_true(net_address_parse(addresses[i], &address));
        sim_node_init(stage->engine, &host->node, names[i]);
        host->port = net_add_port(stage->net, names[i], &address, &host->node);
        host->port->receive = receive;
        host->port->user = host;
    }
    net_connect(stage->net, stage->hosts[ALICE].port, stage->hosts[GW].port, &wire, &wire);
    if (options) {
        struct attacker_options whole = *options;
        whole.name = "eve";
        whole.there = net_path_find(stage->hosts[ALICE].port, &stage->hosts[GW].port->address);
        whole.engine = stage->engine;
        whole.net = stage->net;
        whole.recorder = stage->recorder;
        stage->eve = attacker_new(&whole);
    }
    return stage;
}

static struct stage *stage_new(const struct attacker_options *options)
{
    return stage_new_written(options, NULL);
}

static void stage_free(struct stage *stage)
{
    sim_engine_free(stage->engine);
    attacker_free(stage->eve);
    net_free(stage->net);
    trace_recorder_free(stage->recorder);
    free(stage);
}

static void run_until(struct stage *stage, uint64_t until)
{
    sim_engine_run(stage->engine, until, UINT64_MAX);
}

static uint64_t send_octets(struct stage *stage, int from, uint8_t protocol, const uint8_t *bytes,
                            size_t len)
{
    struct net_port *sender = stage->hosts[from].port, *to = stage->hosts[1 - from].port;
    struct net_path *path = net_path_find(sender, &to->address);
    struct net_datagram *datagram = net_datagram_new(stage->net, path, len);
    datagram->protocol = protocol;
    datagram->source = sender->address;
    datagram->destination = to->address;
    if (protocol == NET_PROTOCOL_UDP) {
        datagram->source_port = datagram->destination_port = 500;
    }
    memcpy(datagram->bytes, bytes, len);
    net_send(datagram, sim_engine_now(stage->engine), (struct trace_ref){0});
    return path->sent;
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* An IKE message with `body` behind its header; returns its length. */
static size_t make_ike(uint8_t exchange, uint8_t flags, uint8_t message_id, uint8_t next,
                       const uint8_t *body, size_t body_len, uint8_t *out)
{
    memset(out, 0, HEADER_LEN);
    memset(out, 0xa1, 8);
    out[16] = next;
    out[17] = 0x20;
    out[AT_EXCHANGE] = exchange;
    out[AT_FLAGS] = flags;
    out[AT_MESSAGE_ID + 3] = message_id;
    memcpy(out + HEADER_LEN, body, body_len);
    put16(out + AT_LENGTH + 2, HEADER_LEN + body_len);
    return HEADER_LEN + body_len;
}

/* An SA payload with proposals of 8, 12, 16, ... octets, then a nonce. */
static size_t make_init(uint8_t flags, size_t proposals, uint8_t first_number, uint8_t *out)
{
    uint8_t body[200] = {PAYLOAD_NONCE};
    size_t len = 4;
    for (size_t i = 0; i < proposals; i++) {
        size_t each = 8 + 4 * i;
        body[len] = i + 1 < proposals ? 2 : 0;
        put16(body + len + 2, each);
        body[len + 4] = (uint8_t)(first_number + i);
        memset(body + len + 8, (int)(0x50 + i), each - 8);
        len += each;
    }
    put16(body + 2, len);
    memcpy(body + len, "\0\0\0\x0cnonceocts", 12);
    return make_ike(IKE_SA_INIT, flags, 0, PAYLOAD_SA, body, len + 12, out);
}

static const uint8_t esp[] = {0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0xff, 1, 2, 3, 4, 5, 6, 7, 8};

/* ---- who only looks ---- */

static void an_observer_changes_neither_octets_nor_times(void **state)
{
    (void)state;
    struct stage *with = stage_new(&(struct attacker_options){.strategy = ATTACKER_OBSERVE});
    struct stage *without = stage_new(NULL);
    uint8_t message[256];
    size_t len = make_init(0x08, 2, 1, message);
    struct stage *const stages[] = {with, without};
    for (size_t i = 0; i < 2; i++) {
        send_octets(stages[i], ALICE, NET_PROTOCOL_UDP, message, len);
        send_octets(stages[i], GW, NET_PROTOCOL_ESP, esp, sizeof esp);
        run_until(stages[i], 100 * MS);
    }
    for (int i = 0; i < HOSTS; i++) {
        assert_int_equal(with->hosts[i].count, 1);
        assert_memory_equal(&with->hosts[i].arrivals[0], &without->hosts[i].arrivals[0],
                            sizeof(struct arrival));
    }
    assert_int_equal(with->hosts[GW].arrivals[0].at, DELAY);
    stage_free(with);
    stage_free(without);
}

static const char *name_auth_alone(uint32_t number)
{
    return number == IKE_AUTH ? "IKE_AUTH" : NULL;
}

/* The recording in `dir`, which is removed with it; to be freed. */
static char *take_recording(const char *dir)
{
    char path[128], *text = calloc(1, 1 << 16);
    assert_non_null(text);
    snprintf(path, sizeof path, "%s/run.ndjson", dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
    fclose(file);
    unlink(path);
    snprintf(path, sizeof path, "%s/run.index", dir);
    unlink(path);
    assert_int_equal(rmdir(dir), 0);
    return text;
}

static void an_observer_tells_what_can_be_read_without_a_key_3_1(void **state)
{
    (void)state;
    char dir[] = "/tmp/ikesim-attacker-XXXXXX", error[256];
    assert_non_null(mkdtemp(dir));
    struct trace_writer *writer = trace_writer_open(dir, error, sizeof error);
    assert_non_null(writer);
    struct stage *stage = stage_new_written(
        &(struct attacker_options){.strategy = ATTACKER_OBSERVE, .exchange_name = name_auth_alone},
        writer);
    uint8_t message[256];
    size_t len = make_ike(IKE_AUTH, 0x08, 0x04, PAYLOAD_NONCE, esp, sizeof esp, message);
    memcpy(message + AT_MESSAGE_ID, "\1\2\3", 3);
    send_octets(stage, ALICE, NET_PROTOCOL_UDP, message, len);
    message[AT_EXCHANGE] = IKE_SA_INIT;
    send_octets(stage, ALICE, NET_PROTOCOL_UDP, message, len);
    send_octets(stage, GW, NET_PROTOCOL_ESP, esp, sizeof esp);
    send_octets(stage, GW, NET_PROTOCOL_AH, esp, sizeof esp);
    run_until(stage, 100 * MS);
    stage_free(stage);
    assert_int_equal(trace_writer_close(writer, error, sizeof error), 0);
    char *text = take_recording(dir);
    static const char *const told[] = {
        "\"IKE_AUTH, Message ID 16909060, 44 octets; what is behind the header is sealed\"",
        "\"exchange 34, Message ID 16909060, 44 octets, all of it in the clear\"",
        "\"an ESP packet of 16 octets: SPI, number, and what is sealed\"",
        "\"an AH packet of 16 octets, all readable\"",
    };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        assert_non_null(strstr(text, told[i]));
    }
    free(text);
}

/* ---- modify, and what is prey ---- */

static void a_modifier_turns_the_last_bit_of_its_prey_alone(void **state)
{
    (void)state;
    struct stage *stage = stage_new(&(struct attacker_options){
        .strategy = ATTACKER_MODIFY, .prey = ATTACKER_IKE, .from = "alice", .nth = 2});
    uint8_t message[256];
    size_t len = make_init(0x08, 1, 1, message);
    send_octets(stage, ALICE, NET_PROTOCOL_ESP, esp, sizeof esp); /* no IKE */
    send_octets(stage, GW, NET_PROTOCOL_UDP, message, len);       /* not alice's */
    for (int i = 0; i < 3; i++) {
        send_octets(stage, ALICE, NET_PROTOCOL_UDP, message, len); /* her second */
    }
    run_until(stage, 100 * MS);
    const struct host *gw = &stage->hosts[GW];
    assert_int_equal(gw->count, 4);
    assert_memory_equal(gw->arrivals[0].bytes, esp, sizeof esp);
    assert_memory_equal(gw->arrivals[1].bytes, message, len);
    assert_memory_equal(gw->arrivals[3].bytes, message, len);
    assert_memory_equal(gw->arrivals[2].bytes, message, len - 1);
    assert_int_equal(gw->arrivals[2].bytes[len - 1], message[len - 1] ^ 1);
    assert_memory_equal(stage->hosts[ALICE].arrivals[0].bytes, message, len);
    stage_free(stage);
}

/* ---- replay ---- */

static void a_replayer_sends_the_same_octets_again_so_much_later(void **state)
{
    (void)state;
    struct stage *stage =
        stage_new(&(struct attacker_options){.strategy = ATTACKER_REPLAY, .after = 300 * MS});
    uint64_t number = send_octets(stage, ALICE, NET_PROTOCOL_ESP, esp, sizeof esp);
    run_until(stage, 1000 * MS);
    const struct host *gw = &stage->hosts[GW];
    assert_int_equal(gw->count, 2);
    assert_int_equal(gw->arrivals[0].at, DELAY);
    assert_false(gw->arrivals[0].forged);
    assert_int_equal(gw->arrivals[0].number, number);
    assert_int_equal(gw->arrivals[1].at, DELAY + 300 * MS);
    assert_true(gw->arrivals[1].forged);
    assert_int_equal(gw->arrivals[1].len, sizeof esp);
    assert_memory_equal(gw->arrivals[1].bytes, esp, sizeof esp);
    stage_free(stage);
}

static void what_an_attacker_sends_has_no_number_of_anybody_else(void **state)
{
    (void)state;
    struct stage *stage =
        stage_new(&(struct attacker_options){.strategy = ATTACKER_REPLAY, .after = MS});
    for (uint64_t n = 1; n <= 5; n++) {
        assert_int_equal(send_octets(stage, ALICE, NET_PROTOCOL_ESP, esp, sizeof esp), n);
        run_until(stage, n * 100 * MS);
    }
    const struct host *gw = &stage->hosts[GW];
    assert_int_equal(gw->count, 10);
    for (size_t i = 0; i < gw->count; i++) {
        assert_true(gw->arrivals[i].forged == (gw->arrivals[i].number > UINT64_C(1) << 39));
    }
    stage_free(stage);
}

/* ---- forge ---- */

static void a_forger_sends_the_next_number_with_other_octets(void **state)
{
    (void)state;
    struct stage *stage = stage_new(&(struct attacker_options){.strategy = ATTACKER_FORGE,
                                                               .prey = ATTACKER_ESP,
                                                               .from = "alice",
                                                               .at = 100 * MS,
                                                               .every = 10 * MS,
                                                               .count = 3});
    send_octets(stage, ALICE, NET_PROTOCOL_ESP, esp, sizeof esp);
    send_octets(stage, GW, NET_PROTOCOL_ESP, esp, sizeof esp);
    run_until(stage, 1000 * MS);
    const struct host *gw = &stage->hosts[GW];
    assert_int_equal(gw->count, 4);
    assert_int_equal(stage->hosts[ALICE].count, 1);
    for (size_t i = 1; i < 4; i++) {
        const struct arrival *forged = &gw->arrivals[i];
        assert_int_equal(forged->at, 100 * MS + (i - 1) * 10 * MS + DELAY / 2);
        assert_int_equal(forged->len, sizeof esp);
        assert_memory_equal(forged->bytes, esp, 4);
        assert_memory_equal(forged->bytes + 4, "\0\0\1\0", 4); /* 255 and one */
        assert_memory_not_equal(forged->bytes + 8, esp + 8, sizeof esp - 8);
        assert_memory_not_equal(forged->bytes + 8, gw->arrivals[i - 1].bytes + 8, sizeof esp - 8);
    }
    stage_free(stage);
}

static void a_forged_ike_message_is_the_next_request_of_its_ike_sa(void **state)
{
    (void)state;
    struct stage *stage = stage_new(&(struct attacker_options){
        .strategy = ATTACKER_FORGE, .prey = ATTACKER_IKE, .at = 100 * MS, .every = MS, .count = 1});
    uint8_t message[256], body[40] = {35};
    put16(body + 2, sizeof body);
    size_t len = make_ike(IKE_AUTH, 0x08, 1, 46, body, sizeof body, message);
    send_octets(stage, ALICE, NET_PROTOCOL_UDP, message, len);
    run_until(stage, 1000 * MS);
    const struct arrival *forged = &stage->hosts[GW].arrivals[1];
    assert_int_equal(stage->hosts[GW].count, 2);
    assert_memory_equal(forged->bytes, message, 16); /* SPIs */
    assert_int_equal(forged->bytes[AT_EXCHANGE], 37);
    assert_int_equal(forged->bytes[AT_MESSAGE_ID + 3], 2);
    assert_memory_equal(forged->bytes + HEADER_LEN, body, 4); /* what SK says of itself */
    assert_memory_not_equal(forged->bytes + HEADER_LEN + 4, body + 4, sizeof body - 4);
    stage_free(stage);
}

/* Before anything has passed there is nothing to be like. */
static void a_forger_without_a_model_is_silent(void **state)
{
    (void)state;
    struct stage *stage = stage_new(&(struct attacker_options){
        .strategy = ATTACKER_FORGE, .at = MS, .every = 10 * MS, .count = 2});
    run_until(stage, 45 * MS);
    assert_int_equal(stage->hosts[GW].count, 0);
    send_octets(stage, ALICE, NET_PROTOCOL_ESP, esp, sizeof esp);
    run_until(stage, 1000 * MS);
    assert_int_equal(stage->hosts[GW].count, 3); /* then as many as were ordered */
    stage_free(stage);
}

/* ---- strip ---- */

static const struct attacker_options stripper = {.strategy = ATTACKER_STRIP};

static void a_stripper_leaves_the_last_proposal_as_number_one(void **state)
{
    (void)state;
    struct stage *stage = stage_new(&stripper);
    uint8_t message[256];
    size_t len = make_init(0x08, 3, 1, message);
    send_octets(stage, ALICE, NET_PROTOCOL_UDP, message, len);
    run_until(stage, 100 * MS);
    const struct arrival *got = &stage->hosts[GW].arrivals[0];
    const uint8_t *sa = got->bytes + HEADER_LEN;
    assert_int_equal(got->len, len - 8 - 12);
    assert_int_equal(got->bytes[AT_LENGTH + 3], got->len); /* the header tells the truth */
    assert_int_equal(sa[3], 4 + 16);                       /* and the payload */
    assert_int_equal(sa[4], 0);                            /* the last one */
    assert_int_equal(sa[4 + 4], 1);
    assert_int_equal(sa[4 + 8], 0x52);
    assert_memory_equal(sa + 4 + 16, "\0\0\0\x0cnonceocts", 12);
    stage_free(stage);
}

static void the_choice_gets_the_number_back_that_its_initiator_gave(void **state)
{
    (void)state;
    struct stage *stage = stage_new(&stripper);
    uint8_t message[256];
    send_octets(stage, ALICE, NET_PROTOCOL_UDP, message, make_init(0x08, 3, 1, message));
    run_until(stage, 100 * MS);
    send_octets(stage, GW, NET_PROTOCOL_UDP, message, make_init(RESPONSE, 1, 1, message));
    run_until(stage, 200 * MS);
    assert_int_equal(stage->hosts[ALICE].arrivals[0].bytes[HEADER_LEN + 4 + 4], 3);
    stage_free(stage);
}

/* One proposal, no SA payload, lengths that lead nowhere, and exchanges that are not IKE_SA_INIT.
 */
static void what_cannot_be_stripped_passes_as_it_is(void **state)
{
    (void)state;
    struct stage *stage = stage_new(&stripper);
    uint8_t messages[4][256], none[8] = {0, 0, 0, 8};
    const size_t lens[4] = {
        make_init(0x08, 1, 1, messages[0]),
        make_ike(IKE_SA_INIT, 0x08, 0, PAYLOAD_NONCE, none, sizeof none, messages[1]),
        make_init(0x08, 2, 1, messages[2]),
        make_init(0x08, 2, 1, messages[3]),
    };
    put16(messages[2] + HEADER_LEN + 4 + 2, 4000); /* a proposal beyond all ends */
    messages[3][AT_EXCHANGE] = IKE_AUTH;
    for (size_t i = 0; i < 4; i++) {
        send_octets(stage, ALICE, NET_PROTOCOL_UDP, messages[i], lens[i]);
    }
    run_until(stage, 100 * MS);
    assert_int_equal(stage->hosts[GW].count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(stage->hosts[GW].arrivals[i].len, lens[i]);
        assert_memory_equal(stage->hosts[GW].arrivals[i].bytes, messages[i], lens[i]);
    }
    stage_free(stage);
}

/* ---- flood ---- */

static void a_flood_comes_from_addresses_where_nobody_is(void **state)
{
    (void)state;
    struct stage *stage = stage_new(&(struct attacker_options){
        .strategy = ATTACKER_FLOOD, .from = "alice", .at = 100 * MS, .every = MS, .count = 30});
    uint8_t message[256];
    size_t len = make_init(0x08, 1, 1, message);
    send_octets(stage, ALICE, NET_PROTOCOL_UDP, message, len);
    send_octets(stage, ALICE, NET_PROTOCOL_ESP, esp, sizeof esp); /* is no model */
    run_until(stage, 1000 * MS);
    const struct host *gw = &stage->hosts[GW];
    assert_int_equal(gw->count, 2 + 30);
    for (size_t i = 2; i < gw->count; i++) {
        const struct arrival *each = &gw->arrivals[i];
        assert_int_equal(each->len, len);
        assert_memory_equal(each->bytes + 8, message + 8, len - 8);
        assert_int_equal(each->source.octets[0], 198); /* 198.18.0.0/15 */
        assert_int_equal(each->source.octets[1] & 0xfe, 18);
        for (size_t k = 0; k < i; k++) { /* nobody asks twice */
            assert_memory_not_equal(each->bytes, gw->arrivals[k].bytes, 8);
            assert_false(net_address_equal(&each->source, &gw->arrivals[k].source));
        }
    }
    stage_free(stage);
}

/* ---- ICMP errors ---- */

/* To who sent the last datagram, in the name of whom it was for; and never about an error. */
static void forged_errors_are_about_the_last_datagram(void **state)
{
    (void)state;
    struct stage *stage = stage_new(&(struct attacker_options){
        .strategy = ATTACKER_UNREACHABLE, .at = 100 * MS, .every = MS, .count = 3});
    send_octets(stage, ALICE, NET_PROTOCOL_ESP, esp, sizeof esp);
    run_until(stage, 1000 * MS);
    const struct host *alice = &stage->hosts[ALICE];
    assert_int_equal(stage->hosts[GW].count, 1);
    assert_int_equal(alice->count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct arrival *each = &alice->arrivals[i];
        assert_true(each->forged);
        assert_true(net_address_equal(&each->source, &stage->hosts[GW].port->address));
        assert_int_equal(each->bytes[0], 3); /* destination unreachable: protocol */
        assert_int_equal(each->bytes[1], 2);
        assert_int_equal(each->len, 8 + 20 + sizeof esp);
        assert_memory_equal(each->bytes + 28, esp, sizeof esp);
    }
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_observer_changes_neither_octets_nor_times),
        cmocka_unit_test(an_observer_tells_what_can_be_read_without_a_key_3_1),
        cmocka_unit_test(a_modifier_turns_the_last_bit_of_its_prey_alone),
        cmocka_unit_test(a_replayer_sends_the_same_octets_again_so_much_later),
        cmocka_unit_test(what_an_attacker_sends_has_no_number_of_anybody_else),
        cmocka_unit_test(a_forger_sends_the_next_number_with_other_octets),
        cmocka_unit_test(a_forged_ike_message_is_the_next_request_of_its_ike_sa),
        cmocka_unit_test(a_forger_without_a_model_is_silent),
        cmocka_unit_test(a_stripper_leaves_the_last_proposal_as_number_one),
        cmocka_unit_test(the_choice_gets_the_number_back_that_its_initiator_gave),
        cmocka_unit_test(what_cannot_be_stripped_passes_as_it_is),
        cmocka_unit_test(a_flood_comes_from_addresses_where_nobody_is),
        cmocka_unit_test(forged_errors_are_about_the_last_datagram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
