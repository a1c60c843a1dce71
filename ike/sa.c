#include "ike/sa.h"
#include "ike/octets.h"

#include <assert.h>
#include <string.h>

#include "ike/auth.h"
#include "ike/child.h"
#include "ike/config.h"
#include "ike/counter_sync.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/fragment.h"
#include "ike/lifetime.h"
#include "ike/mobike.h"
#include "ike/nat.h"
#include "ike/qcd.h"
#include "ike/reauth.h"
#include "ike/redirect.h"
#include "ike/sent.h"
#include "ike/tell.h"
#include "ike/ticket.h"

const char *ike_state_name(enum ike_state state)
{
    static const char *const names[] = {
        [IKE_STATE_NONE] = "NONE",           [IKE_STATE_INIT_SENT] = "INIT_SENT",
        [IKE_STATE_INIT_DONE] = "INIT_DONE", [IKE_STATE_INTERMEDIATE] = "INTERMEDIATE",
        [IKE_STATE_AUTH_SENT] = "AUTH_SENT", [IKE_STATE_ESTABLISHED] = "ESTABLISHED",
        [IKE_STATE_DELETING] = "DELETING",   [IKE_STATE_CLOSED] = "CLOSED",
    };
    return names[state];
}

/* ---- draws ---- */

enum { DRAW_RESPONSE = 1 << 8, DRAW_ROUND_SHIFT = 9, DRAW_ROUND_MAX = 127 };

struct crypto_draw ike_draw(const struct ike_sa *sa, uint8_t exchange, bool response,
                            uint32_t message_id, enum crypto_draw_field field)
{
    return (struct crypto_draw){
        .entity = ike_address_hash(&sa->remote),
        .sa = sa->spi_i,
        .exchange = exchange | (response ? (uint32_t)DRAW_RESPONSE : 0) |
                    (uint32_t)sa->round << DRAW_ROUND_SHIFT,
        .message_id = message_id,
        .field = field,
    };
}

void ike_draw_anew(struct ike_sa *sa)
{
    if (sa->round < DRAW_ROUND_MAX) {
        sa->round++;
    }
}

static uint64_t draw_spi(const struct ike_endpoint *endpoint, const struct crypto_draw *draw)
{
    uint64_t spi = 0;
    uint8_t octets[IKE_SPI_LEN];

    crypto_entropy_fill(&endpoint->entropy, draw, octets, sizeof(octets));
    for (size_t i = 0; i < sizeof(octets); i++) {
        spi = spi << 8 | octets[i];
    }
    return spi;
}

static bool spi_fits(const struct ike_endpoint *endpoint, uint64_t spi)
{
    return spi != 0 && !ike_sa_by_spi(endpoint, spi);
}

static void draw_spi_i(const struct ike_endpoint *endpoint, struct ike_sa *sa, uint64_t attempt)
{
    struct crypto_draw draw = ike_draw(sa, IKE_EXCHANGE_IKE_SA_INIT, false, 0, CRYPTO_DRAW_SPI_IKE);

    draw.sa = attempt;
    do {
        sa->spi_i = draw_spi(endpoint, &draw);
        draw.instance++;
    } while (!spi_fits(endpoint, sa->spi_i));
}

/* Two requests with one SPIi from one address (§2.1) would draw the same SPIr: the second one goes
 * to another round, with all that it will draw. */
static void draw_spi_r(const struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    for (;;) {
        struct crypto_draw draw =
            ike_draw(sa, IKE_EXCHANGE_IKE_SA_INIT, true, 0, CRYPTO_DRAW_SPI_IKE);

        sa->spi_r = draw_spi(endpoint, &draw);
        if (spi_fits(endpoint, sa->spi_r)) {
            return;
        }
        /* Beyond the last round there is no place in the draw's identity; a peer that repeats its
         * SPIi so often gets an SPI that differs from its others only by a counter. */
        if (sa->round == DRAW_ROUND_MAX) {
            do {
                sa->spi_r++;
            } while (!spi_fits(endpoint, sa->spi_r));
            return;
        }
        sa->round++;
    }
}

void ike_sa_draw_spi(const struct ike_endpoint *endpoint, struct ike_sa *sa, uint64_t attempt)
{
    if (sa->initiator) {
        draw_spi_i(endpoint, sa, attempt);
    } else {
        draw_spi_r(endpoint, sa);
    }
}

uint64_t ike_sa_draw_successor_spi(struct ike_endpoint *endpoint, const struct ike_sa *sa,
                                   bool response, uint32_t message_id)
{
    struct crypto_draw draw =
        ike_draw(sa, IKE_EXCHANGE_CREATE_CHILD_SA, response, message_id, CRYPTO_DRAW_SPI_IKE);
    uint64_t spi;

    do {
        spi = draw_spi(endpoint, &draw);
        draw.instance++;
    } while (!spi_fits(endpoint, spi));
    return spi;
}

/* ---- life ---- */

static struct ike_sa *make(struct ike_endpoint *endpoint, const struct ike_address *local,
                           const struct ike_address *remote)
{
    struct ike_sa *sa = ike_take(endpoint, sizeof(*sa));

    sa->id = ++endpoint->last_id;
    sa->local = *local;
    sa->remote = *remote;
    sa->queue_end = &sa->queue;
    sa->setup = ike_take(endpoint, sizeof(*sa->setup));
    ike_window_init(&sa->own);
    ike_window_init(&sa->peer);
    return sa;
}

static void enter_tables(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    ike_index_insert(&endpoint->by_id, &sa->by_id, sa->id);
    ike_index_insert(&endpoint->by_spi, &sa->by_spi, ike_sa_own_spi(sa));
    ike_index_insert(&endpoint->by_remote, &sa->by_remote, ike_address_hash(&sa->remote));
}

struct ike_sa *ike_sa_new(struct ike_call *call, const struct ike_address *local,
                          const struct ike_address *remote, uint64_t spi_i, uint64_t attempt)
{
    struct ike_endpoint *endpoint = call->endpoint;
    struct ike_sa *sa = make(endpoint, local, remote);

    sa->initiator = sa->began = spi_i == 0;
    sa->spi_i = spi_i;
    ike_sa_draw_spi(endpoint, sa, attempt);
    enter_tables(endpoint, sa);
    return sa;
}

struct ike_sa *ike_sa_new_successor(struct ike_call *call, const struct ike_sa *old, bool initiator,
                                    uint64_t spi_i, uint64_t spi_r)
{
    struct ike_sa *sa = make(call->endpoint, &old->local, &old->remote);

    sa->initiator = initiator;
    sa->successor = true;
    sa->began = old->began;
    sa->nat = old->nat;
    sa->mobike = old->mobike;
    sa->syncs = old->syncs;
    sa->fragments = old->fragments;
    sa->spi_i = spi_i;
    sa->spi_r = spi_r;
    enter_tables(call->endpoint, sa);
    return sa;
}

void ike_sa_enter(struct ike_call *call, struct ike_sa *sa, enum ike_state state, const char *why)
{
    enum ike_state from = sa->state;

    assert(from != state);
    sa->state = (uint8_t)state;
    ike_tell_state(call, sa, from, why);
}

/* Of the longest suite's keys, most suites have a third. */
static size_t keys_size(const struct crypto_sk_keys *keys)
{
    return offsetof(struct crypto_sk_keys, bytes) + keys->at[CRYPTO_SK_COUNT];
}

static void free_keys(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    if (sa->keys) {
        size_t size = keys_size(sa->keys);

        crypto_wipe(sa->keys, size);
        ike_give(endpoint, sa->keys, size);
        sa->keys = NULL;
    }
}

/* SK_pi and SK_pr, the last two of them, are for AUTH and nothing else. */
static void drop_auth_keys(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    struct crypto_sk_keys *keys = sa->keys;
    size_t size = keys_size(keys), rest;

    crypto_wipe(keys->bytes + keys->at[CRYPTO_SK_PI],
                (size_t)keys->at[CRYPTO_SK_COUNT] - keys->at[CRYPTO_SK_PI]);
    keys->at[CRYPTO_SK_PR] = keys->at[CRYPTO_SK_COUNT] = keys->at[CRYPTO_SK_PI];
    rest = keys_size(keys);
    sa->keys = ike_shrink(endpoint, keys, size, rest);
}

static void keep_keys(struct ike_endpoint *endpoint, struct ike_sa *sa, struct crypto_sk_keys *keys)
{
    size_t size = keys_size(keys);

    free_keys(endpoint, sa);
    sa->keys = ike_take(endpoint, size);
    memcpy(sa->keys, keys, size);
    crypto_wipe(keys, size);
}

/* `secret` and `additional` are told; they are in the SKEYSEED already. */
static void make_keys(struct ike_call *call, struct ike_sa *sa, struct crypto_bytes secret,
                      struct crypto_bytes additional, struct crypto_bytes skeyseed)
{
    struct crypto_sk_keys keys;

    crypto_sk_derive(call->endpoint->crypto, &sa->suite, skeyseed, ike_sa_ni(sa), ike_sa_nr(sa),
                     sa->spi_i, sa->spi_r, &keys, call->costs);
    keep_keys(call->endpoint, sa, &keys);
    ike_tell_keys_derived(call, sa, secret, additional, skeyseed);
}

void ike_sa_resume_keys(struct ike_call *call, struct ike_sa *sa, struct crypto_bytes old_sk_d)
{
    uint8_t skeyseed[CRYPTO_PRF_MAX];

    crypto_skeyseed_resume(call->endpoint->crypto, sa->suite.prf, old_sk_d, ike_sa_ni(sa),
                           ike_sa_nr(sa), skeyseed, call->costs);
    make_keys(call, sa, crypto_bytes(NULL, 0), crypto_bytes(NULL, 0),
              crypto_bytes(skeyseed, sa->suite.prf->key_len));
    crypto_wipe(skeyseed, sizeof(skeyseed));
}

void ike_sa_derive_keys(struct ike_call *call, struct ike_sa *sa, const struct ike_sa *old,
                        struct crypto_bytes secret, struct crypto_bytes additional)
{
    struct crypto_context *ctx = call->endpoint->crypto;
    /* A rekey belongs to the old SA, and so does its PRF (§2.18). */
    const struct crypto_transform *prf = old ? old->suite.prf : sa->suite.prf;
    struct crypto_bytes old_sk_d = old ? crypto_sk(old->keys, CRYPTO_SK_D) : crypto_bytes(NULL, 0);
    uint8_t skeyseed[CRYPTO_PRF_MAX];

    crypto_skeyseed(ctx, prf, old_sk_d, ike_sa_ni(sa), ike_sa_nr(sa), secret, additional, skeyseed,
                    call->costs);
    make_keys(call, sa, secret, additional, crypto_bytes(skeyseed, prf->key_len));
    crypto_wipe(skeyseed, sizeof(skeyseed));
}

struct ike_sa *ike_sa_adopt(struct ike_call *call, const struct ike_sa *told,
                            struct crypto_sk_keys *keys)
{
    struct ike_endpoint *endpoint = call->endpoint;
    struct ike_sa *sa = make(endpoint, &told->local, &told->remote);

    ike_sa_free_setup(endpoint, sa);
    sa->spi_i = told->spi_i;
    sa->spi_r = told->spi_r;
    sa->initiator = told->initiator;
    sa->began = told->began;
    sa->successor = true; /* there is no first request of which a copy could come */
    sa->nat = told->nat;
    sa->mobike = told->mobike;
    sa->redirect = told->redirect;
    sa->fragments = told->fragments;
    sa->anonymous = told->anonymous;
    sa->syncs = told->syncs;
    sa->round = told->round;
    sa->next_iv = told->next_iv;
    sa->own = told->own;
    sa->peer = told->peer;
    sa->suite = told->suite;
    enter_tables(endpoint, sa);
    keep_keys(endpoint, sa, keys);
    return sa;
}

static void establish(struct ike_call *call, struct ike_sa *sa, const struct ike_sa *old,
                      const char *why)
{
    const struct ike_policy *policy = call->endpoint->policy;

    if (sa->state != IKE_STATE_ESTABLISHED) {
        ike_sa_enter(call, sa, IKE_STATE_ESTABLISHED, why);
    }
    sa->established = true;
    call->endpoint->established++;
    sa->standby = false;
    call->endpoint->half_open -= sa->half_open;
    sa->half_open = false;
    sa->last_heard = call->now;
    if (!old) {
        /* What IKE_AUTH announces; a successor's window is 1 until it is announced anew (§1.3.2).
         */
        ike_window_widen(&sa->peer, ike_window_announced(policy));
    }

    struct ike_action *action = ike_actions_add(call->actions, IKE_ACTION_SA_ESTABLISHED);

    action->sa.ike_sa = sa->id;
    action->sa.initiator = sa->initiator;
    action->sa.replaces = old ? old->id : 0;
    if (policy->dpd_delay) {
        ike_actions_timer(call->actions, sa->id, IKE_TIMER_LIVENESS, 0, policy->dpd_delay);
    }
    drop_auth_keys(call->endpoint, sa);
    ike_nat_watch(call, sa);
    ike_lifetime_watch_sa(call, sa);
}

void ike_sa_establish(struct ike_call *call, struct ike_sa *sa, const char *why)
{
    establish(call, sa, NULL, why);
}

/* Every one that ESP has: an offer is an exchange of the old SA, and none is under way (§2.25.1).
 */
static void inherit_children(struct ike_sa *old, struct ike_sa *sa)
{
    assert(!sa->children && old->child_total == old->child_count);
    sa->children = old->children;
    sa->child_count = old->child_count;
    sa->child_total = old->child_total;
    old->children = NULL;
    old->child_count = old->child_total = 0;
    for (struct ike_child *child = sa->children; child; child = child->next) {
        child->sa = sa;
    }
}

void ike_sa_stand_by(struct ike_call *call, struct ike_sa *sa, const char *why)
{
    ike_sa_enter(call, sa, IKE_STATE_ESTABLISHED, why);
    sa->standby = true;
    sa->last_heard = call->now;
    ike_sa_free_setup(call->endpoint, sa);
}

void ike_sa_expect_delete(struct ike_call *call, const struct ike_sa *sa)
{
    ike_actions_timer(call->actions, sa->id, IKE_TIMER_LEFTOVER, 0,
                      call->endpoint->policy->response_keep);
}

void ike_sa_end_leftover(struct ike_call *call, struct ike_sa *sa)
{
    if (sa->state == IKE_STATE_ESTABLISHED && (sa->replaced || sa->standby)) {
        ike_sa_close(call, sa, "the peer was to delete it, and has not");
    }
}

void ike_sa_succeed(struct ike_call *call, struct ike_sa *old, struct ike_sa *sa)
{
    old->replaced = true;
    sa->anonymous = old->anonymous;
    ike_sa_set_peer_identity(call, sa, old->peer_id_type,
                             crypto_bytes(old->peer_id, old->peer_id_len));
    inherit_children(old, sa);
    ike_config_inherit(call->endpoint, old, sa);
    ike_mobike_inherit(call->endpoint, old, sa);
    ike_tasks_inherit(call, old, sa);
    ike_tell_sa_rekeyed(call, old, sa);
    ike_reauth_inherit(call, old, sa);
    ike_redirect_inherit(call, old, sa);
    ike_ticket_rekeyed(call, old, sa);
    establish(call, sa, old, "it takes the place of an older IKE SA");
    sa->announce = ike_window_announced(call->endpoint->policy) > 1;
    ike_sa_free_setup(call->endpoint, sa);
}

void ike_sa_free_setup(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    struct ike_setup *setup = sa->setup;

    if (!setup) {
        return;
    }
    crypto_kex_free(setup->kex);
    ike_kept_free(endpoint, setup->peer_public);
    ike_sent_free(endpoint, setup->own_message);
    ike_eap_free(endpoint, setup->eap);
    ike_kept_free(endpoint, setup->first);
    ike_kept_free(endpoint, setup->peer_id);
    ike_kept_free(endpoint, setup->unmixed);
    ike_session_free(endpoint, setup->session);
    ike_give(endpoint, setup->peer_message, setup->peer_message_len);
    ike_give(endpoint, setup, sizeof(*setup));
    sa->setup = NULL;
}

const struct ike_rare *ike_sa_rare(const struct ike_sa *sa)
{
    static const struct ike_rare none;

    return sa->rare ? sa->rare : &none;
}

struct ike_rare *ike_sa_make_rare(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    if (!sa->rare) {
        sa->rare = ike_take(endpoint, sizeof(*sa->rare));
    }
    return sa->rare;
}

/* Keys and all that a closed SA has no use for. */
static void free_contents(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    ike_tasks_free(endpoint, sa);
    while (sa->series) {
        struct ike_series *series = sa->series;

        ike_series_take(sa, series);
        ike_series_free(endpoint, series);
    }
    ike_children_free(endpoint, sa);
    ike_config_free(endpoint, sa);
    ike_sync_free(endpoint, sa);
    ike_mobike_free(endpoint, sa);
    if (ike_sa_rare(sa)->qcd_token) {
        ike_give(endpoint, sa->rare->qcd_token, IKE_QCD_TOKEN_LEN);
        sa->rare->qcd_token = NULL;
    }
    ike_sa_free_setup(endpoint, sa);
    ike_fragments_free(endpoint, sa);
    ike_give(endpoint, sa->peer_id, sa->peer_id_len);
    sa->peer_id = NULL;
    sa->peer_id_len = 0;
    ike_index_remove(&endpoint->by_remote, &sa->by_remote);
    ike_index_remove(&endpoint->by_identity, &sa->by_identity);
    free_keys(endpoint, sa);
}

/* A copy of a request may still come: one whose response is kept, or the ones that made the SA,
 * which would make another. */
static bool may_be_asked_again(const struct ike_sa *sa)
{
    return sa->responses.used || (sa->established && !sa->initiator && !sa->successor);
}

void ike_sa_close(struct ike_call *call, struct ike_sa *sa, const char *why)
{
    assert(sa->state != IKE_STATE_CLOSED);
    ike_rekey_abandon(call, sa);
    ike_tasks_drop(call, sa, why);
    ike_series_drop_all(call, sa, why);
    for (struct ike_child *child = sa->children, *next; child; child = next) {
        next = child->next;
        if (child->state != IKE_CHILD_OFFERED) {
            ike_child_remove(call, sa, child, why);
        }
    }
    ike_sa_enter(call, sa, IKE_STATE_CLOSED, why);
    ike_reauth_closed(call, sa);
    call->endpoint->established -= sa->established;
    free_contents(call->endpoint, sa);
    sa->last_heard = call->now;
    if (may_be_asked_again(sa)) {
        ike_responses_watch(call, sa);
    } else {
        ike_sa_retire(call, sa);
    }

    if (sa->successor && !sa->established) {
        return; /* a rival: nobody has been told of it */
    }

    struct ike_action *action = ike_actions_add(call->actions, IKE_ACTION_SA_GONE);

    action->sa.ike_sa = sa->id;
    action->sa.initiator = sa->initiator;
    action->sa.established = sa->established;
    action->sa.why = why;
}

void ike_sa_retire(struct ike_call *call, struct ike_sa *sa)
{
    assert(sa->state == IKE_STATE_CLOSED);
    sa->next_closed = call->closed;
    call->closed = sa;
}

void ike_sa_forget(struct ike_call *call, struct ike_sa *sa, const char *why)
{
    if (sa->state != IKE_STATE_CLOSED) {
        ike_sa_close(call, sa, why);
    }
    if (may_be_asked_again(sa)) { /* else it has been retired */
        ike_responses_free(call->endpoint, sa);
        ike_sa_retire(call, sa);
    }
}

void ike_sa_free(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    free_contents(endpoint, sa);
    ike_responses_free(endpoint, sa);
    ike_index_remove(&endpoint->by_id, &sa->by_id);
    ike_index_remove(&endpoint->by_spi, &sa->by_spi);
    ike_index_remove(&endpoint->by_request, &sa->by_request);
    endpoint->half_open -= sa->half_open;
    ike_window_dispose(&sa->own);
    ike_window_dispose(&sa->peer);
    if (sa->rare) {
        ike_give(endpoint, sa->rare, sizeof(*sa->rare));
    }
    crypto_wipe(sa, sizeof(*sa));
    ike_give(endpoint, sa, sizeof(*sa));
}

void ike_sa_discard(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    assert(sa->state == IKE_STATE_NONE);
    ike_sa_free(endpoint, sa);
    endpoint->last_id--;
}

/* ---- what it knows ---- */

void ike_sa_message_key(const struct ike_sa *sa, bool outbound, struct crypto_packet_key *key)
{
    bool by_initiator = sa->initiator == outbound;

    crypto_packet_key_set(key, &sa->suite,
                          crypto_sk(sa->keys, by_initiator ? CRYPTO_SK_EI : CRYPTO_SK_ER),
                          crypto_sk(sa->keys, by_initiator ? CRYPTO_SK_AI : CRYPTO_SK_AR));
}

void ike_sa_set_peer_identity(struct ike_call *call, struct ike_sa *sa, uint8_t type,
                              struct crypto_bytes data)
{
    assert(!sa->peer_id && data.len <= IKE_ID_MAX);
    sa->peer_id = ike_take(call->endpoint, data.len);
    sa->peer_id_len = (uint16_t)data.len;
    sa->peer_id_type = type;
    if (data.len > 0) {
        memcpy(sa->peer_id, data.data, data.len);
    }
    if (sa->anonymous) {
        return; /* a name that nobody vouches for finds nothing (RFC 7619 §2.3) */
    }
    ike_index_insert(&call->endpoint->by_identity, &sa->by_identity, ike_identity_hash(type, data));
}

uint32_t ike_window_announced(const struct ike_policy *policy)
{
    if (policy->window > IKE_WINDOW_MAX) {
        return IKE_WINDOW_MAX;
    }
    return policy->window ? policy->window : 1;
}

void ike_sa_announce_window(struct ike_call *call, struct ike_sa *sa)
{
    uint32_t size = ike_window_announced(call->endpoint->policy);
    uint8_t octets[4];

    sa->announce = false;
    if (size == 1) {
        return;
    }
    ike_store_u32(octets, size);
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_SET_WINDOW_SIZE,
                     crypto_bytes(octets, sizeof(octets)));
    ike_tell_window_announced(call, sa, true, size);
    if (sa->state == IKE_STATE_ESTABLISHED) {
        ike_window_widen(&sa->peer, size);
    }
}

void ike_sa_take_window_size(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *notify =
        ike_message_find_notify(&call->message, IKE_NOTIFY_SET_WINDOW_SIZE);

    /* Four octets and at least 1; anything else asserts nothing. */
    if (!notify || notify->notify.data.len != 4 || ike_load_u32(notify->notify.data.data) == 0) {
        return;
    }
    uint32_t size = ike_load_u32(notify->notify.data.data);

    ike_tell_window_announced(call, sa, false, size);
    ike_window_widen(&sa->own, size);
}

/* ---- finding ---- */

struct ike_sa *ike_sa_by_id(const struct ike_endpoint *endpoint, uint64_t id)
{
    struct ike_index_node *node = ike_index_find(&endpoint->by_id, id);

    return node ? IKE_INDEX_OF(node, struct ike_sa, by_id) : NULL;
}

struct ike_sa *ike_sa_by_spi(const struct ike_endpoint *endpoint, uint64_t own_spi)
{
    struct ike_index_node *node = ike_index_find(&endpoint->by_spi, own_spi);

    return node ? IKE_INDEX_OF(node, struct ike_sa, by_spi) : NULL;
}

static uint64_t request_key(const struct ike_address *source, uint64_t spi_i)
{
    return ike_hash(ike_address_hash(source), &source->port, sizeof(source->port)) ^ spi_i;
}

struct ike_sa *ike_sa_by_request(const struct ike_endpoint *endpoint,
                                 const struct ike_address *source, uint64_t spi_i,
                                 uint64_t request_hash)
{
    struct ike_index_node *node = ike_index_find(&endpoint->by_request, request_key(source, spi_i));

    for (; node; node = ike_index_next(node)) {
        struct ike_sa *sa = IKE_INDEX_OF(node, struct ike_sa, by_request);

        if (sa->spi_i == spi_i && sa->request_hash == request_hash) {
            return sa;
        }
    }
    return NULL;
}

void ike_sa_index_request(struct ike_endpoint *endpoint, struct ike_sa *sa, uint64_t request_hash)
{
    sa->request_hash = request_hash;
    ike_index_insert(&endpoint->by_request, &sa->by_request, request_key(&sa->remote, sa->spi_i));
}

bool ike_address_same_host(const struct ike_address *a, const struct ike_address *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

/* Without the port, which a NAT may choose as it likes. */
uint64_t ike_address_hash(const struct ike_address *address)
{
    uint64_t hash = ike_hash(IKE_HASH_BEGIN, &address->family, 1);

    return ike_hash(hash, address->ip, address->family == 4 ? 4 : 16);
}

uint64_t ike_identity_hash(uint8_t type, struct crypto_bytes data)
{
    return ike_hash(ike_hash(IKE_HASH_BEGIN, &type, 1), data.data, data.len);
}
