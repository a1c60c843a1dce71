/* IKE_INTERMEDIATE: KEi(n) -> KEr(n) (RFC 9242, RFC 9370 §2.2.2). */
#include <assert.h>
#include <string.h>

#include "ike/child.h"
#include "ike/intermediate.h"
#include "ike/octets.h"
#include "ike/tell.h"

enum { NEXT_PAYLOAD_AT = 16 }; /* in the IKE header */

bool ike_intermediate_announced(const struct ike_policy *policy)
{
    struct ike_terms terms = ike_sa_terms(policy, 0);

    return ike_terms_have_additional(&terms);
}

bool ike_intermediate_due(const struct ike_sa *sa)
{
    return sa->setup && sa->setup->intermediate_count < sa->suite.additional_count;
}

/* The method of the exchange that is next. */
static const struct crypto_transform *next_method(const struct ike_sa *sa)
{
    const struct crypto_transform *ke =
        crypto_transform_find(CRYPTO_KE, sa->suite.additional[sa->setup->intermediate_count]);

    assert(ike_intermediate_due(sa) && ke && (ke->computed || ke->kem));
    return ke;
}

static struct crypto_draw draw_of(const struct ike_sa *sa, bool response, uint32_t message_id)
{
    return ike_draw(sa, IKE_EXCHANGE_IKE_INTERMEDIATE, response, message_id,
                    CRYPTO_DRAW_KE_PRIVATE);
}

/* ---- what AUTH covers ---- */

/* A message as AUTH covers it. */
struct noted {
    const uint8_t *header;     /* as it is sent */
    uint8_t first_outer;       /* Next Payload of the header */
    struct crypto_bytes front; /* payloads before SK */
    uint8_t first_inner, sk_flags;
    struct crypto_bytes contents; /* what was or will be encrypted, without padding */
};

/* IntAuth_[i/r]n = prf(SK_p[i/r]n, IntAuth_[i/r](n-1) | A | P): A is the message up to the generic
 * header of SK, P the contents. The lengths are those that the message would have without IV,
 * padding and ICV (RFC 9242 §3.3.2). */
static void note(struct ike_call *call, struct ike_sa *sa, bool of_initiator,
                 const struct noted *noted)
{
    struct ike_setup *setup = sa->setup;
    const struct crypto_transform *prf = sa->suite.prf;
    uint8_t *mac = setup->int_auth[of_initiator ? 0 : 1], out[CRYPTO_PRF_MAX];
    uint8_t header[IKE_HEADER_LEN], sk[IKE_GENERIC_HEADER_LEN];
    size_t sk_len = sizeof(sk) + noted->contents.len;
    const struct crypto_bytes parts[] = {
        crypto_bytes(mac, setup->intermediate_count ? prf->key_len : 0),
        crypto_bytes(header, sizeof(header)),
        noted->front,
        crypto_bytes(sk, sizeof(sk)),
        noted->contents,
    };

    memcpy(header, noted->header, sizeof(header));
    header[NEXT_PAYLOAD_AT] = noted->first_outer;
    ike_store_u32(header + IKE_HEADER_LEN - 4,
                  (uint32_t)(sizeof(header) + noted->front.len + sk_len));
    sk[0] = noted->first_inner;
    sk[1] = noted->sk_flags;
    sk[2] = (uint8_t)(sk_len >> 8);
    sk[3] = (uint8_t)sk_len;
    crypto_prf(call->endpoint->crypto, prf,
               crypto_sk(sa->keys, of_initiator ? CRYPTO_SK_PI : CRYPTO_SK_PR), parts,
               sizeof(parts) / sizeof(parts[0]), out, call->costs);
    memcpy(mac, out, prf->key_len);
}

void ike_intermediate_note_sent(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_builder *builder = &call->builder;
    size_t at = builder->sk_at + IKE_GENERIC_HEADER_LEN + builder->iv_len;

    assert(!builder->overflow && builder->sk_at != 0);
    note(call, sa, sa->initiator,
         &(struct noted){
             .header = builder->data,
             .first_outer = builder->data[NEXT_PAYLOAD_AT],
             .front = crypto_bytes(builder->data + IKE_HEADER_LEN, builder->sk_at - IKE_HEADER_LEN),
             .first_inner = builder->data[builder->sk_at],
             .sk_flags = builder->data[builder->sk_at + 1],
             .contents = crypto_bytes(builder->data + at, builder->len - at),
         });
}

/* Of fragments, what the whole would have had. */
void ike_intermediate_note_received(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_message *message = &call->message;
    struct crypto_bytes contents = message->decrypted;

    if (!message->has_skf) {
        contents.len -= 1u + message->pad_len;
    }
    note(call, sa, !sa->initiator,
         &(struct noted){
             .header = message->bytes.data,
             .first_outer = message->first_outer,
             .front = message->front,
             .first_inner = message->first_inner,
             .sk_flags = message->sk_flags,
             .contents = contents,
         });
}

size_t ike_intermediate_auth(const struct ike_sa *sa, uint8_t octets[IKE_INT_AUTH_MAX])
{
    const struct ike_setup *setup = sa->setup;
    size_t len = sa->suite.prf->key_len;

    if (setup->intermediate_count == 0) {
        return 0;
    }
    memcpy(octets, setup->int_auth[0], len);
    memcpy(octets + len, setup->int_auth[1], len);
    ike_store_u32(octets + 2 * len, setup->auth_message_id);
    return 2 * len + 4;
}

/* ---- both ends ---- */

/* SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr), and seven new keys (RFC 9370 §2.2.2). */
static void update_keys(struct ike_call *call, struct ike_sa *sa, struct crypto_bytes secret)
{
    sa->setup->intermediate_count++;
    ike_sa_derive_keys(call, sa, sa, secret, crypto_bytes(NULL, 0));
}

/* The KE payload that the exchange is about, NULL if it is none of the method that was agreed on.
 */
static const struct ike_payload *find_ke(const struct ike_call *call, const struct ike_sa *sa)
{
    const struct ike_payload *ke = ike_message_find(&call->message, IKE_PAYLOAD_KE);

    return ke && ke->ke.method == next_method(sa)->id ? ke : NULL;
}

/* ---- the initiator ---- */

void ike_intermediate_build(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    struct ike_setup *setup = sa->setup;
    struct ike_endpoint *endpoint = call->endpoint;
    struct crypto_draw draw = draw_of(sa, false, task->message_id);

    setup->kex =
        crypto_kex_new(endpoint->crypto, next_method(sa), &endpoint->entropy, &draw, call->costs);
    assert(setup->kex);
    ike_tell_key_pair(call, sa, setup->kex);
    ike_build_ke(&call->builder, next_method(sa)->id, crypto_kex_public(setup->kex));
}

void ike_intermediate_take(struct ike_call *call, struct ike_sa *sa, struct ike_task *task)
{
    const struct ike_payload *ke = find_ke(call, sa);
    struct ike_setup *setup = sa->setup;
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
    const char *why = "the responder refused an additional key exchange";
    size_t len = 0;
    bool agreed;

    (void)task;
    agreed = ke && crypto_kex_derive(setup->kex, ke->ke.data, secret, &len, call->costs, &why) == 0;
    crypto_kex_free(setup->kex);
    setup->kex = NULL;
    if (!agreed) {
        /* Nobody is authenticated yet, but it has the keys of the answer that we followed. */
        ike_sa_close(call, sa, why);
        return;
    }
    ike_intermediate_note_received(call, sa);
    update_keys(call, sa, crypto_bytes(secret, len));
    crypto_wipe(secret, sizeof(secret));
    ike_sa_go_on_to_auth(call, sa);
}

/* ---- the responder ---- */

void ike_intermediate_answer(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_payload *ke = find_ke(call, sa);
    struct ike_setup *setup = sa->setup;
    struct crypto_kex *kex;
    const char *why = "an additional key exchange is not the one that was agreed on";
    size_t len = 0;

    if (ke) {
        struct ike_endpoint *endpoint = call->endpoint;
        struct crypto_draw draw = draw_of(sa, true, call->message.header.message_id);

        kex = crypto_kex_answer(endpoint->crypto, next_method(sa), &endpoint->entropy, &draw,
                                ke->ke.data, setup->secret, &len, call->costs, &why);
        if (kex) {
            ike_tell_key_pair(call, sa, kex);
            ike_intermediate_note_received(call, sa);
            ike_build_ke(&call->builder, ke->ke.method, crypto_kex_public(kex));
        }
        crypto_kex_free(kex);
    }
    setup->secret_len = (uint16_t)len;
    if (!len) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_INVALID_SYNTAX,
                         crypto_bytes(NULL, 0));
        call->close_why = why;
    }
}

void ike_intermediate_answered(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_setup *setup = sa->setup;

    if (setup && setup->secret_len) {
        update_keys(call, sa, crypto_bytes(setup->secret, setup->secret_len));
        crypto_wipe(setup->secret, setup->secret_len);
        setup->secret_len = 0;
    }
}
