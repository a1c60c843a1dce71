#include "ike/ticket.h"

#include <assert.h>
#include <string.h>

#include "crypto/kdf.h"
#include "ike/octets.h"
#include "ike/reader.h"
#include "ike/tell.h"
#include "ike/writer.h"

static const uint64_t second = 1000000000;

/* Days: the key that seals tickets changes, and those of the days before are found again (§9.5). */
#define KEY_PERIOD (UINT64_C(86400) * second)

/*
 * A ticket: key identity, IV, what is sealed, ICV. The key identity is covered by the ICV.
 *
 *     0        4              12                                        -16
 *     | key id | IV, random   | form, expires, SPIs, suite, SK_d, ID ... | ICV |
 */
enum {
    KEY_ID_LEN = 4,
    IV_LEN = 8,
    ICV_LEN = 16,
    FORM = 1,
    /* A ticket goes only with a message that stays below the smallest MTU of IPv6. */
    ROOM = 1200,
};

/* A client's. */
struct ticket {
    struct ticket *next;
    struct ike_address remote;
    uint64_t sa; /* id of the IKE SA that it was given in */
    struct ike_session session;
};

struct ike_tickets {
    struct ticket *kept;
    size_t spent_count, spent_cap, spent_next; /* a ring when it is full */
    uint64_t *spent;
};

static struct ike_tickets *tickets_of(struct ike_endpoint *endpoint)
{
    if (!endpoint->tickets) {
        endpoint->tickets = ike_take(endpoint, sizeof(*endpoint->tickets));
    }
    return endpoint->tickets;
}

static void build_notify(struct ike_call *call, uint16_t type)
{
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), type, crypto_bytes(NULL, 0));
}

bool ike_ticket_is_giver(const struct ike_endpoint *endpoint)
{
    const struct ike_secrets *secrets = endpoint->self->secrets;

    return endpoint->policy->tickets && secrets && secrets->tickets.len > 0;
}

/* ---- sealing ---- */

static void ticket_key(struct ike_call *call, uint32_t key_id, struct crypto_packet_key *key)
{
    const struct crypto_transform *prf =
        crypto_transform_find(CRYPTO_PRF, CRYPTO_PRF_HMAC_SHA2_256);
    struct crypto_suite suite = {
        .encr = crypto_transform_find(CRYPTO_ENCR, CRYPTO_ENCR_AES_GCM_16),
        .encr_key_bits = 128,
    };
    uint8_t octets[KEY_ID_LEN], out[CRYPTO_PRF_MAX];
    const struct crypto_bytes parts[] = {crypto_bytes("ticket", 6),
                                         crypto_bytes(octets, sizeof(octets))};

    assert(ike_ticket_is_giver(call->endpoint));
    ike_store_u32(octets, key_id);
    crypto_prf(call->endpoint->crypto, prf, call->endpoint->self->secrets->tickets, parts, 2, out,
               call->costs);
    crypto_packet_key_set(key, &suite, crypto_bytes(out, 16 + suite.encr->salt_len),
                          crypto_bytes(NULL, 0));
    crypto_wipe(out, sizeof(out));
}

static uint16_t id_of(const struct crypto_transform *transform)
{
    return transform ? transform->id : 0;
}

static void write_session(struct ike_builder *out, const struct ike_sa *sa, uint64_t expires,
                          enum ike_auth_kind auth)
{
    ike_write_u8(out, FORM);
    ike_write_u64(out, expires);
    ike_write_u64(out, sa->spi_i);
    ike_write_u64(out, sa->spi_r);
    ike_write_u16(out, id_of(sa->suite.encr));
    ike_write_u16(out, sa->suite.encr_key_bits);
    ike_write_u16(out, id_of(sa->suite.prf));
    ike_write_u16(out, id_of(sa->suite.integ));
    ike_write_u16(out, id_of(sa->suite.ke));
    ike_write_bytes(out, crypto_sk(sa->keys, CRYPTO_SK_D));
    ike_write_u8(out, (uint8_t)auth);
    ike_write_u8(out, sa->peer_id_type);
    ike_write_u16(out, sa->peer_id_len);
    ike_write_bytes(out, crypto_bytes(sa->peer_id, sa->peer_id_len));
}

/* Returns its length. */
static size_t seal(struct ike_call *call, const struct ike_sa *sa, uint64_t expires,
                   uint8_t out[IKE_TICKET_MAX])
{
    struct ike_builder builder = {.data = out, .cap = IKE_TICKET_MAX - ICV_LEN};
    uint32_t key_id = (uint32_t)(call->now / KEY_PERIOD);
    const struct ike_header *asked = &call->message.header;
    struct crypto_draw draw =
        ike_draw(sa, asked->exchange, true, asked->message_id, CRYPTO_DRAW_TICKET);
    struct crypto_packet_key key;
    size_t len;

    ike_write_u32(&builder, key_id);
    crypto_entropy_fill(&call->endpoint->entropy, &draw, ike_write_room(&builder, IV_LEN), IV_LEN);
    write_session(&builder, sa, expires, call->endpoint->policy->auth.remote);
    assert(!builder.overflow);
    ticket_key(call, key_id, &key);
    len = crypto_packet_seal(call->endpoint->crypto, &key, out, KEY_ID_LEN,
                             builder.len - KEY_ID_LEN - IV_LEN, call->costs);
    crypto_wipe(&key, sizeof(key));
    assert(len == builder.len + ICV_LEN);
    return len;
}

/* ---- opening ---- */

static void choose(struct crypto_proposal *proposal, uint8_t type, uint16_t id, uint16_t key_bits)
{
    if (id) {
        proposal->transforms[proposal->count++] =
            (struct crypto_transform_choice){.type = type, .id = id, .key_bits = key_bits};
    }
}

static bool read_suite(struct ike_reader *in, struct crypto_suite *suite)
{
    struct crypto_proposal proposal = {.protocol = CRYPTO_PROTO_IKE};
    const struct crypto_transform *row;
    uint16_t encr, bits, prf, integ, ke;

    if (!ike_read_u16(in, &encr) || !ike_read_u16(in, &bits) || !ike_read_u16(in, &prf) ||
        !ike_read_u16(in, &integ) || !ike_read_u16(in, &ke)) {
        return false;
    }
    row = crypto_transform_find(CRYPTO_ENCR, encr);
    choose(&proposal, CRYPTO_ENCR, encr, row && row->variable_key ? bits : 0);
    choose(&proposal, CRYPTO_PRF, prf, 0);
    choose(&proposal, CRYPTO_INTEG, integ, 0);
    choose(&proposal, CRYPTO_KE, ke, 0);
    return crypto_suite_resolve(&proposal, suite);
}

static bool read_session(struct crypto_bytes plain, struct ike_session *session)
{
    struct ike_reader in = ike_reader(plain);
    struct crypto_bytes sk_d, id;
    uint8_t form;

    if (!ike_read_u8(&in, &form) || form != FORM || !ike_read_u64(&in, &session->expires) ||
        !ike_read_u64(&in, &session->spi_i) || !ike_read_u64(&in, &session->spi_r) ||
        !read_suite(&in, &session->suite) ||
        !ike_read_bytes(&in, session->suite.prf->key_len, &sk_d) ||
        !ike_read_u8(&in, &session->auth) || !ike_read_u8(&in, &session->peer_id_type) ||
        !ike_read_u16(&in, &session->peer_id_len) || session->peer_id_len > IKE_ID_MAX ||
        !ike_read_bytes(&in, session->peer_id_len, &id)) {
        return false;
    }
    memcpy(session->sk_d, sk_d.data, sk_d.len);
    memcpy(session->peer_id, id.data, id.len);
    return ike_reader_left(&in) == 0;
}

static bool is_spent(const struct ike_endpoint *endpoint, uint64_t hash)
{
    const struct ike_tickets *tickets = endpoint->tickets;

    for (size_t i = 0; tickets && i < tickets->spent_count; i++) {
        if (tickets->spent[i] == hash) {
            return true;
        }
    }
    return false;
}

bool ike_ticket_open(struct ike_call *call, struct crypto_bytes ticket, struct ike_session *session,
                     const char **why)
{
    struct ike_endpoint *endpoint = call->endpoint;
    struct crypto_packet_key key;
    uint8_t octets[IKE_TICKET_MAX];
    struct crypto_bytes plain;
    bool authentic;

    *session = (struct ike_session){.hash = ike_hash(IKE_HASH_BEGIN, ticket.data, ticket.len)};
    if (ticket.len < KEY_ID_LEN + IV_LEN + ICV_LEN || ticket.len > sizeof(octets)) {
        *why = "it is none of this gateway's: too short or too long";
        return false;
    }
    memcpy(octets, ticket.data, ticket.len);
    ticket_key(call, ike_load_u32(octets), &key);
    authentic = crypto_packet_open(endpoint->crypto, &key, octets, ticket.len, KEY_ID_LEN, &plain,
                                   call->costs) == CRYPTO_OPEN_OK;
    crypto_wipe(&key, sizeof(key));
    if (!authentic || !read_session(plain, session)) {
        *why = "it is none of this gateway's, or was changed";
    } else if (session->expires <= call->now) {
        *why = "its lifetime is over";
    } else if (session->auth != endpoint->policy->auth.remote) {
        *why = "the policy wants another proof by now";
    } else if (is_spent(endpoint, session->hash)) {
        *why = "it has been used before";
    } else {
        crypto_wipe(octets, sizeof(octets));
        return true;
    }
    crypto_wipe(octets, sizeof(octets));
    return false;
}

void ike_ticket_spend(struct ike_endpoint *endpoint, uint64_t hash)
{
    struct ike_tickets *tickets = tickets_of(endpoint);

    if (tickets->spent_count < IKE_SPENT_TICKETS_MAX) {
        if (tickets->spent_count == tickets->spent_cap) {
            size_t cap = tickets->spent_cap ? tickets->spent_cap * 2 : 16;
            uint64_t *grown = ike_take(endpoint, cap * sizeof(*grown));

            if (tickets->spent_cap) {
                memcpy(grown, tickets->spent, tickets->spent_cap * sizeof(*grown));
                ike_give(endpoint, tickets->spent, tickets->spent_cap * sizeof(*grown));
            }
            tickets->spent = grown;
            tickets->spent_cap = cap;
        }
        tickets->spent[tickets->spent_count++] = hash;
        return;
    }
    tickets->spent[tickets->spent_next] = hash;
    tickets->spent_next = (tickets->spent_next + 1) % IKE_SPENT_TICKETS_MAX;
}

/* ---- the gateway ---- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return b && b < a ? b : a;
}

/* No longer than the IKE SA, and the proof of who is at its other end (§6.2). */
static uint64_t lifetime_of(const struct ike_call *call, const struct ike_sa *sa)
{
    const struct ike_policy *policy = call->endpoint->policy;
    uint64_t lifetime = policy->ticket_lifetime;

    if (policy->rekey_time) {
        lifetime = least(lifetime, policy->rekey_time + policy->over_time);
    }
    uint64_t ends = ike_sa_rare(sa)->auth_ends;

    return ends > call->now ? least(lifetime, ends - call->now) : lifetime;
}

static void grant(struct ike_call *call, struct ike_sa *sa)
{
    uint64_t lifetime = lifetime_of(call, sa) / second * second;
    uint8_t data[4 + IKE_TICKET_MAX];
    struct crypto_bytes ticket =
        crypto_bytes(data + 4, seal(call, sa, call->now + lifetime, data + 4));

    if (call->message.header.exchange == IKE_EXCHANGE_IKE_AUTH && !sa->fragments &&
        call->builder.len + ticket.len > ROOM) {
        build_notify(call, IKE_NOTIFY_TICKET_ACK);
        ike_tell_ticket(call, sa->spi_i, "acked",
                        &(struct ike_ticket_facts){
                            .why = "with a ticket the message would not fit into a datagram"});
        return;
    }
    ike_store_u32(data, (uint32_t)(lifetime / second));
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_TICKET_LT_OPAQUE,
                     crypto_bytes(data, 4 + ticket.len));
    ike_tell_ticket(call, sa->spi_i, "granted",
                    &(struct ike_ticket_facts){.ticket = ticket,
                                               .lifetime = lifetime,
                                               .sk_d = crypto_sk(sa->keys, CRYPTO_SK_D),
                                               .why = "the client asks for one"});
}

void ike_ticket_answer(struct ike_call *call, struct ike_sa *sa)
{
    if (!ike_message_find_notify(&call->message, IKE_NOTIFY_TICKET_REQUEST) ||
        !ike_ticket_is_giver(call->endpoint)) {
        return;
    }
    if (!sa->anonymous && lifetime_of(call, sa) >= second) {
        grant(call, sa);
        return;
    }
    build_notify(call, IKE_NOTIFY_TICKET_NACK);
    ike_tell_ticket(call, sa->spi_i, "refused",
                    &(struct ike_ticket_facts){.why = sa->anonymous
                                                          ? "nobody knows who the client is"
                                                          : "the IKE SA ends too soon"});
}

/* ---- the client ---- */

static bool may_resume(const struct ike_policy *policy)
{
    /* A PPK is none of what a ticket is about (RFC 8784 was later). */
    return policy->tickets && policy->auth.ppk.len == 0;
}

void ike_ticket_request(struct ike_call *call, const struct ike_sa *sa)
{
    if (may_resume(call->endpoint->policy) && call->endpoint->policy->auth.local != IKE_AUTH_NULL) {
        build_notify(call, IKE_NOTIFY_TICKET_REQUEST);
        ike_tell_ticket(call, sa->spi_i, "requested",
                        &(struct ike_ticket_facts){.why = "with a ticket it can come back without "
                                                          "a key exchange"});
    }
}

static void drop_if(struct ike_endpoint *endpoint,
                    bool (*matches)(const struct ticket *ticket, const void *context),
                    const void *context)
{
    struct ticket **link = endpoint->tickets ? &endpoint->tickets->kept : NULL;

    while (link && *link) {
        struct ticket *ticket = *link;

        if (!matches(ticket, context)) {
            link = &ticket->next;
            continue;
        }
        *link = ticket->next;
        crypto_wipe(ticket, sizeof(*ticket));
        ike_give(endpoint, ticket, sizeof(*ticket));
    }
}

static bool is_for(const struct ticket *ticket, const void *remote)
{
    return ike_address_same_host(&ticket->remote, remote);
}

static bool is_of(const struct ticket *ticket, const void *sa)
{
    return ticket->sa == *(const uint64_t *)sa;
}

static bool is_any(const struct ticket *ticket, const void *context)
{
    (void)ticket;
    (void)context;
    return true;
}

void ike_ticket_drop_for(struct ike_endpoint *endpoint, const struct ike_address *remote)
{
    drop_if(endpoint, is_for, remote);
}

void ike_ticket_drop_of(struct ike_endpoint *endpoint, const struct ike_sa *sa)
{
    drop_if(endpoint, is_of, &sa->id);
}

static void keep(struct ike_call *call, const struct ike_sa *sa, struct crypto_bytes ticket,
                 uint64_t lifetime)
{
    struct ike_endpoint *endpoint = call->endpoint;
    struct crypto_bytes sk_d = crypto_sk(sa->keys, CRYPTO_SK_D);
    struct ticket *kept;

    ike_ticket_drop_for(endpoint, &sa->remote);
    kept = ike_take(endpoint, sizeof(*kept));
    kept->remote = sa->remote;
    kept->sa = sa->id;
    kept->session = (struct ike_session){
        .spi_i = sa->spi_i,
        .spi_r = sa->spi_r,
        .expires = call->now + lifetime,
        .suite = sa->suite,
        .auth = (uint8_t)endpoint->policy->auth.local,
        .peer_id_type = sa->peer_id_type,
        .peer_id_len = sa->peer_id_len,
        .ticket_len = (uint16_t)ticket.len,
    };
    kept->session.suite.additional_count = 0; /* nothing is exchanged any more */
    memcpy(kept->session.sk_d, sk_d.data, sk_d.len);
    memcpy(kept->session.peer_id, sa->peer_id, sa->peer_id_len);
    memcpy(kept->session.ticket, ticket.data, ticket.len);
    kept->next = tickets_of(endpoint)->kept;
    endpoint->tickets->kept = kept;
}

void ike_ticket_take(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_message *message = &call->message;
    const struct ike_payload *notify =
        ike_message_find_notify(message, IKE_NOTIFY_TICKET_LT_OPAQUE);

    if (!message->header.response || !may_resume(call->endpoint->policy)) {
        return;
    }
    if (notify && notify->notify.data.len > 4 && notify->notify.data.len <= 4 + IKE_TICKET_MAX) {
        struct crypto_bytes data = notify->notify.data;
        struct crypto_bytes ticket = crypto_bytes(data.data + 4, data.len - 4);
        uint64_t lifetime = ike_load_u32(data.data) * second;

        keep(call, sa, ticket, lifetime);
        ike_tell_ticket(call, sa->spi_i, "received",
                        &(struct ike_ticket_facts){.ticket = ticket,
                                                   .lifetime = lifetime,
                                                   .sk_d = crypto_sk(sa->keys, CRYPTO_SK_D),
                                                   .why = "it is kept with SK_d, and not read"});
    } else if (ike_message_find_notify(message, IKE_NOTIFY_TICKET_ACK) &&
               message->header.exchange == IKE_EXCHANGE_IKE_AUTH) {
        ike_task_start(call, sa, ike_task_new(call->endpoint, IKE_TASK_TICKET));
    }
}

struct ike_session *ike_ticket_find(struct ike_call *call, const struct ike_address *remote)
{
    struct ike_endpoint *endpoint = call->endpoint;
    const struct ticket *ticket = endpoint->tickets ? endpoint->tickets->kept : NULL;
    struct ike_session *session;

    while (ticket && !is_for(ticket, remote)) {
        ticket = ticket->next;
    }
    if (!ticket || !may_resume(endpoint->policy)) {
        return NULL;
    }
    if (ticket->session.expires <= call->now) {
        ike_ticket_drop_for(endpoint, remote); /* it must not be shown any more (§4.3.1) */
        return NULL;
    }
    session = ike_take(endpoint, sizeof(*session));
    *session = ticket->session;
    return session;
}

void ike_session_free(struct ike_endpoint *endpoint, struct ike_session *session)
{
    if (session) {
        crypto_wipe(session, sizeof(*session));
        ike_give(endpoint, session, sizeof(*session));
    }
}

void ike_ticket_rekeyed(struct ike_call *call, const struct ike_sa *old, struct ike_sa *sa)
{
    const struct ticket *ticket = call->endpoint->tickets ? call->endpoint->tickets->kept : NULL;

    while (ticket && !is_of(ticket, &old->id)) {
        ticket = ticket->next;
    }
    if (ticket) {
        ike_ticket_drop_of(call->endpoint, old);
        ike_task_enqueue(sa, ike_task_new(call->endpoint, IKE_TASK_TICKET));
    }
}

void ike_tickets_free(struct ike_endpoint *endpoint)
{
    struct ike_tickets *tickets = endpoint->tickets;

    if (tickets) {
        drop_if(endpoint, is_any, NULL);
        ike_give(endpoint, tickets->spent, tickets->spent_cap * sizeof(*tickets->spent));
        ike_give(endpoint, tickets, sizeof(*tickets));
        endpoint->tickets = NULL;
    }
}
