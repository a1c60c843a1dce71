#include "ike/handover_asked.h"

#include <assert.h>
#include <string.h>

#include "ike/child.h"
#include "ike/counter_sync.h"
#include "ike/exchange.h"
#include "ike/handover_past.h"

enum {
    COMMON_LEN = 4 + 1, /* Message ID, kind */
    OFFER_LEN = 2 + 3 * 4 + 1 + 1 + IKE_NONCE_OWN + 1 + 4 * IKE_EARLY_DELETES_MAX,
    REKEY_LEN = 8 + 1 + IKE_NONCE_OWN,
    KEX_LEN = 2 + 2 + 2, /* without its octets */
};

/* ---- writing ---- */

static bool tells_requests(const struct ike_sa *sa)
{
    return !(sa->syncs & IKE_SYNC_MESSAGE_IDS);
}

/* One whose answer another member can understand. */
static bool is_told(const struct ike_task *task)
{
    switch ((enum ike_task_kind)task->kind) {
    case IKE_TASK_CREATE_CHILD:
        return task->exchange == IKE_EXCHANGE_CREATE_CHILD_SA && !task->offer->rival;
    case IKE_TASK_REKEY_SA:
        return task->exchange == IKE_EXCHANGE_CREATE_CHILD_SA && !task->rekey->rival;
    default:
        return task->exchange == IKE_EXCHANGE_INFORMATIONAL;
    }
}

/* The Message ID is none that is told of: NULL. */
static const struct ike_task *told_at(const struct ike_sa *sa, uint32_t message_id)
{
    const struct ike_task *task = ike_ring_find(&sa->tasks, message_id);

    return task && is_told(task) ? task : NULL;
}

/* Of most exchanges the answer says no more than that it was received. */
static uint8_t kind_of(const struct ike_task *task)
{
    switch ((enum ike_task_kind)task->kind) {
    case IKE_TASK_CREATE_CHILD:
    case IKE_TASK_REKEY_SA:
    case IKE_TASK_DELETE_CHILD:
    case IKE_TASK_REDIRECT:
        return task->kind;
    default:
        return IKE_TASK_LIVENESS;
    }
}

static const struct crypto_kex *kex_of(const struct ike_task *task)
{
    if (task->kind == IKE_TASK_CREATE_CHILD) {
        return task->offer->kex;
    }
    return task->kind == IKE_TASK_REKEY_SA ? task->rekey->kex : NULL;
}

size_t ike_asked_room(const struct ike_sa *sa)
{
    size_t room = 2;

    for (uint32_t id = sa->own.oldest; tells_requests(sa) && id != sa->own.next; id++) {
        const struct ike_task *task = told_at(sa, id);
        const struct crypto_kex *kex = task ? kex_of(task) : NULL;

        room += task ? COMMON_LEN + ike_sent_room(task->sent) + OFFER_LEN + REKEY_LEN + KEX_LEN : 0;
        room += kex ? crypto_kex_private(kex).len + crypto_kex_public(kex).len : 0;
    }
    return room;
}

static void write_counted(struct ike_builder *out, struct crypto_bytes bytes)
{
    ike_write_u16(out, (uint16_t)bytes.len);
    ike_write_bytes(out, bytes);
}

static void write_kex(struct ike_builder *out, const struct crypto_kex *kex)
{
    ike_write_u16(out, kex ? crypto_kex_transform(kex)->id : 0);
    if (kex) {
        write_counted(out, crypto_kex_private(kex));
        write_counted(out, crypto_kex_public(kex));
    }
}

static void write_offer(struct ike_builder *out, const struct ike_policy *policy,
                        const struct ike_child_offer *offer)
{
    ike_write_u16(out, (uint16_t)(offer->policy - policy->children));
    ike_write_u32(out, offer->child->spi_in);
    ike_write_u32(out, offer->rekeys);
    ike_write_u32(out, offer->rekeys_out);
    ike_write_u8(out, offer->transport);
    ike_write_u8(out, (uint8_t)offer->ke_retries);
    ike_write_bytes(out, crypto_bytes(offer->nonce, sizeof(offer->nonce)));
    ike_write_u8(out, (uint8_t)offer->early_count);
    for (uint32_t i = 0; i < offer->early_count; i++) {
        ike_write_u32(out, offer->early[i]);
    }
    write_kex(out, offer->kex);
}

static void write_rekey(struct ike_builder *out, const struct ike_rekey *rekey)
{
    ike_write_u64(out, rekey->spi);
    ike_write_u8(out, (uint8_t)rekey->ke_retries);
    ike_write_bytes(out, crypto_bytes(rekey->nonce, sizeof(rekey->nonce)));
    write_kex(out, rekey->kex);
}

static void write_task(struct ike_builder *out, const struct ike_policy *policy,
                       const struct ike_task *task)
{
    ike_write_u32(out, task->message_id);
    ike_write_u8(out, kind_of(task));
    ike_write_sent(out, task->sent);
    switch ((enum ike_task_kind)task->kind) {
    case IKE_TASK_CREATE_CHILD:
        write_offer(out, policy, task->offer);
        break;
    case IKE_TASK_REKEY_SA:
        write_rekey(out, task->rekey);
        break;
    case IKE_TASK_DELETE_CHILD:
        ike_write_u8(out, task->protocol);
        ike_write_u32(out, task->spi_in);
        break;
    default:
        break;
    }
}

void ike_asked_write(struct ike_builder *out, const struct ike_endpoint *endpoint,
                     const struct ike_sa *sa)
{
    size_t count_at = out->len;
    uint16_t count = 0;

    ike_write_u16(out, 0);
    for (uint32_t id = sa->own.oldest; tells_requests(sa) && id != sa->own.next; id++) {
        const struct ike_task *task = told_at(sa, id);

        if (task) {
            write_task(out, endpoint->policy, task);
            count++;
        }
    }
    ike_write_u16_at(out, count_at, count);
}

/* ---- reading ---- */

/* A request as it is read. What it points to views the record, but for the key exchange. */
struct asked {
    uint32_t message_id;
    uint8_t kind, protocol, early_count;
    bool transport;
    uint16_t policy;
    uint32_t spi_in, rekeys, rekeys_out;
    uint64_t spi; /* of the successor */
    uint8_t ke_retries;
    struct crypto_bytes nonce;
    uint32_t early[IKE_EARLY_DELETES_MAX];
    struct crypto_kex *kex; /* NULL: none */
    struct ike_told_sent sent;
};

bool ike_told_spis_add(struct ike_told_spis *spis, const struct ike_endpoint *endpoint,
                       uint32_t spi_in)
{
    assert(spis->count < sizeof(spis->list) / sizeof(spis->list[0]));
    for (size_t i = 0; i < spis->count; i++) {
        if (spis->list[i] == spi_in) {
            return false;
        }
    }
    spis->list[spis->count++] = spi_in;
    return spi_in >= IKE_CHILD_SPI_MIN && !ike_index_find(&endpoint->children, spi_in);
}

static bool read_counted(struct ike_reader *in, struct crypto_bytes *view)
{
    uint16_t len;

    return ike_read_u16(in, &len) && ike_read_bytes(in, len, view);
}

static bool read_kex(struct ike_reader *in, const struct ike_endpoint *endpoint,
                     struct crypto_kex **kex)
{
    const struct crypto_transform *ke;
    struct crypto_bytes scalar, public;
    uint16_t id;

    if (!ike_read_u16(in, &id)) {
        return false;
    }
    if (id == 0) {
        return true;
    }
    ke = crypto_transform_find(CRYPTO_KE, id);
    if (!ke || !ke->computed || !read_counted(in, &scalar) || !read_counted(in, &public)) {
        return false;
    }
    *kex = crypto_kex_restore(endpoint->crypto, ke, scalar, public);
    return *kex != NULL;
}

static bool read_offer(struct ike_reader *in, const struct ike_endpoint *endpoint,
                       struct asked *asked)
{
    uint8_t transport;

    if (!ike_read_u16(in, &asked->policy) || asked->policy >= endpoint->policy->child_count ||
        !ike_read_u32(in, &asked->spi_in) || !ike_read_u32(in, &asked->rekeys) ||
        !ike_read_u32(in, &asked->rekeys_out) || !ike_read_u8(in, &transport) || transport > 1 ||
        !ike_read_u8(in, &asked->ke_retries) || !ike_read_bytes(in, IKE_NONCE_OWN, &asked->nonce) ||
        !ike_read_u8(in, &asked->early_count) || asked->early_count > IKE_EARLY_DELETES_MAX) {
        return false;
    }
    asked->transport = transport;
    for (uint8_t i = 0; i < asked->early_count; i++) {
        if (!ike_read_u32(in, &asked->early[i])) {
            return false;
        }
    }
    return read_kex(in, endpoint, &asked->kex);
}

/* It is out alone (§2.25.1). */
static bool read_rekey(struct ike_reader *in, const struct ike_endpoint *endpoint,
                       const struct ike_sa *sa, struct asked *asked)
{
    return asked->message_id == sa->own.next - 1 && ike_read_u64(in, &asked->spi) && asked->spi &&
           ike_read_u8(in, &asked->ke_retries) &&
           ike_read_bytes(in, IKE_NONCE_OWN, &asked->nonce) &&
           read_kex(in, endpoint, &asked->kex) && asked->kex;
}

static bool read_asked(struct ike_reader *in, const struct ike_endpoint *endpoint,
                       const struct ike_sa *sa, struct asked *asked)
{
    if (!ike_read_u32(in, &asked->message_id) || !ike_read_u8(in, &asked->kind) ||
        !ike_read_sent(in, &asked->sent)) {
        return false;
    }
    switch (asked->kind) {
    case IKE_TASK_CREATE_CHILD:
        return read_offer(in, endpoint, asked);
    case IKE_TASK_REKEY_SA:
        return read_rekey(in, endpoint, sa, asked);
    case IKE_TASK_DELETE_CHILD:
        return ike_read_u8(in, &asked->protocol) && ike_read_u32(in, &asked->spi_in);
    case IKE_TASK_REDIRECT:
    case IKE_TASK_LIVENESS:
        return true;
    default:
        return false;
    }
}

/* The SPI that it offers is taken, and the CHILD SA that it is to replace is about to be. */
static struct ike_child_offer *adopt_offer(struct ike_call *call, struct ike_sa *sa,
                                           struct asked *asked)
{
    const struct ike_policy *policy = call->endpoint->policy;
    const struct ike_child_policy *own = &policy->children[asked->policy];
    struct ike_child_offer *offer = ike_child_offer_new(call->endpoint, own);
    struct ike_child *old = ike_child_by_spi_in(call->endpoint, sa, asked->rekeys);

    offer->under = policy;
    offer->transport = asked->transport;
    offer->inherited = true;
    offer->child = ike_child_adopt(
        call, sa, own, &(struct ike_child){.spi_in = asked->spi_in, .state = IKE_CHILD_OFFERED});
    if (!old || old->state == IKE_CHILD_INSTALLED) {
        offer->rekeys = asked->rekeys;
        offer->rekeys_out = asked->rekeys_out;
    }
    if (offer->rekeys && old) {
        old->state = IKE_CHILD_REKEYING;
    }
    offer->ke = asked->kex ? crypto_kex_transform(asked->kex) : NULL;
    offer->ke_retries = asked->ke_retries;
    offer->kex = asked->kex;
    memcpy(offer->nonce, asked->nonce.data, sizeof(offer->nonce));
    offer->early_count = asked->early_count;
    memcpy(offer->early, asked->early, sizeof(offer->early));
    return offer;
}

static struct ike_rekey *adopt_rekey(struct ike_call *call, const struct asked *asked)
{
    struct ike_rekey *rekey = ike_take(call->endpoint, sizeof(*rekey));

    rekey->spi = asked->spi;
    rekey->under = call->endpoint->policy;
    rekey->inherited = true;
    rekey->ke = crypto_kex_transform(asked->kex);
    rekey->ke_retries = asked->ke_retries;
    rekey->kex = asked->kex;
    memcpy(rekey->nonce, asked->nonce.data, sizeof(rekey->nonce));
    return rekey;
}

/* Takes the key exchange over. */
static struct ike_task *adopt(struct ike_call *call, struct ike_sa *sa, struct asked *asked)
{
    struct ike_task *task = ike_task_new(call->endpoint, (enum ike_task_kind)asked->kind);

    task->message_id = asked->message_id;
    task->sent = ike_adopt_sent(call, sa, &asked->sent);
    if (asked->kind == IKE_TASK_CREATE_CHILD) {
        task->offer = adopt_offer(call, sa, asked);
    } else if (asked->kind == IKE_TASK_REKEY_SA) {
        task->rekey = adopt_rekey(call, asked);
    } else if (asked->kind == IKE_TASK_DELETE_CHILD) {
        struct ike_child *child = ike_child_by_spi_in(call->endpoint, sa, asked->spi_in);

        task->protocol = asked->protocol;
        task->spi_in = asked->spi_in;
        if (child && child->state != IKE_CHILD_OFFERED) {
            child->state = IKE_CHILD_DELETING;
        }
    }
    return task;
}

/* All of the window from that Message ID on is open again, but for what is not told of. */
static void reopen(struct ike_sa *sa, struct ike_task *const *tasks, uint16_t count)
{
    uint8_t answered[IKE_WINDOW_MAX];
    uint32_t first = tasks[0]->message_id;

    memset(answered, 1, sizeof(answered));
    for (uint16_t i = 0; i < count; i++) {
        answered[tasks[i]->message_id - first] = 0;
    }
    ike_window_reopen(&sa->own, sa->own.next - first, answered);
}

bool ike_asked_read(struct ike_reader *in, const struct ike_endpoint *endpoint,
                    struct ike_told_spis *spis, struct ike_call *call, struct ike_sa *sa)
{
    struct ike_task *tasks[IKE_WINDOW_MAX];
    uint32_t from = sa->own.next - (sa->own.next < sa->own.size ? sa->own.next : sa->own.size);
    uint16_t count;

    /* What is out of a window that is about to move on would never be found again. */
    if (!ike_read_u16(in, &count) || count > (tells_requests(sa) ? IKE_WINDOW_MAX : 0)) {
        return false;
    }
    for (uint16_t i = 0; i < count; i++) {
        struct asked asked = {0};
        bool sound = read_asked(in, endpoint, sa, &asked) && asked.message_id >= from &&
                     asked.message_id < sa->own.next &&
                     (count == 1 || asked.kind != IKE_TASK_REKEY_SA) &&
                     (!spis || asked.kind != IKE_TASK_CREATE_CHILD ||
                      ike_told_spis_add(spis, endpoint, asked.spi_in));

        from = asked.message_id + 1;
        if (call) {
            assert(sound);
            tasks[i] = adopt(call, sa, &asked);
        } else {
            crypto_kex_free(asked.kex);
        }
        if (!sound) {
            return false;
        }
    }
    if (call && count) {
        reopen(sa, tasks, count);
        for (uint16_t i = 0; i < count; i++) {
            ike_task_resume(call, sa, tasks[i]);
        }
    }
    return true;
}
