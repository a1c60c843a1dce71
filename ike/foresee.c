/*
 * Computing ahead (docs/design.md, "Computing ahead"): a key exchange is nine tenths of a
 * handshake, and all that goes into it is known before it is due: the own scalar is drawn for an
 * identity, and the peer's public value is in a datagram that is still on its way. Whoever can
 * compute in the meantime is told.
 *
 * Nothing here decides anything: a guess that turns out wrong, as when the responder wants another
 * group, has cost somebody's time.
 */
#include <string.h>

#include "ike/child.h"
#include "ike/cookie.h"
#include "ike/exchange.h"
#include "ike/receive.h"

/* A datagram that is read before its time. */
struct preview {
    struct ike_message message;
    struct ike_error error;
    uint8_t plain[IKE_MESSAGE_MAX];
};

/* The peer's public value; NULL if there is none that we could do anything with. */
static const struct ike_payload *find_ke(const struct ike_message *message,
                                         const struct crypto_transform **method)
{
    const struct ike_payload *ke = ike_message_find(message, IKE_PAYLOAD_KE);

    *method = ke ? crypto_transform_find(CRYPTO_KE, ke->ke.method) : NULL;
    return *method && (*method)->computed ? ke : NULL;
}

/* A responder answers with a pair of its own, of the method of the request if it likes that. */
static void foresee_answer(const struct ike_endpoint *endpoint, const struct ike_sa *sa,
                           const struct ike_message *message)
{
    const struct crypto_transform *method;
    const struct ike_payload *ke = find_ke(message, &method);
    struct crypto_draw draw = ike_draw(sa, message->header.exchange, true,
                                       message->header.message_id, CRYPTO_DRAW_KE_PRIVATE);

    if (ke) {
        crypto_kex_expect(endpoint->crypto, method, &endpoint->entropy, &draw, ke->ke.data);
    }
}

/* The pair that a request went out with. */
static const struct crypto_kex *pair_of(const struct ike_sa *sa, const struct ike_task *task)
{
    switch ((enum ike_task_kind)task->kind) {
    case IKE_TASK_INIT:
        return sa->setup ? sa->setup->kex : NULL;
    case IKE_TASK_CREATE_CHILD:
        return task->offer ? task->offer->kex : NULL;
    case IKE_TASK_REKEY_SA:
        return task->rekey ? task->rekey->kex : NULL;
    default:
        return NULL;
    }
}

static void foresee_take(const struct ike_sa *sa, const struct ike_message *message)
{
    const struct ike_task *task = ike_ring_find(&sa->tasks, message->header.message_id);
    const struct crypto_kex *kex = task ? pair_of(sa, task) : NULL;
    const struct crypto_transform *method;
    const struct ike_payload *ke = find_ke(message, &method);

    if (kex && ke && method == crypto_kex_transform(kex)) {
        crypto_kex_expect_derive(kex, ke->ke.data);
    }
}

/* A request that will make an SA. */
static void foresee_first(const struct ike_endpoint *endpoint, const struct ike_datagram *datagram,
                          uint64_t spi_i, struct preview *preview)
{
    struct ike_sa sa = {.remote = datagram->source, .spi_i = spi_i};

    if (ike_message_parse(&preview->message, datagram->bytes, &preview->error) == 0) {
        ike_sa_draw_spi(endpoint, &sa, 0);
        foresee_answer(endpoint, &sa, &preview->message);
    }
}

/* Reads what is protected as well; false if it cannot be read yet. */
static bool open_preview(const struct ike_endpoint *endpoint, const struct ike_sa *sa,
                         const struct ike_datagram *datagram, struct preview *preview)
{
    struct crypto_packet_key key;
    enum ike_open_result result;

    if (ike_message_parse(&preview->message, datagram->bytes, &preview->error) != 0) {
        return false;
    }
    if (!preview->message.has_sk) {
        return sa->state == IKE_STATE_INIT_SENT;
    }
    if (sa->state != IKE_STATE_ESTABLISHED) {
        return false;
    }
    ike_sa_message_key(sa, false, &key);
    result = ike_message_open(&preview->message, endpoint->crypto, &key, preview->plain, NULL,
                              &preview->error);
    crypto_wipe(&key, sizeof(key));
    return result == IKE_OPEN_OK;
}

void ike_endpoint_foresee_receive(const struct ike_endpoint *endpoint,
                                  const struct ike_datagram *datagram)
{
    struct preview preview;
    struct ike_header header = {0};
    const struct ike_sa *sa;
    uint64_t hash = 0;

    if (!crypto_kex_is_helped(endpoint->crypto) || datagram->bytes.len > IKE_MESSAGE_MAX ||
        ike_header_parse(datagram->bytes, &header, &preview.error) != 0 ||
        (header.exchange != IKE_EXCHANGE_IKE_SA_INIT &&
         header.exchange != IKE_EXCHANGE_CREATE_CHILD_SA)) {
        return;
    }
    if (ike_header_is_first(&header)) {
        hash = ike_request_hash(datagram->bytes);
    }
    sa = ike_find_addressee(endpoint, datagram, &header, hash);
    if (!sa) {
        if (ike_header_is_first(&header)) {
            foresee_first(endpoint, datagram, header.spi_i, &preview);
        }
    } else if (!ike_header_is_first(&header) && open_preview(endpoint, sa, datagram, &preview)) {
        if (header.response) {
            foresee_take(sa, &preview.message);
        } else {
            foresee_answer(endpoint, sa, &preview.message);
        }
    }
}

void ike_endpoint_foresee_initiate(const struct ike_endpoint *endpoint,
                                   const struct ike_address *remote, uint64_t attempt)
{
    struct ike_terms terms = ike_sa_terms(endpoint->policy, 0);
    const struct crypto_transform *method = ike_terms_first_ke(&terms);
    struct ike_sa sa = {.remote = *remote, .initiator = true};
    struct crypto_draw draw;

    if (!method || !crypto_kex_is_helped(endpoint->crypto)) {
        return;
    }
    ike_sa_draw_spi(endpoint, &sa, attempt);
    draw = ike_draw(&sa, IKE_EXCHANGE_IKE_SA_INIT, false, 0, CRYPTO_DRAW_KE_PRIVATE);
    crypto_kex_expect(endpoint->crypto, method, &endpoint->entropy, &draw, crypto_bytes(NULL, 0));
}
