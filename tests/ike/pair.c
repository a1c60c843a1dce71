#include "tests/ike/pair.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "ike/actions.h"
#include "ike/handover.h"
#include "ike/index.h"
#include "ike/sa.h"

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

static void keep_text(struct pair_event *event, const char *text)
{
    snprintf(event->text, sizeof(event->text), "%s", text ? text : "");
}

static void keep(struct pair_event *event, const void *data)
{
    switch (event->kind) {
    case TRACE_IKE_MESSAGE_SENT_EVENT: {
        const struct trace_ike_message_sent *sent = data;
        event->message_id = sent->message_id;
        event->transmission = sent->transmission;
        event->response = sent->response;
        event->first = sent->first;
        keep_text(event, sent->payloads);
        break;
    }
    case TRACE_IKE_MESSAGE_RECEIVED_EVENT: {
        const struct trace_ike_message_received *received = data;
        event->message_id = received->message_id;
        event->response = received->response;
        event->first = received->request;
        keep_text(event, received->payloads);
        break;
    }
    case TRACE_IKE_MESSAGE_DROPPED_EVENT: {
        const struct trace_ike_message_dropped *dropped = data;
        event->message_id = dropped->message_id;
        event->first = dropped->earlier;
        keep_text(event, dropped->reason);
        break;
    }
    case TRACE_IKE_UNREACHABLE_EVENT:
        keep_text(event, ((const struct trace_ike_unreachable *)data)->outcome);
        break;
    case TRACE_IKE_STATE_EVENT: {
        const struct trace_ike_state *state = data;
        keep_text(event, state->to);
        break;
    }
    case TRACE_IKE_CHILD_FAILED_EVENT: {
        const struct trace_ike_child_failed *failed = data;
        keep_text(event, failed->why);
        break;
    }
    case TRACE_IKE_LIFETIME_EVENT: {
        const struct trace_ike_lifetime *lifetime = data;
        event->number = lifetime->spi_in;
        keep_text(event, lifetime->limit);
        break;
    }
    case TRACE_IKE_REKEY_COLLISION_EVENT: {
        const struct trace_ike_rekey_collision *collision = data;
        event->number = collision->own_spi;
        keep_text(event, collision->winner);
        break;
    }
    case TRACE_IKE_CHILD_REKEYED_EVENT: {
        const struct trace_ike_child_rekeyed *rekeyed = data;
        event->number = rekeyed->old_spi_in;
        keep_text(event, rekeyed->by);
        break;
    }
    case TRACE_IKE_SA_REKEYED_EVENT: {
        const struct trace_ike_sa_rekeyed *rekeyed = data;
        event->number = rekeyed->children;
        keep_text(event, rekeyed->role);
        break;
    }
    case TRACE_IKE_REKEY_FAILED_EVENT: {
        const struct trace_ike_rekey_failed *failed = data;
        keep_text(event, failed->why);
        break;
    }
    case TRACE_IKE_CHILD_REMOVED_EVENT: {
        const struct trace_ike_child_removed *removed = data;
        keep_text(event, removed->why);
        break;
    }
    case TRACE_IKE_INITIAL_CONTACT_EVENT: {
        const struct trace_ike_initial_contact *contact = data;
        event->number = contact->removed;
        keep_text(event, contact->by);
        break;
    }
    case TRACE_IKE_WINDOW_ANNOUNCED_EVENT: {
        const struct trace_ike_window_announced *announced = data;
        event->number = announced->size;
        keep_text(event, announced->by);
        break;
    }
    case TRACE_IKE_RETRANSMISSION_EVENT: {
        const struct trace_ike_retransmission *again = data;
        event->message_id = again->message_id;
        event->transmission = again->transmission;
        event->number = again->waited;
        event->first = again->first;
        break;
    }
    case TRACE_IKE_GAVE_UP_EVENT: {
        const struct trace_ike_gave_up *gave_up = data;
        event->message_id = gave_up->message_id;
        event->transmission = gave_up->transmissions;
        break;
    }
    case TRACE_IKE_SELECTORS_AGREED_EVENT: {
        const struct trace_ike_selectors_agreed *agreed = data;
        snprintf(event->text, sizeof(event->text), "%s === %s", agreed->agreed_i, agreed->agreed_r);
        break;
    }
    case TRACE_IKE_KEY_PAIR_EVENT: {
        const struct trace_ike_key_pair *pair = data;
        event->number = pair->public_key.len;
        keep_text(event, pair->method);
        break;
    }
    case TRACE_IKE_PROPOSAL_CHOSEN_EVENT: {
        const struct trace_ike_proposal_chosen *chosen = data;
        event->number = chosen->number;
        keep_text(event, chosen->chosen);
        break;
    }
    case TRACE_IKE_AUTH_COMPUTED_EVENT: {
        const struct trace_ike_auth_computed *auth = data;
        event->number = auth->equal;
        keep_text(event, auth->purpose);
        break;
    }
    case TRACE_IKE_NAT_DETECTED_EVENT: {
        const struct trace_ike_nat_detected *nat = data;
        snprintf(event->text, sizeof(event->text), "%s%s", nat->here ? "here " : "",
                 nat->there ? "there " : "");
        break;
    }
    case TRACE_IKE_ADDRESS_CHANGED_EVENT: {
        const struct trace_ike_address_changed *changed = data;
        snprintf(event->text, sizeof(event->text), "%s: %s", changed->what, changed->remote);
        break;
    }
    case TRACE_IKE_CONFIG_EVENT: {
        const struct trace_ike_config *config = data;
        snprintf(event->text, sizeof(event->text), "%s %s", config->what, config->addresses);
        break;
    }
    case TRACE_IKE_CERTIFICATE_EVENT: {
        const struct trace_ike_certificate *certificate = data;
        keep_text(event, certificate->result);
        break;
    }
    case TRACE_IKE_TICKET_EVENT: {
        const struct trace_ike_ticket *ticket = data;
        event->number = ticket->lifetime;
        keep_text(event, ticket->what);
        break;
    }
    case TRACE_IKE_COUNTER_SYNC_EVENT: {
        const struct trace_ike_counter_sync *sync = data;
        event->message_id = sync->send;
        event->number = sync->recv;
        keep_text(event, sync->what);
        break;
    }
    case TRACE_IKE_REAUTH_EVENT: {
        const struct trace_ike_reauth *reauth = data;
        event->number = reauth->lifetime;
        keep_text(event, reauth->what);
        break;
    }
    case TRACE_IKE_AUTH_REFUSED_EVENT: {
        const struct trace_ike_auth_refused *refused = data;
        keep_text(event, refused->why);
        break;
    }
    default:
        break;
    }
}

static size_t copy(uint8_t *to, size_t cap, struct trace_bytes from)
{
    assert_true(from.len <= cap);
    if (from.len > 0) {
        memcpy(to, from.data, from.len);
    }
    return from.len;
}

static void keep_keys(struct pair_keys *keys, const struct trace_ike_keys_derived *derived)
{
    keys->secret_len = copy(keys->secret, sizeof(keys->secret), derived->shared_secret);
    keys->ni_len = copy(keys->ni, sizeof(keys->ni), derived->ni);
    keys->nr_len = copy(keys->nr, sizeof(keys->nr), derived->nr);
    keys->skeyseed_len = copy(keys->skeyseed, sizeof(keys->skeyseed), derived->skeyseed);
}

static void keep_auth(struct party *party, const struct trace_ike_auth_computed *auth)
{
    size_t at = party->auth_count++ % (sizeof(party->methods) / sizeof(party->methods[0]));

    party->methods[at] = (uint8_t)auth->method;
    snprintf(party->algorithms[at], sizeof(party->algorithms[at]), "%s",
             auth->algorithm ? auth->algorithm : "");
}

static struct trace_ref emit(void *context, enum trace_kind kind, const void *data)
{
    struct party *party = context;
    struct pair_event *event = &party->events[party->event_count++];

    assert_true(party->event_count < PAIR_EVENTS_MAX);
    memset(event, 0, sizeof(*event));
    event->kind = kind;
    keep(event, data);
    if (kind == TRACE_IKE_KEYS_DERIVED_EVENT) {
        keep_keys(&party->keys, data);
    } else if (kind == TRACE_IKE_FOLLOWUP_EVENT) {
        const struct trace_ike_followup *followup = data;
        party->followup_secret_len =
            copy(party->followup_secret, sizeof(party->followup_secret), followup->shared_secret);
    } else if (kind == TRACE_IKE_AUTH_COMPUTED_EVENT) {
        keep_auth(party, data);
    }
    return (struct trace_ref){.scope = &party->scope, .n = party->event_count};
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
    struct ike_selector s = {.type = IKE_TS_IPV4_ADDR_RANGE, .end_port = UINT16_MAX};
    char start[32], end[32];
    unsigned prefix;

    if (sscanf(text, "%31[0-9.]-%31[0-9.]", start, end) == 2) {
        assert_int_equal(inet_pton(AF_INET, start, s.start), 1);
        assert_int_equal(inet_pton(AF_INET, end, s.end), 1);
        return s;
    }
    assert_int_equal(sscanf(text, "%31[0-9.]/%u", start, &prefix), 2);
    assert_int_equal(inet_pton(AF_INET, start, s.start), 1);
    for (unsigned bit = 0; bit < 32; bit++) {
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
    party->observer = (struct trace_observer){.emit = emit, .context = party};
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

/* ---- carrying actions out ---- */

struct party *pair_other(struct party *party)
{
    return party == &party->pair->a ? &party->pair->b : &party->pair->a;
}

static void take_flight(struct party *party, const struct ike_action *action)
{
    struct pair *pair = party->pair;
    struct flight *flight = &pair->flights[pair->flight_count++];

    assert_true(pair->flight_count < PAIR_FLIGHT_MAX);
    assert_true(action->transmit.len <= PAIR_MESSAGE_MAX);
    party->last_sent_len = action->transmit.len;
    flight->from = party;
    flight->to = pair_other(party);
    flight->source = action->transmit.source;
    flight->destination = action->transmit.destination;
    flight->identity = action->transmit.identity;
    flight->event = action->transmit.sent.n;
    flight->len = action->transmit.len;
    memcpy(flight->bytes, action->transmit.bytes, flight->len);
    if (pair->transit) {
        pair->transit(pair, flight);
    }
}

static void set_timer(struct party *party, const struct ike_action *action)
{
    struct pair *pair = party->pair;

    assert_true(pair->timer_count < PAIR_TIMERS_MAX);
    pair->timers[pair->timer_count++] = (struct pair_timer){
        .party = party,
        .due = pair->now + action->timer.delay,
        .order = pair->timers_set++,
        .timer = action->timer.timer,
    };
}

static void install(struct party *party, const struct ike_child_sa *child)
{
    size_t n = party->installed_count++;

    assert_true(n < PAIR_CHILDREN_MAX);
    party->installed[n] = *child;
    party->installed_local[n] = child->local_ts[0];
    party->installed_remote[n] = child->remote_ts[0];
}

static void uninstall(struct party *party, uint32_t spi_in)
{
    for (size_t i = 0; i < party->installed_count; i++) {
        if (party->installed[i].spi_in == spi_in) {
            size_t rest = --party->installed_count - i;

            memmove(&party->installed[i], &party->installed[i + 1],
                    rest * sizeof(*party->installed));
            memmove(&party->installed_local[i], &party->installed_local[i + 1],
                    rest * sizeof(*party->installed_local));
            memmove(&party->installed_remote[i], &party->installed_remote[i + 1],
                    rest * sizeof(*party->installed_remote));
            return;
        }
    }
    fail_msg("%s removes a CHILD SA that was never installed", party->name);
}

static void move(struct party *party, const struct ike_action *action)
{
    for (size_t i = 0; i < party->installed_count; i++) {
        if (party->installed[i].spi_in == action->move.spi_in) {
            party->installed[i].local = action->move.local;
            party->installed[i].remote = action->move.remote;
            party->installed[i].udp = action->move.udp;
        }
    }
}

void pair_carry_out(struct party *party, struct ike_actions *actions)
{
    party->accepted = actions->accepted;
    party->worked_on = actions->sa;
    party->costs = actions->costs;
    for (size_t i = 0; i < actions->count; i++) {
        const struct ike_action *action = &actions->items[i];

        switch (action->kind) {
        case IKE_ACTION_TRANSMIT:
            take_flight(party, action);
            break;
        case IKE_ACTION_TIMER:
            set_timer(party, action);
            break;
        case IKE_ACTION_CHILD_INSTALL:
            install(party, action->install);
            break;
        case IKE_ACTION_CHILD_REMOVE:
            uninstall(party, action->remove.spi_in);
            break;
        case IKE_ACTION_REDIRECT:
            party->redirected_to = action->redirect.to;
            party->redirects = action->redirect.count;
            break;
        case IKE_ACTION_CHILD_MOVE:
            move(party, action);
            break;
        case IKE_ACTION_CHILD_SKIP:
            party->skipped += action->skip.delta;
            break;
        case IKE_ACTION_KEEPALIVE:
            party->keepalives++;
            break;
        case IKE_ACTION_SA_ESTABLISHED:
            party->established++;
            for (size_t j = 0; action->sa.replaces && j < party->installed_count; j++) {
                if (party->installed[j].ike_sa == action->sa.replaces) {
                    party->installed[j].ike_sa = action->sa.ike_sa;
                }
            }
            break;
        case IKE_ACTION_SA_GONE:
            party->gone++;
            party->last_gone = action->sa.ike_sa;
            party->gone_was_established = action->sa.established;
            party->gone_why = action->sa.why;
            for (size_t j = 0; j < party->installed_count; j++) {
                assert_int_not_equal(party->installed[j].ike_sa, action->sa.ike_sa);
            }
            break;
        }
    }
    ike_actions_dispose(actions);
}

/* ---- steps ---- */

uint64_t pair_initiate(struct pair *pair, struct party *party)
{
    struct ike_actions actions = {0};
    uint64_t sa = ike_endpoint_initiate(party->ike, pair->now, &party->address,
                                        &pair_other(party)->address, party->attempts++, &actions);

    pair_carry_out(party, &actions);
    return sa;
}

void pair_create_child(struct party *party, uint64_t sa, const char *child)
{
    struct ike_actions actions = {0};
    const char *why = NULL;

    if (ike_endpoint_create_child(party->ike, party->pair->now, sa, child, &actions, &why) != 0) {
        fail_msg("create_child: %s", why);
    }
    pair_carry_out(party, &actions);
}

void pair_rekey_child(struct party *party, uint64_t sa, const char *child)
{
    struct ike_actions actions = {0};
    const char *why = NULL;

    if (ike_endpoint_rekey_child(party->ike, party->pair->now, sa, child, &actions, &why) != 0) {
        fail_msg("rekey_child: %s", why);
    }
    pair_carry_out(party, &actions);
}

void pair_delete_child(struct party *party, uint64_t sa, const char *child)
{
    struct ike_actions actions = {0};
    const char *why = NULL;

    if (ike_endpoint_delete_child(party->ike, party->pair->now, sa, child, &actions, &why) != 0) {
        fail_msg("delete_child: %s", why);
    }
    pair_carry_out(party, &actions);
}

void pair_rekey_sa(struct party *party, uint64_t sa)
{
    struct ike_actions actions = {0};
    const char *why = NULL;

    if (ike_endpoint_rekey_sa(party->ike, party->pair->now, sa, &actions, &why) != 0) {
        fail_msg("rekey_sa: %s", why);
    }
    pair_carry_out(party, &actions);
}

void pair_delete_sa(struct party *party, uint64_t sa)
{
    struct ike_actions actions = {0};
    const char *why = NULL;

    if (ike_endpoint_delete_sa(party->ike, party->pair->now, sa, &actions, &why) != 0) {
        fail_msg("delete_sa: %s", why);
    }
    pair_carry_out(party, &actions);
}

void pair_check_liveness(struct party *party, uint64_t sa)
{
    struct ike_actions actions = {0};
    const char *why = NULL;

    if (ike_endpoint_check_liveness(party->ike, party->pair->now, sa, &actions, &why) != 0) {
        fail_msg("check_liveness: %s", why);
    }
    pair_carry_out(party, &actions);
}

bool pair_try(struct party *party, uint64_t sa, enum pair_order order, const char *child)
{
    uint64_t now = party->pair->now;
    struct ike_actions actions = {0};
    const char *why = NULL;
    int result = -1;

    switch (order) {
    case REKEY_CHILD:
        result = ike_endpoint_rekey_child(party->ike, now, sa, child, &actions, &why);
        break;
    case CREATE_CHILD:
        result = ike_endpoint_create_child(party->ike, now, sa, child, &actions, &why);
        break;
    case DELETE_CHILD:
        result = ike_endpoint_delete_child(party->ike, now, sa, child, &actions, &why);
        break;
    case REKEY_SA:
        result = ike_endpoint_rekey_sa(party->ike, now, sa, &actions, &why);
        break;
    case DELETE_SA:
        result = ike_endpoint_delete_sa(party->ike, now, sa, &actions, &why);
        break;
    case LIVENESS:
        result = ike_endpoint_check_liveness(party->ike, now, sa, &actions, &why);
        break;
    case PAIR_ORDERS:
        fail_msg("no order");
    }
    pair_carry_out(party, &actions);
    return result == 0;
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

void pair_restart(struct party *party)
{
    struct pair *pair = party->pair;
    size_t kept = 0;

    ike_endpoint_free(party->ike);
    party->ike = ike_endpoint_new(&(struct ike_endpoint_options){
        .crypto = pair->crypto,
        .entropy = party->entropy,
        .observer = &party->observer,
        .policy = &party->policy,
        .self = &party->self,
        .faults = party->faults,
    });
    assert_non_null(party->ike);
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

void pair_unknown_spi(struct party *party, uint32_t spi)
{
    struct ike_actions actions = {0};

    ike_endpoint_unknown_spi(party->ike, party->pair->now, &pair_other(party)->address, spi,
                             &actions);
    pair_carry_out(party, &actions);
}

void pair_limit(struct party *party, uint32_t spi_in, bool hard, const char *limit)
{
    struct ike_actions actions = {0};

    ike_endpoint_child_limit(party->ike, party->pair->now, spi_in, hard, limit, &actions);
    pair_carry_out(party, &actions);
}

static void receive(struct party *to, const struct ike_address *source,
                    const struct ike_address *destination, const uint8_t *bytes, size_t len)
{
    struct ike_actions actions = {0};
    /* A block of exactly that size lets AddressSanitizer see a read beyond the datagram. */
    uint8_t *exact = malloc(len ? len : 1);
    struct ike_datagram datagram = {
        .source = *source, .destination = *destination, .bytes = crypto_bytes(exact, len)};

    assert_non_null(exact);
    memcpy(exact, bytes, len);
    ike_endpoint_receive(to->ike, to->pair->now, &datagram, &actions);
    memset(exact, 0xee, len);
    free(exact);
    pair_carry_out(to, &actions);
}

void pair_deliver_copy(struct pair *pair, size_t n)
{
    assert_true(n < pair->flight_count);
    struct flight flight = pair->flights[n];

    receive(flight.to, &flight.source, &flight.destination, flight.bytes, flight.len);
}

void pair_lose(struct pair *pair, size_t n)
{
    assert_true(n < pair->flight_count);
    pair->flight_count--;
    memmove(&pair->flights[n], &pair->flights[n + 1],
            (pair->flight_count - n) * sizeof(pair->flights[0]));
}

void pair_deliver(struct pair *pair, size_t n)
{
    assert_true(n < pair->flight_count);
    struct flight flight = pair->flights[n];

    pair_lose(pair, n);
    receive(flight.to, &flight.source, &flight.destination, flight.bytes, flight.len);
}

static size_t oldest_to(const struct party *party)
{
    const struct pair *pair = party->pair;

    for (size_t n = 0; n < pair->flight_count; n++) {
        if (pair->flights[n].to == party) {
            return n;
        }
    }
    fail_msg("nothing is on its way to %s", party->name);
    return 0;
}

struct flight pair_hold(struct party *to)
{
    size_t n = oldest_to(to);
    struct flight held = to->pair->flights[n];

    pair_lose(to->pair, n);
    return held;
}

void pair_release(const struct flight *held)
{
    receive(held->to, &held->source, &held->destination, held->bytes, held->len);
}

void pair_deliver_to(struct party *party)
{
    pair_deliver(party->pair, oldest_to(party));
}

void pair_inject(struct party *to, const uint8_t *bytes, size_t len)
{
    receive(to, &pair_other(to)->address, &to->address, bytes, len);
}

void pair_forge(const struct pair_forgery *forgery)
{
    static uint64_t forgeries;
    struct party *from = forgery->from;
    const struct ike_sa *sa = ike_sa_by_id(from->ike, forgery->sa);
    /* An IV of its own: the implementation's count up from 0. */
    uint64_t counter = ~forgeries++;
    struct crypto_packet_key key;
    struct ike_builder builder;
    uint8_t bytes[PAIR_MESSAGE_MAX], iv[16] = {0};
    size_t len;

    assert_non_null(sa);
    memcpy(iv, &counter, sizeof(counter));
    ike_sa_message_key(sa, true, &key);
    ike_builder_begin(&builder, bytes, sizeof(bytes),
                      &(struct ike_header){.spi_i = sa->spi_i,
                                           .spi_r = sa->spi_r,
                                           .major = 2,
                                           .exchange = forgery->exchange,
                                           .initiator = sa->initiator,
                                           .response = forgery->response,
                                           .message_id = forgery->message_id});
    ike_build_sk_begin(&builder, crypto_bytes(iv, key.encr->iv_len));
    if (forgery->write) {
        forgery->write(&builder, forgery->context);
    }
    len = ike_builder_finish_sealed(&builder, from->pair->crypto, &key, NULL);
    assert_int_not_equal(len, 0);
    pair_inject(pair_other(from), bytes, len);
}

void pair_settle(struct pair *pair)
{
    for (size_t steps = 0; pair->flight_count; steps++) {
        assert_true(steps < 10000);
        pair_deliver(pair, 0);
    }
}

static struct pair_timer *earliest(struct pair *pair)
{
    struct pair_timer *found = NULL;

    for (size_t i = 0; i < pair->timer_count; i++) {
        struct pair_timer *timer = &pair->timers[i];

        if (!found || timer->due < found->due ||
            (timer->due == found->due && timer->order < found->order)) {
            found = timer;
        }
    }
    return found;
}

void pair_wait(struct pair *pair, uint64_t ns)
{
    uint64_t end = pair->now + ns;

    for (struct pair_timer *next = earliest(pair); next && next->due <= end;
         next = earliest(pair)) {
        struct pair_timer timer = *next;
        struct ike_actions actions = {0};

        *next = pair->timers[--pair->timer_count];
        pair->now = timer.due;
        ike_endpoint_timer(timer.party->ike, pair->now, &timer.timer, &actions);
        pair_carry_out(timer.party, &actions);
    }
    pair->now = end;
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

/* ---- questions ---- */

size_t pair_in_flight_to(const struct party *party)
{
    size_t count = 0;

    for (size_t i = 0; i < party->pair->flight_count; i++) {
        count += party->pair->flights[i].to == party;
    }
    return count;
}

bool party_knows(const struct party *party, uint64_t sa)
{
    struct ike_sa_info info;

    return ike_endpoint_sa_info(party->ike, sa, &info);
}

bool party_established(const struct party *party, uint64_t sa)
{
    struct ike_sa_info info;

    return ike_endpoint_sa_info(party->ike, sa, &info) && info.established;
}

size_t party_children(const struct party *party, uint64_t sa)
{
    struct ike_sa_info info;

    return ike_endpoint_sa_info(party->ike, sa, &info) ? info.child_count : 0;
}

size_t party_count(const struct party *party, enum trace_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < party->event_count; i++) {
        count += party->events[i].kind == kind;
    }
    return count;
}

const struct pair_event *party_last(const struct party *party, enum trace_kind kind)
{
    for (size_t i = party->event_count; i > 0; i--) {
        if (party->events[i - 1].kind == kind) {
            return &party->events[i - 1];
        }
    }
    fail_msg("%s told no such event", party->name);
    return NULL;
}

struct party_state party_state(const struct party *party, uint64_t sa)
{
    struct party_state state;

    memset(&state, 0, sizeof(state)); /* padding too: states are compared as bytes */
    state.memory = ike_endpoint_memory(party->ike);
    state.installed = party->installed_count;
    state.established = party->established;
    state.gone = party->gone;
    state.known = ike_endpoint_sa_info(party->ike, sa, &state.info);
    return state;
}

void assert_same_state(const struct party_state *before, const struct party_state *after)
{
    assert_int_equal(before->memory, after->memory);
    assert_int_equal(before->installed, after->installed);
    assert_int_equal(before->established, after->established);
    assert_int_equal(before->gone, after->gone);
    assert_int_equal(before->known, after->known);
    assert_int_equal(before->info.established, after->info.established);
    assert_int_equal(before->info.child_count, after->info.child_count);
    assert_int_equal(before->info.spi_i, after->info.spi_i);
    assert_int_equal(before->info.spi_r, after->info.spi_r);
}

bool pair_same_keys(const struct crypto_sk_keys *a, const struct crypto_sk_keys *b)
{
    return memcmp(a->at, b->at, sizeof(a->at)) == 0 &&
           memcmp(a->bytes, b->bytes, a->at[CRYPTO_SK_COUNT]) == 0;
}

void pair_assert_same_keys(const struct crypto_sk_keys *a, const struct crypto_sk_keys *b)
{
    for (int which = 0; which < CRYPTO_SK_COUNT; which++) {
        struct crypto_bytes of_a = crypto_sk(a, (enum crypto_sk)which);
        struct crypto_bytes of_b = crypto_sk(b, (enum crypto_sk)which);

        assert_int_equal(of_a.len, of_b.len);
        assert_memory_equal(of_a.data, of_b.data, of_a.len);
    }
}
