/* What the two ends are given, and how they begin, begin anew, and go on as another member. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "ike/handover.h"
#include "ike/index.h"
#include "tests/ike/pair_internal.h"

/* ---- what the ends are given ---- */

/* A pure function of (seed, identity of the draw): FNV over both, then one multiplication per
 * octet. No identity may be drawn for twice, else two secrets were the same; only an SPI may, to
 * find that it is taken, and the secret of cookies and the random part of a lifetime, which are
 * nowhere else. */
static void fill(void *context, const struct crypto_draw *draw, uint8_t *out, size_t len)
{
    struct party *party = context;
    uint64_t state = ike_hash(IKE_HASH_BEGIN, party->name, strlen(party->name));

    for (size_t i = 0; i < party->draw_count; i++) {
        if (draw->field != CRYPTO_DRAW_SPI_IKE && draw->field != CRYPTO_DRAW_COOKIE_SECRET &&
            draw->field != CRYPTO_DRAW_JITTER &&
            memcmp(&party->draws[i], draw, sizeof(*draw)) == 0) {
            fail_msg("%s draws for one purpose twice: exchange %x, Message ID %u, field %u",
                     party->name, draw->exchange, draw->message_id, draw->field);
        }
    }
    assert_true(party->draw_count < PAIR_DRAWS_MAX);
    party->draws[party->draw_count++] = *draw;
    state = ike_hash(state, &party->entropy_seed, sizeof(party->entropy_seed));
    state = ike_hash(state, draw, sizeof(*draw));
    for (size_t i = 0; i < len; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(state >> 56);
    }
    if (draw->field == CRYPTO_DRAW_NONCE &&
        (draw->exchange & 0xff) == IKE_EXCHANGE_CREATE_CHILD_SA) {
        int first = party->nonce_first[draw->exchange >> 8 & 1];

        out[0] = first ? (uint8_t)first : out[0];
    }
}

struct crypto_proposal pair_proposal(enum crypto_protocol protocol, const char *text)
{
    struct crypto_proposal_error error;
    struct crypto_proposal proposal;

    if (crypto_proposal_parse(protocol, text, &proposal, &error) != 0) {
        fail_msg("%s: %s", text, error.message);
    }
    return proposal;
}

struct ike_selector pair_selector(const char *text)
{
    bool v6 = strchr(text, ':');
    int family = v6 ? AF_INET6 : AF_INET;
    struct ike_selector s = {.type = v6 ? IKE_TS_IPV6_ADDR_RANGE : IKE_TS_IPV4_ADDR_RANGE,
                             .end_port = UINT16_MAX};
    char start[48], end[48];
    unsigned prefix;

    if (sscanf(text, "%47[0-9a-f.:]-%47[0-9a-f.:]", start, end) == 2) {
        assert_int_equal(inet_pton(family, start, s.start), 1);
        assert_int_equal(inet_pton(family, end, s.end), 1);
        return s;
    }
    assert_int_equal(sscanf(text, "%47[0-9a-f.:]/%u", start, &prefix), 2);
    assert_int_equal(inet_pton(family, start, s.start), 1);
    for (unsigned bit = 0; bit < (v6 ? 128 : 32); bit++) {
        uint8_t mask = (uint8_t)(0x80 >> bit % 8);

        s.end[bit / 8] |= bit < prefix ? s.start[bit / 8] & mask : mask;
    }
    return s;
}

static struct ike_identity identity(const char *text)
{
    return (struct ike_identity){
        .type = IKE_ID_FQDN, .data = crypto_bytes(text, strlen(text)), .text = text};
}

static void party_init(struct pair *pair, struct party *party, const char *name, const char *other,
                       const char *local, const char *remote, uint8_t host)
{
    party->pair = pair;
    party->name = name;
    party->scope = (struct trace_scope){.host = name, .peer = other};
    party->observer = (struct trace_observer){.emit = pair_emit, .context = party};
    party->entropy = (struct crypto_entropy){.fill = fill, .context = party};
    party->address = (struct ike_address){.family = 4, .ip = {192, 0, 2, host}, .port = 500};
    party->local_ts[0] = pair_selector(local);
    party->remote_ts[0] = pair_selector(remote);
    party->children[0] = (struct ike_child_policy){
        .name = "net",
        .proposals = pair->esp_proposals,
        .proposal_count = 1,
        .local_ts = party->local_ts,
        .local_ts_count = 1,
        .remote_ts = party->remote_ts,
        .remote_ts_count = 1,
        .replay_window = 64,
        .start = true,
    };
    party->policy = (struct ike_policy){
        .proposals = pair->ike_proposals,
        .proposal_count = 1,
        .secret = crypto_bytes("correct horse", 13),
        .children = party->children,
        .child_count = 1,
        .window = 1,
        .unique = IKE_UNIQUE_NO,
        .retransmit_timeout = SECOND,
        .retransmit_base_milli = 2000,
        .retransmit_tries = 3,
        .response_keep = 300 * SECOND,
        .half_open_timeout = 30 * SECOND,
    };
    party->self = (struct ike_self){.identity = identity(name), .secrets = &party->secrets};
}

/* One for all pairs of a program, as one serves all hosts of a world: making one takes OpenSSL
 * longer than a handshake. */
static struct crypto_context *shared_context(void)
{
    static struct crypto_context *context;
    char why[128];

    if (!context) {
        context = crypto_context_new(why, sizeof(why));
        assert_non_null(context);
    }
    return context;
}

struct pair *pair_new(void)
{
    struct pair *pair = calloc(1, sizeof(*pair));

    assert_non_null(pair);
    pair->crypto = shared_context();
    pair->ike_proposals[0] = pair_proposal(CRYPTO_PROTO_IKE, "aes128gcm16-prfsha256-x25519");
    pair->esp_proposals[0] = pair_proposal(CRYPTO_PROTO_ESP, "aes128gcm16");
    party_init(pair, &pair->a, "alice", "gw", "10.1.0.0/24", "10.2.0.0/24", 1);
    party_init(pair, &pair->b, "gw", "alice", "10.2.0.0/24", "10.1.0.0/24", 2);
    pair->a.remote = identity("gw");
    pair->a.self.remote = &pair->a.remote;
    pair->b.remote = identity("alice");
    pair->b.self.remote = &pair->b.remote;
    pair->now = 1000 * SECOND;
    return pair;
}

static void party_start(struct party *party)
{
    party->ike = ike_endpoint_new(&(struct ike_endpoint_options){
        .crypto = party->pair->crypto,
        .entropy = party->entropy,
        .observer = &party->observer,
        .policy = &party->policy,
        .self = &party->self,
        .faults = party->faults,
    });
    assert_non_null(party->ike);
}

void pair_start(struct pair *pair)
{
    party_start(&pair->a);
    party_start(&pair->b);
}

void pair_free(struct pair *pair)
{
    ike_endpoint_free(pair->a.ike);
    ike_endpoint_free(pair->b.ike);
    free(pair);
}

struct party *pair_other(const struct party *party)
{
    return party == &party->pair->a ? &party->pair->b : &party->pair->a;
}

uint64_t pair_initiate(struct pair *pair, struct party *party)
{
    struct ike_actions actions = {0};
    uint64_t sa = ike_endpoint_initiate(party->ike, pair->now, &party->address,
                                        &pair_other(party)->address, party->attempts++, &actions);

    pair_carry_out(party, &actions);
    return sa;
}

uint64_t pair_establish(struct pair *pair, uint64_t *gateway)
{
    uint64_t sa = pair_initiate(pair, &pair->a), other;

    pair_settle(pair);
    assert_true(party_established(&pair->a, sa));
    other = ike_endpoint_sa_with(pair->b.ike, &pair->a.address);
    assert_true(party_established(&pair->b, other));
    if (gateway) {
        *gateway = other;
    }
    return sa;
}

/* ---- an end that is another ---- */

void pair_restart(struct party *party)
{
    struct pair *pair = party->pair;
    size_t kept = 0;

    ike_endpoint_free(party->ike);
    party_start(party);
    party->installed_count = 0;
    party->entropy_seed++;
    party->draw_count = 0;
    for (size_t i = 0; i < pair->timer_count; i++) {
        if (pair->timers[i].party != party) {
            pair->timers[kept++] = pair->timers[i];
        }
    }
    pair->timer_count = kept;
}

struct pair_record pair_export(const struct party *party, uint64_t sa)
{
    struct pair_record record;
    struct ike_child_sa esp[PAIR_CHILDREN_MAX];

    for (size_t i = 0; i < party->installed_count; i++) {
        esp[i] = party->installed[i];
    }
    assert_in_range(ike_endpoint_export_room(party->ike, sa), 1, sizeof(record.octets));
    record.len = ike_endpoint_export(party->ike, sa, esp, party->installed_count, record.octets,
                                     sizeof(record.octets));
    return record;
}

uint64_t pair_fail_over(struct party *party, const struct pair_record *record)
{
    struct ike_actions actions = {0};
    const char *why = NULL;
    uint64_t sa;

    pair_restart(party);
    sa = ike_endpoint_import(party->ike, party->pair->now,
                             crypto_bytes(record->octets, record->len), &actions, &why);
    if (sa == 0) {
        fail_msg("import: %s", why);
    }
    pair_carry_out(party, &actions);
    return sa;
}
