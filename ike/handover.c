#include "ike/handover.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ike/child.h"
#include "ike/config.h"
#include "ike/counter_sync.h"
#include "ike/handover_asked.h"
#include "ike/handover_past.h"
#include "ike/lifetime.h"
#include "ike/nat.h"
#include "ike/qcd.h"
#include "ike/reader.h"
#include "ike/reauth.h"
#include "ike/selectors.h"
#include "ike/tell.h"
#include "ike/writer.h"

/* The first octet; another one is not read. */
enum { FORM = 3 };

/* More than any of these parts takes. */
enum {
    SA_ROOM = 512 + sizeof(struct crypto_sk_keys),
    CHILD_ROOM = 128 + 2 * (CRYPTO_ENCR_KEY_MAX + CRYPTO_INTEG_KEY_MAX),
    SELECTOR_LEN = 38,
};

/* ---- writing ---- */

static bool can_be_told(const struct ike_sa *sa)
{
    return sa && sa->state == IKE_STATE_ESTABLISHED && !sa->standby && !sa->replaced && sa->keys;
}

/* One that ESP has, and that is not about to go without a word. */
static bool child_is_told(const struct ike_child *child)
{
    return child->state != IKE_CHILD_OFFERED && child->state != IKE_CHILD_DELETED;
}

size_t ike_endpoint_child_spis(const struct ike_endpoint *endpoint, uint64_t sa_id, uint32_t *spis,
                               size_t cap)
{
    const struct ike_sa *sa = ike_sa_by_id(endpoint, sa_id);
    size_t count = 0, at = 0;

    for (const struct ike_child *child = sa ? sa->children : NULL; child; child = child->next) {
        count += child_is_told(child);
    }
    /* The newest is first in the list. */
    for (const struct ike_child *child = sa ? sa->children : NULL; child; child = child->next) {
        if (child_is_told(child) && count - ++at < cap) {
            spis[count - at] = child->spi_in;
        }
    }
    return count;
}

size_t ike_endpoint_export_room(const struct ike_endpoint *endpoint, uint64_t sa_id)
{
    const struct ike_sa *sa = ike_sa_by_id(endpoint, sa_id);
    size_t room;

    if (!can_be_told(sa)) {
        return 0;
    }
    room = SA_ROOM + sa->peer_id_len + ike_past_room(sa) + ike_asked_room(sa);
    for (const struct ike_child *child = sa->children; child; child = child->next) {
        const struct ike_child_scope *scope = child->scope;

        room += CHILD_ROOM;
        room += scope ? ((size_t)scope->local_count + scope->remote_count) * SELECTOR_LEN : 0;
    }
    return room;
}

static uint16_t id_of(const struct crypto_transform *transform)
{
    return transform ? transform->id : 0;
}

static void write_suite(struct ike_builder *out, const struct crypto_suite *suite)
{
    ike_write_u16(out, id_of(suite->encr));
    ike_write_u16(out, suite->encr_key_bits);
    ike_write_u16(out, id_of(suite->prf));
    ike_write_u16(out, id_of(suite->integ));
    ike_write_u16(out, id_of(suite->ke));
    ike_write_u8(out, suite->esn);
}

static void write_window(struct ike_builder *out, const struct ike_window *window)
{
    ike_write_u32(out, window->size);
    ike_write_u32(out, window->next);
}

static void write_selector(struct ike_builder *out, const struct ike_selector *selector)
{
    ike_write_u8(out, selector->type);
    ike_write_u8(out, selector->ip_protocol);
    ike_write_u16(out, selector->start_port);
    ike_write_u16(out, selector->end_port);
    ike_write_bytes(out, crypto_bytes(selector->start, sizeof(selector->start)));
    ike_write_bytes(out, crypto_bytes(selector->end, sizeof(selector->end)));
}

static void write_config(struct ike_builder *out, const struct ike_config *config)
{
    ike_write_u8(out, config ? (uint8_t)config->count : 0);
    for (uint32_t i = 0; config && i < config->count; i++) {
        ike_write_u8(out, config->leased);
        ike_write_u32(out, config->addresses[i].pool);
        ike_write_u32(out, config->addresses[i].offset);
        write_selector(out, &config->addresses[i].address);
    }
}

static void write_key(struct ike_builder *out, const struct crypto_packet_key *key)
{
    ike_write_bytes(out, crypto_bytes(key->encr_key, key->encr_key_len));
    ike_write_bytes(out, crypto_bytes(key->integ_key, key->integ_key_len));
}

static void write_history(struct ike_builder *out, const struct ike_child_history *history)
{
    ike_write_u64(out, history->sequence_out);
    ike_write_u64(out, history->sequence_in);
    ike_write_u64(out, history->bytes_out);
    ike_write_u64(out, history->bytes_in);
    ike_write_u64(out, history->packets_out);
    ike_write_u64(out, history->packets_in);
}

static void write_child(struct ike_builder *out, const struct ike_policy *policy,
                        const struct ike_child *child, const struct ike_child_sa *esp)
{
    const struct ike_child_scope *scope = child->scope;
    size_t selectors = scope ? (size_t)scope->local_count + scope->remote_count : 0;

    ike_write_u16(out, (uint16_t)(child->policy - policy->children));
    ike_write_u32(out, child->spi_in);
    ike_write_u32(out, child->spi_out);
    ike_write_u32(out, child->replaces);
    ike_write_u16(out, child->ke);
    ike_write_u8(out, child->state);
    ike_write_u8(out, child->protocol);
    ike_write_u8(out, esp->transport);
    write_suite(out, &esp->suite);
    write_key(out, &esp->key_in);
    write_key(out, &esp->key_out);
    write_history(out, &esp->history);
    ike_write_u8(out, scope ? scope->local_count : 0);
    ike_write_u8(out, scope ? scope->remote_count : 0);
    for (size_t i = 0; i < selectors; i++) {
        write_selector(out, &scope->selectors[i]);
    }
}

/* All seven, though SK_pi and SK_pr are gone when AUTH is over: zeros then. */
static void write_keys(struct ike_builder *out, const struct ike_sa *sa)
{
    struct crypto_sk_keys all = {0};
    size_t len = sa->keys->at[CRYPTO_SK_COUNT];

    crypto_sk_layout(&sa->suite, &all);
    memcpy(all.bytes, sa->keys->bytes, len);
    ike_write_bytes(out, crypto_bytes(all.bytes, all.at[CRYPTO_SK_COUNT]));
    crypto_wipe(&all, sizeof(all));
}

size_t ike_endpoint_export(const struct ike_endpoint *endpoint, uint64_t sa_id,
                           const struct ike_child_sa *esp, size_t esp_count, uint8_t *out,
                           size_t cap)
{
    const struct ike_sa *sa = ike_sa_by_id(endpoint, sa_id);
    const struct ike_rare *rare;
    struct ike_builder builder = {.data = out, .cap = cap};
    size_t count_at;
    uint16_t told = 0;

    assert(can_be_told(sa));
    rare = ike_sa_rare(sa);
    ike_write_u8(&builder, FORM);
    ike_write_u64(&builder, sa->spi_i);
    ike_write_u64(&builder, sa->spi_r);
    ike_write_u8(&builder, sa->initiator);
    ike_write_u8(&builder, sa->began);
    ike_write_u8(&builder, sa->nat);
    ike_write_u8(&builder, sa->mobike);
    ike_write_u8(&builder, sa->redirect);
    ike_write_u8(&builder, sa->fragments);
    ike_write_u8(&builder, sa->anonymous);
    ike_write_u8(&builder, sa->syncs);
    ike_write_u8(&builder, sa->round);
    ike_write_u64(&builder, sa->next_iv);
    ike_write_address(&builder, &sa->local);
    ike_write_address(&builder, &sa->remote);
    write_window(&builder, &sa->own);
    write_window(&builder, &sa->peer);
    ike_write_u64(&builder, rare->reauth_at);
    ike_write_u64(&builder, rare->auth_ends);
    write_suite(&builder, &sa->suite);
    write_keys(&builder, sa);
    ike_write_u8(&builder, sa->peer_id_type);
    ike_write_u16(&builder, sa->peer_id_len);
    ike_write_bytes(&builder, crypto_bytes(sa->peer_id, sa->peer_id_len));
    ike_write_u8(&builder, rare->qcd_token != NULL);
    ike_write_bytes(&builder,
                    crypto_bytes(rare->qcd_token, rare->qcd_token ? IKE_QCD_TOKEN_LEN : 0));
    write_config(&builder, rare->config);
    count_at = builder.len;
    ike_write_u16(&builder, 0);
    for (size_t i = 0; i < esp_count; i++) {
        const struct ike_child *child = ike_child_by_spi_in(endpoint, sa, esp[i].spi_in);

        if (child && child_is_told(child)) {
            write_child(&builder, endpoint->policy, child, &esp[i]);
            told++;
        }
    }
    ike_write_u16_at(&builder, count_at, told);
    ike_past_write(&builder, sa);
    ike_asked_write(&builder, endpoint, sa);
    assert(!builder.overflow);
    return builder.len;
}

/* ---- reading ---- */

/* What an octet says that is 0 or 1. */
static bool read_flag(struct ike_reader *in, bool *flag)
{
    uint8_t octet = 0;

    if (!ike_read_u8(in, &octet) || octet > 1) {
        return false;
    }
    *flag = octet;
    return true;
}

static bool read_octets(struct ike_reader *in, uint8_t *out, size_t len)
{
    struct crypto_bytes view;

    if (!ike_read_bytes(in, len, &view)) {
        return false;
    }
    if (len > 0) {
        memcpy(out, view.data, len);
    }
    return true;
}

static void choose(struct crypto_proposal *proposal, uint8_t type, uint16_t id, uint16_t key_bits)
{
    if (id || type == CRYPTO_ESN) {
        proposal->transforms[proposal->count++] =
            (struct crypto_transform_choice){.type = type, .id = id, .key_bits = key_bits};
    }
}

/* What is no suite of that protocol is refused as a proposal of the peer's would be. */
static bool read_suite(struct ike_reader *in, uint8_t protocol, struct crypto_suite *suite)
{
    struct crypto_proposal proposal = {.protocol = protocol};
    const struct crypto_transform *row;
    uint16_t encr, bits, prf, integ, ke;
    bool esn;

    if (!ike_read_u16(in, &encr) || !ike_read_u16(in, &bits) || !ike_read_u16(in, &prf) ||
        !ike_read_u16(in, &integ) || !ike_read_u16(in, &ke) || !read_flag(in, &esn)) {
        return false;
    }
    row = crypto_transform_find(CRYPTO_ENCR, encr);
    choose(&proposal, CRYPTO_ENCR, encr, row && row->variable_key ? bits : 0);
    choose(&proposal, CRYPTO_PRF, prf, 0);
    choose(&proposal, CRYPTO_INTEG, integ, 0);
    choose(&proposal, CRYPTO_KE, ke, 0);
    if (protocol != IKE_PROTOCOL_IKE) {
        choose(&proposal, CRYPTO_ESN, esn ? CRYPTO_ESN_YES : CRYPTO_ESN_NO, 0);
    }
    return crypto_suite_resolve(&proposal, suite) && suite->esn == esn;
}

static bool read_window(struct ike_reader *in, struct ike_window *window)
{
    uint32_t next, size;

    if (!ike_read_u32(in, &size) || !ike_read_u32(in, &next) || size == 0 ||
        size > IKE_WINDOW_MAX || next >= UINT32_MAX - 2 * IKE_WINDOW_MAX) {
        return false;
    }
    ike_window_init(window);
    ike_window_widen(window, size);
    ike_window_advance(window, next);
    return true;
}

static bool read_selector(struct ike_reader *in, struct ike_selector *selector)
{
    return ike_read_u8(in, &selector->type) && ike_read_u8(in, &selector->ip_protocol) &&
           ike_read_u16(in, &selector->start_port) && ike_read_u16(in, &selector->end_port) &&
           read_octets(in, selector->start, sizeof(selector->start)) &&
           read_octets(in, selector->end, sizeof(selector->end)) &&
           ike_selector_address_len(selector->type) != 0;
}

/* An IKE SA as it is read, before anything of it is in the tables. */
struct told {
    struct ike_sa sa;
    struct crypto_sk_keys keys;
    struct ike_rare rare; /* of the SA */
    struct crypto_bytes peer_id, token;
    struct ike_config config;
    uint16_t child_count;
};

static bool read_config(struct ike_reader *in, struct ike_config *config)
{
    uint8_t count;

    if (!ike_read_u8(in, &count) || count > IKE_CONFIG_ADDRESSES_MAX) {
        return false;
    }
    config->count = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!read_flag(in, &config->leased) || !ike_read_u32(in, &config->addresses[i].pool) ||
            !ike_read_u32(in, &config->addresses[i].offset) ||
            !read_selector(in, &config->addresses[i].address)) {
            return false;
        }
    }
    return true;
}

static bool read_identity(struct ike_reader *in, struct told *told)
{
    uint16_t id_len;
    bool has_token;

    return ike_read_u8(in, &told->sa.peer_id_type) && ike_read_u16(in, &id_len) &&
           id_len <= IKE_ID_MAX && ike_read_bytes(in, id_len, &told->peer_id) &&
           read_flag(in, &has_token) &&
           ike_read_bytes(in, has_token ? IKE_QCD_TOKEN_LEN : 0, &told->token);
}

static bool read_sa(struct ike_reader *in, struct told *told)
{
    struct ike_sa *sa = &told->sa;
    uint8_t form;

    if (!ike_read_u8(in, &form) || form != FORM || !ike_read_u64(in, &sa->spi_i) ||
        !ike_read_u64(in, &sa->spi_r) || !read_flag(in, &sa->initiator) ||
        !read_flag(in, &sa->began) || !ike_read_u8(in, &sa->nat) || !read_flag(in, &sa->mobike) ||
        !ike_read_u8(in, &sa->redirect) || sa->redirect >= IKE_REDIRECT_ROLES ||
        !read_flag(in, &sa->fragments) || !read_flag(in, &sa->anonymous) ||
        !ike_read_u8(in, &sa->syncs) || !ike_read_u8(in, &sa->round) ||
        !ike_read_u64(in, &sa->next_iv) || !ike_read_address(in, &sa->local) ||
        !ike_read_address(in, &sa->remote) || !read_window(in, &sa->own) ||
        !read_window(in, &sa->peer) || !ike_read_u64(in, &told->rare.reauth_at) ||
        !ike_read_u64(in, &told->rare.auth_ends) || !read_suite(in, IKE_PROTOCOL_IKE, &sa->suite)) {
        return false;
    }
    if (sa->spi_i == 0 || sa->spi_r == 0) {
        return false;
    }
    crypto_sk_layout(&sa->suite, &told->keys);
    return read_octets(in, told->keys.bytes, told->keys.at[CRYPTO_SK_COUNT]) &&
           read_identity(in, told) && read_config(in, &told->config) &&
           ike_read_u16(in, &told->child_count) && told->child_count <= IKE_CHILDREN_MAX;
}

static bool read_key(struct ike_reader *in, const struct crypto_suite *suite,
                     struct crypto_packet_key *key)
{
    size_t encr_len = suite->encr ? suite->encr_key_bits / 8u + (size_t)suite->encr->salt_len : 0;
    struct crypto_bytes encr, integ;

    if (!ike_read_bytes(in, encr_len, &encr) ||
        !ike_read_bytes(in, suite->integ ? suite->integ->key_len : 0, &integ)) {
        return false;
    }
    crypto_packet_key_set(key, suite, encr, integ);
    return true;
}

static bool read_history(struct ike_reader *in, struct ike_child_history *history)
{
    return ike_read_u64(in, &history->sequence_out) && ike_read_u64(in, &history->sequence_in) &&
           ike_read_u64(in, &history->bytes_out) && ike_read_u64(in, &history->bytes_in) &&
           ike_read_u64(in, &history->packets_out) && ike_read_u64(in, &history->packets_in);
}

/* A CHILD SA as it is read; its selectors, if it has its own, are still to come. */
struct told_child {
    struct ike_child child;
    struct ike_child_sa esp;
    uint16_t policy;
    uint8_t local_count, remote_count;
};

static bool read_child(struct ike_reader *in, const struct ike_policy *policy,
                       struct told_child *out)
{
    struct ike_child *child = &out->child;
    struct ike_child_sa *esp = &out->esp;

    if (!ike_read_u16(in, &out->policy) || out->policy >= policy->child_count ||
        !ike_read_u32(in, &child->spi_in) || !ike_read_u32(in, &child->spi_out) ||
        !ike_read_u32(in, &child->replaces) || !ike_read_u16(in, &child->ke) ||
        !ike_read_u8(in, &child->state) || !ike_read_u8(in, &child->protocol) ||
        child->protocol == IKE_PROTOCOL_IKE || !read_flag(in, &esp->transport) ||
        !read_suite(in, child->protocol, &esp->suite)) {
        return false;
    }
    return child->state != IKE_CHILD_OFFERED && child->state < IKE_CHILD_DELETED &&
           read_key(in, &esp->suite, &esp->key_in) && read_key(in, &esp->suite, &esp->key_out) &&
           read_history(in, &esp->history) && ike_read_u8(in, &out->local_count) &&
           ike_read_u8(in, &out->remote_count) && out->local_count <= IKE_SELECTORS_MAX &&
           out->remote_count <= IKE_SELECTORS_MAX &&
           (out->local_count == 0) == (out->remote_count == 0);
}

static bool read_selectors(struct ike_reader *in, size_t count, struct ike_selector *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!read_selector(in, &out[i])) {
            return false;
        }
    }
    return true;
}

/* Looks at all before anything is done. */
static bool is_sound(const struct ike_endpoint *endpoint, struct crypto_bytes record)
{
    struct ike_reader in = ike_reader(record);
    struct told told = {0};
    struct ike_told_spis spis = {0};
    bool sound = read_sa(&in, &told);

    for (uint16_t i = 0; sound && i < told.child_count; i++) {
        struct ike_selector selectors[2 * IKE_SELECTORS_MAX];
        struct told_child child = {0};

        sound = read_child(&in, endpoint->policy, &child) &&
                read_selectors(&in, (size_t)child.local_count + child.remote_count, selectors) &&
                ike_told_spis_add(&spis, endpoint, child.child.spi_in);
        crypto_wipe(&child, sizeof(child));
    }
    sound = sound && ike_past_read(&in, NULL, &told.sa) &&
            ike_asked_read(&in, endpoint, &spis, NULL, &told.sa) && ike_reader_left(&in) == 0;
    crypto_wipe(&told, sizeof(told));
    return sound;
}

/* ---- going on ---- */

static uint64_t skip(uint64_t sequence, uint64_t delta)
{
    return sequence > UINT64_MAX - delta ? UINT64_MAX : sequence + delta;
}

/* A rekey that was under way is forgotten; what either end was to delete, it still is. */
static uint8_t settled_state(uint8_t state)
{
    return state == IKE_CHILD_REPLACED || state == IKE_CHILD_REDUNDANT ||
                   state == IKE_CHILD_DELETING
               ? state
               : IKE_CHILD_INSTALLED;
}

/* Hands it to ESP. */
static void install(struct ike_call *call, const struct ike_sa *sa, const struct ike_child *child,
                    struct ike_child_sa *esp)
{
    uint64_t delta = call->endpoint->policy->counter_delta;

    esp->ike_sa = sa->id;
    esp->name = child->policy->name;
    esp->spi_in = child->spi_in;
    esp->spi_out = child->spi_out;
    esp->protocol = child->protocol;
    esp->replay_window = child->policy->replay_window;
    esp->local = sa->local;
    esp->remote = sa->remote;
    esp->udp = ike_nat_encapsulates(sa);
    esp->history.sequence_out = skip(esp->history.sequence_out, delta);
    if (sa->syncs & IKE_SYNC_REPLAY) {
        esp->history.sequence_in = skip(esp->history.sequence_in, delta);
    }
    ike_tell_child_installed(call, sa, child, esp);
    ike_lifetime_watch_child(call, sa, child, esp);
    ike_actions_add(call->actions, IKE_ACTION_CHILD_INSTALL)->install = esp;
}

static void adopt_child(struct ike_call *call, struct ike_sa *sa, struct ike_reader *in)
{
    struct ike_selector own[2 * IKE_SELECTORS_MAX];
    const struct ike_policy *policy = call->endpoint->policy;
    struct ike_child_side local, remote;
    struct told_child told = {0};
    bool sound = read_child(in, policy, &told) &&
                 read_selectors(in, (size_t)told.local_count + told.remote_count, own);
    struct ike_child_sa *esp;
    struct ike_selector *list;
    struct ike_child *child;

    assert(sound);
    (void)sound;
    told.child.state = settled_state(told.child.state);
    child = ike_child_adopt(call, sa, &policy->children[told.policy], &told.child);
    ike_child_side(call->endpoint, child->policy, sa, true, &local);
    ike_child_side(call->endpoint, child->policy, sa, false, &remote);
    if (told.local_count > 0) {
        local.list = own;
        local.count = told.local_count;
        remote.list = own + told.local_count;
        remote.count = told.remote_count;
    }
    esp = malloc(sizeof(*esp) + (local.count + remote.count) * sizeof(*list));
    assert(esp);
    *esp = told.esp;
    crypto_wipe(&told, sizeof(told));
    list = (struct ike_selector *)(esp + 1);
    memcpy(list, local.list, local.count * sizeof(*list));
    memcpy(list + local.count, remote.list, remote.count * sizeof(*list));
    esp->local_ts_count = (uint8_t)local.count;
    esp->remote_ts_count = (uint8_t)remote.count;
    esp->local_ts = list;
    esp->remote_ts = list + local.count;
    ike_child_keep_scope(call->endpoint, child, esp);
    install(call, sa, child, esp);
}

/* 1 if CHILD SAs have extended sequence numbers, 0 if none has; -1 if some have: they cannot be
 * synchronised (RFC 6311 §6.4). */
static int extended(const struct ike_actions *actions)
{
    int esn = -2;

    for (size_t i = 0; i < actions->count; i++) {
        const struct ike_action *action = &actions->items[i];

        if (action->kind == IKE_ACTION_CHILD_INSTALL) {
            int own = action->install->suite.esn;

            esn = esn == -2 || esn == own ? own : -1;
        }
    }
    return esn == -2 ? 0 : esn;
}

static void adopt_rest(struct ike_call *call, struct ike_sa *sa, const struct told *told)
{
    struct ike_endpoint *endpoint = call->endpoint;

    ike_sa_set_peer_identity(call, sa, told->sa.peer_id_type, told->peer_id);
    if (told->token.len) {
        struct ike_rare *rare = ike_sa_make_rare(endpoint, sa);

        rare->qcd_token = ike_take(endpoint, IKE_QCD_TOKEN_LEN);
        memcpy(rare->qcd_token, told->token.data, IKE_QCD_TOKEN_LEN);
    }
    ike_config_adopt(endpoint, sa, &told->config);
}

static void adopt_past(struct ike_call *call, struct ike_sa *sa, struct ike_reader *in)
{
    bool sound = ike_past_read(in, call, sa) && ike_asked_read(in, call->endpoint, NULL, call, sa);

    assert(sound);
    (void)sound;
}

/* The Delete was never sent; or the answer will not come, for the counters have moved on. */
static void delete_anew(struct ike_call *call, struct ike_sa *sa)
{
    for (struct ike_child *child = sa->children; child; child = child->next) {
        if (child->state == IKE_CHILD_DELETING && !ike_task_deleting(sa, child->spi_in)) {
            ike_child_delete(call, sa, child);
        }
    }
}

uint64_t ike_endpoint_import(struct ike_endpoint *endpoint, uint64_t now,
                             struct crypto_bytes record, struct ike_actions *actions,
                             const char **why)
{
    struct ike_reader in = ike_reader(record);
    struct told told = {0};
    struct ike_sa *sa;
    struct ike_call call;
    int esn;

    if (!is_sound(endpoint, record) || !read_sa(&in, &told)) {
        *why = "these are not the octets of an IKE SA";
        return 0;
    }
    if (ike_sa_by_spi(endpoint, ike_sa_own_spi(&told.sa))) {
        *why = "the IKE SA is here already";
        crypto_wipe(&told, sizeof(told));
        return 0;
    }
    ike_call_begin(&call, endpoint, now, actions);
    crypto_ledger_add(call.costs, CRYPTO_COST_PARSE, 0, (uint32_t)record.len);
    told.sa.next_iv += IKE_IV_SKIP;
    ike_draw_anew(&told.sa); /* none is made twice */
    sa = ike_sa_adopt(&call, &told.sa, &told.keys);
    actions->sa = sa->id;
    adopt_rest(&call, sa, &told);
    sa->child_count = told.child_count; /* for the event; counted anew below */
    ike_tell_sa_taken_over(&call, sa);
    sa->child_count = 0;
    ike_sa_establish(&call, sa, "it is taken over from another member of the cluster");
    told.sa.rare = &told.rare;
    ike_reauth_inherit(&call, &told.sa, sa);
    for (uint16_t i = 0; i < told.child_count; i++) {
        adopt_child(&call, sa, &in);
    }
    adopt_past(&call, sa, &in);
    crypto_wipe(&told, sizeof(told));
    esn = extended(actions);
    sa->syncs &= esn < 0 ? (uint8_t)~IKE_SYNC_REPLAY : UINT8_MAX;
    ike_sync_begin(&call, sa, esn > 0);
    delete_anew(&call, sa);
    ike_call_end(&call);
    return sa->id;
}
