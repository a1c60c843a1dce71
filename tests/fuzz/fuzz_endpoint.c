/*
 * Two endpoints, and a stranger between them who has read everything, sends anything, and has even
 * the keys. The first octet is how many messages of the set-up have gone over, the second what the
 * policies are; then come steps, each with an octet for what is done and one for whom it is done
 * to.
 *
 * With the highest bit of the first octet one end is a cluster, and what comes first is a record
 * between its members: that of its IKE SA, perhaps with a request out, with some octets changed; or
 * anything. Another member goes on with what it can read of that.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ike/handover.h"
#include "ike/octets.h"
#include "ike/sa.h"
#include "tests/fuzz/fuzz.h"

enum {
    FLIGHTS_MAX = 32,
    TIMERS_MAX = 32,
    INSTALLED_MAX = 8,
    STEPS_MAX = 12,
    CLUSTER = 0x80, /* of the first octet */
    SECOND = 1000000000,
};

struct flight {
    int to;
    size_t len;
    uint8_t *bytes;
};

struct world {
    struct ike_endpoint *ends[2]; /* alice, who initiates, and the gateway */
    struct ike_policy policies[2];
    struct ike_self selves[2];
    struct ike_child_policy children[2];
    struct ike_selector selectors[2];
    struct crypto_proposal ike, esp;
    struct ike_address addresses[2];
    uint64_t now;
    size_t flight_count, timer_count;
    struct flight flights[FLIGHTS_MAX]; /* what is more gets lost */
    struct {
        int of;
        struct ike_timer timer;
    } timers[TIMERS_MAX];
    size_t installed_count[2];
    struct ike_child_sa installed[2][INSTALLED_MAX]; /* without selectors */
};

static struct crypto_proposal proposal(enum crypto_protocol protocol, const char *words)
{
    struct crypto_proposal_error error;
    struct crypto_proposal parsed;
    int result = crypto_proposal_parse(protocol, words, &parsed, &error);

    assert(result == 0);
    (void)result;
    return parsed;
}

static void begin_end(struct world *world, int end)
{
    world->ends[end] =
        ike_endpoint_new(&(struct ike_endpoint_options){.crypto = fuzz_context(),
                                                        .entropy = fuzz_entropy(),
                                                        .policy = &world->policies[end],
                                                        .self = &world->selves[end]});
    assert(world->ends[end]);
}

static void begin(struct world *world, uint8_t options)
{
    static const char *const names[2] = {"alice", "gw"};

    memset(world, 0, sizeof(*world));
    world->now = UINT64_C(1000) * SECOND;
    world->ike = proposal(CRYPTO_PROTO_IKE, options & 1 ? "aes128-sha256-x25519-ecp256"
                                                        : "aes128gcm16-prfsha256-x25519");
    world->esp = proposal(CRYPTO_PROTO_ESP, options & 2 ? "aes128gcm16-x25519" : "aes128gcm16");
    for (int i = 0; i < 2; i++) {
        world->selectors[i] = (struct ike_selector){.type = IKE_TS_IPV4_ADDR_RANGE,
                                                    .end_port = UINT16_MAX,
                                                    .start = {10, (uint8_t)i, 0, 0},
                                                    .end = {10, (uint8_t)i, 0, 255}};
        world->addresses[i] = (struct ike_address){
            .family = 4, .ip = {192, 0, 2, (uint8_t)(1 + i)}, .port = IKE_PORT};
    }
    for (int i = 0; i < 2; i++) {
        world->children[i] = (struct ike_child_policy){.name = "net",
                                                       .proposals = &world->esp,
                                                       .proposal_count = 1,
                                                       .local_ts = &world->selectors[i],
                                                       .remote_ts = &world->selectors[1 - i],
                                                       .local_ts_count = 1,
                                                       .remote_ts_count = 1,
                                                       .replay_window = 32,
                                                       .start = true};
        world->policies[i] = (struct ike_policy){
            .proposals = &world->ike,
            .proposal_count = 1,
            .secret = crypto_bytes("secret", 6),
            .children = &world->children[i],
            .child_count = 1,
            .window = options & 4 ? 3 : 1,
            .retransmit_timeout = SECOND,
            .retransmit_base_milli = 2000,
            .retransmit_tries = 2,
            .response_keep = UINT64_C(30) * SECOND,
            .half_open_timeout = UINT64_C(30) * SECOND,
            .fragmentation = options & 8 ? IKE_FRAGMENTATION_YES : IKE_FRAGMENTATION_NO,
            .fragment_size = IKE_FRAGMENT_SIZE_MIN,
            .cookie_threshold = options & 16 ? 1 : 0,
            .message_id_sync = options & 32,
            .replay_counter_sync = options & 32,
            .counter_delta = 1000,
            .mobike = options & 64,
        };
        world->selves[i] =
            (struct ike_self){.identity = {.type = IKE_ID_FQDN,
                                           .data = crypto_bytes(names[i], strlen(names[i])),
                                           .text = names[i]}};
        begin_end(world, i);
    }
}

static void take_flight(struct world *world, int to, struct ike_action *action)
{
    if (world->flight_count == FLIGHTS_MAX) {
        return;
    }
    world->flights[world->flight_count++] =
        (struct flight){to, action->transmit.len, action->transmit.bytes};
    action->transmit.bytes = NULL;
}

static void note_installed(struct world *world, int end, const struct ike_child_sa *child)
{
    if (world->installed_count[end] < INSTALLED_MAX) {
        world->installed[end][world->installed_count[end]++] = *child;
    }
}

/* Returns how many datagrams are sent. */
static size_t carry_out(struct world *world, int end, struct ike_actions *actions)
{
    size_t sent = 0;

    for (size_t i = 0; i < actions->count; i++) {
        struct ike_action *action = &actions->items[i];

        if (action->kind == IKE_ACTION_TRANSMIT) {
            take_flight(world, 1 - end, action);
            sent++;
        } else if (action->kind == IKE_ACTION_TIMER && world->timer_count < TIMERS_MAX) {
            world->timers[world->timer_count].of = end;
            world->timers[world->timer_count++].timer = action->timer.timer;
        } else if (action->kind == IKE_ACTION_CHILD_INSTALL) {
            note_installed(world, end, action->install);
        }
    }
    ike_actions_dispose(actions);
    return sent;
}

static size_t receive(struct world *world, int to, const uint8_t *bytes, size_t len)
{
    struct ike_actions actions = {0};
    struct ike_datagram datagram = {.source = world->addresses[1 - to],
                                    .destination = world->addresses[to],
                                    .bytes = crypto_bytes(bytes, len)};

    ike_endpoint_sa_of(world->ends[to], &datagram);
    ike_endpoint_receive(world->ends[to], world->now, &datagram, &actions);
    return carry_out(world, to, &actions);
}

static struct flight take_oldest(struct world *world)
{
    struct flight oldest = world->flights[0];

    world->flight_count--;
    memmove(world->flights, world->flights + 1, world->flight_count * sizeof(oldest));
    return oldest;
}

static void deliver(struct world *world)
{
    if (world->flight_count) {
        struct flight oldest = take_oldest(world);

        receive(world, oldest.to, oldest.bytes, oldest.len);
        free(oldest.bytes);
    }
}

/* Of the message that comes next one octet is another. */
static void deliver_changed(struct world *world, struct fuzz_input *input)
{
    uint16_t at = fuzz_u16(input);
    uint8_t by = fuzz_u8(input);

    if (world->flight_count) {
        struct flight oldest = take_oldest(world);

        oldest.bytes[at % oldest.len] ^= by;
        receive(world, oldest.to, oldest.bytes, oldest.len);
        free(oldest.bytes);
    }
}

static void send_anything(struct world *world, int to, struct fuzz_input *input)
{
    size_t len, most = fuzz_u8(input) * 4u;
    uint8_t *bytes = fuzz_block(input, most, &len);
    size_t sent = receive(world, to, bytes, len);

    /* To whoever has proved nothing, one for one (RFC 7296 §2.1, §2.21.4). */
    assert(sent <= 1);
    free(bytes);
}

/* With the keys of the other end: an exchange, a Message ID near the right one, a chain of payloads
 * that begins with any type. */
static void send_authentic(struct world *world, int to, struct fuzz_input *input)
{
    const struct ike_endpoint *from = world->ends[1 - to];
    uint64_t id = ike_endpoint_sa_with(from, &world->addresses[to]);
    const struct ike_sa *sa = ike_sa_by_id(from, id);
    uint8_t exchange = fuzz_u8(input), flags = fuzz_u8(input), first = fuzz_u8(input);
    size_t len, most = fuzz_u8(input) * 2u, at, text_len;
    uint8_t *contents = fuzz_block(input, most, &len), bytes[1024] = {0};
    struct crypto_packet_key key;
    uint32_t message_id;
    static uint64_t counter;

    if (!sa || !sa->suite.encr) {
        free(contents);
        return;
    }
    message_id = (flags & 1 ? sa->peer.oldest : sa->own.next) + (uint32_t)(flags >> 4) - 2;
    ike_sa_message_key(sa, true, &key);
    ike_store_u64(bytes, sa->spi_i);
    ike_store_u64(bytes + 8, sa->spi_r);
    bytes[16] = IKE_PAYLOAD_SK;
    bytes[17] = 0x20;
    bytes[18] = (uint8_t)(IKE_EXCHANGE_IKE_AUTH + exchange % 10);
    bytes[19] =
        (uint8_t)((sa->initiator ? IKE_FLAG_INITIATOR : 0) | (flags & 1 ? IKE_FLAG_RESPONSE : 0));
    ike_store_u32(bytes + 20, message_id);
    bytes[28] = first;
    at = 32;
    if (flags & 2 && sa->fragments) {
        bytes[16] = IKE_PAYLOAD_SKF;
        ike_store_u32(bytes + 32, (uint32_t)(1 + (flags >> 2 & 1)) << 16 | 2);
        at = 36;
    }
    ike_store_u64(bytes + at, ~counter++);
    memcpy(bytes + at + key.encr->iv_len, contents, len);
    text_len = (len + 1 + key.encr->block_len - 1) / key.encr->block_len * key.encr->block_len;
    bytes[at + key.encr->iv_len + text_len - 1] = (uint8_t)(text_len - len - 1);
    text_len += at + key.encr->iv_len + crypto_packet_icv_len(&key);
    ike_store_u32(bytes + 24, (uint32_t)text_len);
    bytes[30] = (uint8_t)((text_len - 28) >> 8);
    bytes[31] = (uint8_t)(text_len - 28);
    len = crypto_packet_seal(fuzz_context(), &key, bytes, at,
                             text_len - at - key.encr->iv_len - crypto_packet_icv_len(&key), NULL);
    assert(len == text_len);
    receive(world, to, bytes, len);
    free(contents);
}

static void give_order(struct world *world, int to, uint8_t which)
{
    struct ike_endpoint *end = world->ends[to];
    uint64_t sa = ike_endpoint_sa_with(end, &world->addresses[1 - to]);
    struct ike_actions actions = {0};
    const char *why = NULL;

    switch (which % 6) {
    case 0:
        ike_endpoint_create_child(end, world->now, sa, "net", &actions, &why);
        break;
    case 1:
        ike_endpoint_rekey_child(end, world->now, sa, "net", &actions, &why);
        break;
    case 2:
        ike_endpoint_delete_child(end, world->now, sa, "net", &actions, &why);
        break;
    case 3:
        ike_endpoint_rekey_sa(end, world->now, sa, &actions, &why);
        break;
    case 4:
        ike_endpoint_delete_sa(end, world->now, sa, &actions, &why);
        break;
    default:
        ike_endpoint_check_liveness(end, world->now, sa, &actions, &why);
        break;
    }
    carry_out(world, to, &actions);
}

static void let_time_pass(struct world *world, uint8_t which)
{
    struct ike_actions actions = {0};

    world->now += UINT64_C(5) * SECOND;
    if (world->timer_count) {
        size_t n = which % world->timer_count;
        struct ike_timer timer = world->timers[n].timer;
        int end = world->timers[n].of;

        world->timers[n] = world->timers[--world->timer_count];
        ike_endpoint_timer(world->ends[end], world->now, &timer, &actions);
        carry_out(world, end, &actions);
    }
}

/* ---- a cluster ---- */

/* What an end tells the other member of its IKE SA; NULL if that is in no state to be told of. */
static uint8_t *write_record(const struct world *world, int end, size_t *len)
{
    const struct ike_endpoint *from = world->ends[end];
    uint64_t sa = ike_endpoint_sa_with(from, &world->addresses[1 - end]);
    size_t room = ike_endpoint_export_room(from, sa);
    uint8_t *octets = room ? malloc(room) : NULL;

    if (octets) {
        *len = ike_endpoint_export(from, sa, world->installed[end], world->installed_count[end],
                                   octets, room);
    }
    return octets;
}

static void change(uint8_t *octets, size_t len, unsigned times, struct fuzz_input *input)
{
    for (unsigned i = 0; i < times; i++) {
        uint16_t at = fuzz_u16(input);

        octets[at % len] ^= fuzz_u8(input);
    }
}

/* The timers of the member before it are nobody's. */
static void forget_timers(struct world *world, int end)
{
    size_t kept = 0;

    for (size_t i = 0; i < world->timer_count; i++) {
        if (world->timers[i].of != end) {
            world->timers[kept++] = world->timers[i];
        }
    }
    world->timer_count = kept;
}

static void fail_over(struct world *world, struct fuzz_input *input)
{
    uint8_t how = fuzz_u8(input);
    int end = how & 1;
    struct ike_actions actions = {0};
    const char *why = NULL;
    size_t len = 0;
    uint8_t *record;

    if (how >> 5) {
        give_order(world, end, (uint8_t)(how >> 5)); /* of which the other member hears */
    }
    if (how & 2) {
        size_t most = fuzz_u16(input);

        record = fuzz_block(input, most, &len);
    } else {
        record = write_record(world, end, &len);
        if (!record) {
            return;
        }
        change(record, len, how >> 2 & 7, input);
    }
    ike_endpoint_free(world->ends[end]);
    forget_timers(world, end);
    world->installed_count[end] = 0;
    begin_end(world, end);
    if (!ike_endpoint_import(world->ends[end], world->now, crypto_bytes(record, len), &actions,
                             &why)) {
        assert(why && actions.count == 0);
    }
    carry_out(world, end, &actions);
    free(record);
}

static void step(struct world *world, struct fuzz_input *input)
{
    uint8_t what = fuzz_u8(input), whom = fuzz_u8(input);

    switch (what % 7) {
    case 0:
        send_anything(world, whom & 1, input);
        break;
    case 1:
        send_authentic(world, whom & 1, input);
        break;
    case 2:
        deliver(world);
        break;
    case 3:
        deliver_changed(world, input);
        break;
    case 4:
        give_order(world, whom & 1, whom >> 1);
        break;
    case 5:
        let_time_pass(world, whom);
        break;
    default:
        if (world->flight_count) {
            free(take_oldest(world).bytes);
        }
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    uint8_t first = fuzz_u8(&input), options = fuzz_u8(&input);
    struct ike_actions actions = {0};
    struct world world;

    begin(&world, options);
    ike_endpoint_initiate(world.ends[0], world.now, &world.addresses[0], &world.addresses[1], 0,
                          &actions);
    carry_out(&world, 0, &actions);
    for (int i = 0; i < (first & (CLUSTER - 1)) % 5; i++) {
        deliver(&world);
    }
    if (first & CLUSTER) {
        fail_over(&world, &input);
    }
    for (int i = 0; i < STEPS_MAX && input.len; i++) {
        step(&world, &input);
    }
    for (int i = 0; i < 40 && world.flight_count; i++) {
        deliver(&world);
    }
    while (world.flight_count) {
        free(take_oldest(&world).bytes);
    }
    ike_endpoint_free(world.ends[0]); /* which asserts that nothing is left */
    ike_endpoint_free(world.ends[1]);
    return 0;
}
