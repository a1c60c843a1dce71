/*
 * A CHILD SA from the responder's side: which configuration takes the request, narrowed to what,
 * and the answer (RFC 7296 §1.2, §1.3.1, §2.9).
 */
#include <assert.h>
#include <string.h>

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/nat.h"
#include "ike/octets.h"
#include "ike/selectors.h"
#include "ike/tell.h"

/* What of a request one of our CHILD SA configurations takes. */
struct selection {
    const struct ike_child_policy *policy;
    struct ike_agreement agreement;
    struct ike_selector ts_i[IKE_SELECTORS_MAX], ts_r[IKE_SELECTORS_MAX];
    size_t ts_i_count, ts_r_count;
    bool transport;
    struct ike_real real; /* then, through a NAT */
    bool single_missed; /* the configuration wants a single pair of addresses, and there are more */
    bool additional;    /* another CHILD SA could have what was asked for and left out */
};

/* The request's payloads. */
struct offered {
    const struct ike_payload *sa, *ts_i, *ts_r, *nonce, *ke;
    bool transport;       /* USE_TRANSPORT_MODE */
    struct ike_seen seen; /* its selectors, as transport mode needs them */
};

static bool narrow_to(const struct ike_child_side *local, const struct ike_child_side *remote,
                      const struct ike_selector *ts_i, size_t ts_i_count,
                      const struct ike_selector *ts_r, size_t ts_r_count,
                      struct selection *selection)
{
    selection->ts_i_count =
        ike_selectors_narrow(ts_i, ts_i_count, remote->list, remote->count, selection->ts_i);
    selection->ts_r_count =
        ike_selectors_narrow(ts_r, ts_r_count, local->list, local->count, selection->ts_r);
    return selection->ts_i_count > 0 && selection->ts_r_count > 0;
}

/* Narrows the request to what a configuration has, and decides on the mode: transport if both ends
 * want it and nothing but the addresses of the IKE SA is left (§1.3.1), as this end sees them; else
 * the selectors are taken as the peer wrote them (§2.23.1). False if nothing is left. */
static bool narrow(const struct ike_endpoint *endpoint, const struct ike_sa *sa,
                   const struct offered *offered, const struct ike_child_policy *child,
                   struct selection *selection)
{
    const struct ike_seen *seen = &offered->seen;
    struct ike_child_side local, remote;

    ike_child_side(endpoint, child, sa, true, &local);
    ike_child_side(endpoint, child, sa, false, &remote);
    if (remote.barred) {
        return false;
    }
    selection->transport = child->transport && offered->transport &&
                           narrow_to(&local, &remote, seen->others.list, seen->others.count,
                                     seen->own.list, seen->own.count, selection) &&
                           ike_child_host_to_host(sa, selection->ts_r, selection->ts_r_count,
                                                  selection->ts_i, selection->ts_i_count);
    selection->real = selection->transport ? seen->real : (struct ike_real){0};
    return selection->transport ||
           narrow_to(&local, &remote, offered->ts_i->ts.selectors, offered->ts_i->ts.count,
                     offered->ts_r->ts.selectors, offered->ts_r->ts.count, selection);
}

/* One pair of addresses for each CHILD SA: of a longer list the first ones, if they are the
 * packet's that the SA is wanted for (§2.9). */
static void take_single_pair(struct selection *selection)
{
    bool specific = ike_selector_is_address(&selection->ts_i[0]) &&
                    ike_selector_is_address(&selection->ts_r[0]);

    selection->single_missed = !specific;
    selection->additional = selection->ts_i_count > 1 || selection->ts_r_count > 1;
    selection->ts_i_count = selection->ts_r_count = 1;
}

/* True if another configuration would take something of the request that this one leaves out. */
static bool others_have_more(const struct ike_endpoint *endpoint, const struct ike_sa *sa,
                             const struct offered *offered, const struct selection *chosen)
{
    const struct ike_policy *policy = endpoint->policy;
    struct selection other;

    for (size_t i = 0; i < policy->child_count; i++) {
        if (&policy->children[i] != chosen->policy &&
            narrow(endpoint, sa, offered, &policy->children[i], &other) &&
            (!ike_selectors_within(other.ts_i, other.ts_i_count, chosen->ts_i,
                                   chosen->ts_i_count) ||
             !ike_selectors_within(other.ts_r, other.ts_r_count, chosen->ts_r,
                                   chosen->ts_r_count))) {
            return true;
        }
    }
    return false;
}

/* What the configuration insists on and the request does not have. */
static bool wrong_mode(const struct ike_child_policy *child, const struct selection *selection)
{
    return child->require_mode && child->transport != selection->transport;
}

/* The first configuration that has both the selectors and a proposal; of a rekey it is that of the
 * old SA, and no selector may get lost (§2.9.2). Returns 0 or the notify that says what none of
 * them has. */
static uint16_t select_policy(struct ike_call *call, const struct ike_sa *sa,
                              const struct offered *offered, uint8_t exchange,
                              const struct ike_child *replaces, struct selection *selection)
{
    const struct ike_policy *policy = call->endpoint->policy;
    uint16_t refusal = IKE_NOTIFY_TS_UNACCEPTABLE;

    for (size_t i = 0; i < policy->child_count; i++) {
        const struct ike_child_policy *child = &policy->children[i];
        struct ike_terms terms = ike_child_terms(policy, child, exchange, 0);

        if (replaces && replaces->policy != child) {
            continue;
        }
        if (!narrow(call->endpoint, sa, offered, child, selection) ||
            (replaces &&
             ike_child_narrower(call->endpoint, replaces, selection->ts_r, selection->ts_r_count,
                                selection->ts_i, selection->ts_i_count))) {
            continue;
        }
        selection->single_missed = selection->additional = false;
        if (child->single_pair) {
            take_single_pair(selection);
        }
        if (selection->single_missed) {
            refusal = IKE_NOTIFY_SINGLE_PAIR_REQUIRED;
            continue;
        }
        if (!wrong_mode(child, selection) &&
            ike_terms_choose(&terms, offered->sa, &selection->agreement) &&
            ike_load_u32(selection->agreement.peer_spi) >= IKE_CHILD_SPI_MIN) {
            selection->policy = child;
            selection->additional =
                selection->additional ||
                (!replaces && others_have_more(call->endpoint, sa, offered, selection));
            return 0;
        }
        refusal = IKE_NOTIFY_NO_PROPOSAL_CHOSEN;
    }
    return refusal;
}

/* The responder's half of a key exchange. */
struct ke_half {
    struct crypto_kex *kex; /* NULL if the suite has none */
    size_t secret_len;
    uint8_t secret[CRYPTO_KEX_SECRET_MAX];
};

/* False if the peer's public value is refused; `why` says what for. */
static bool exchange_keys(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *ke,
                          const struct crypto_transform *method, struct ke_half *half,
                          const char **why)
{
    struct crypto_draw draw = ike_draw(sa, IKE_EXCHANGE_CREATE_CHILD_SA, true,
                                       call->message.header.message_id, CRYPTO_DRAW_KE_PRIVATE);
    struct ike_endpoint *endpoint = call->endpoint;

    half->kex = NULL;
    half->secret_len = 0;
    if (!method) {
        return true;
    }
    half->kex = crypto_kex_new(endpoint->crypto, method, &endpoint->entropy, &draw, call->costs);
    assert(half->kex);
    return crypto_kex_derive(half->kex, ke->ke.data, half->secret, &half->secret_len, call->costs,
                             why) == 0;
}

static void end_key_exchange(struct ke_half *half)
{
    crypto_kex_free(half->kex);
    crypto_wipe(half->secret, half->secret_len);
}

static void refuse(struct ike_call *call, struct ike_sa *sa, const char *name, uint16_t notify,
                   struct crypto_bytes data)
{
    char text[IKE_NAME_TEXT_CAP];

    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), notify, data);
    ike_tell_child_failed(call, sa, name, ike_notify_text(notify, text, sizeof(text)));
}

/* Writes [N(USE_TRANSPORT_MODE),] SA, [Nr, [KEr,]] [N(ADDITIONAL_TS_POSSIBLE),] TSi, TSr. */
static void write_answer(struct ike_call *call, const struct ike_sa *sa, uint8_t exchange,
                         const struct selection *selection, const struct ike_bargain *bargain,
                         const struct crypto_kex *kex)
{
    struct ike_builder *builder = &call->builder;

    if (selection->transport) {
        ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_USE_TRANSPORT_MODE,
                         crypto_bytes(NULL, 0));
    }
    ike_build_sa(builder, &selection->agreement.proposal, 1);
    if (exchange == IKE_EXCHANGE_CREATE_CHILD_SA) {
        ike_build_nonce(builder, bargain->nr);
    }
    if (kex) {
        ike_tell_key_pair(call, sa, kex);
        ike_build_ke(builder, crypto_kex_transform(kex)->id, crypto_kex_public(kex));
    }
    if (selection->additional) {
        ike_build_notify(builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_ADDITIONAL_TS_POSSIBLE,
                         crypto_bytes(NULL, 0));
    }
    ike_build_ts(builder, true, selection->ts_i, selection->ts_i_count);
    ike_build_ts(builder, false, selection->ts_r, selection->ts_r_count);
}

static void tell_selectors(struct ike_call *call, const struct ike_child *child,
                           const struct offered *offered, const struct selection *selection)
{
    ike_tell_selectors_agreed(
        call, child,
        &(struct ike_selectors_facts){.offered_i = offered->ts_i->ts.selectors,
                                      .offered_i_count = offered->ts_i->ts.count,
                                      .offered_r = offered->ts_r->ts.selectors,
                                      .offered_r_count = offered->ts_r->ts.count,
                                      .agreed_i = selection->ts_i,
                                      .agreed_i_count = selection->ts_i_count,
                                      .agreed_r = selection->ts_r,
                                      .agreed_r_count = selection->ts_r_count});
}

/* The CHILD SA comes to be when the key exchanges that follow are over (RFC 9370 §2.2.4). */
static void await_followup(struct ike_call *call, struct ike_sa *sa, const struct ike_child *child,
                           const struct ike_bargain *bargain)
{
    struct ike_series *series =
        ike_series_new(call->endpoint, &bargain->agreement->suite, bargain->shared_secret);

    ike_series_keep_bargain(call->endpoint, series, child,
                            bargain->replaces ? bargain->replaces->spi_in : 0, bargain);
    ike_series_await(call, sa, series);
    if (bargain->replaces) {
        ike_child_expect_peer(call, sa, bargain->replaces, child, bargain);
    }
}

static void agree(struct ike_call *call, struct ike_sa *sa, const struct offered *offered,
                  uint8_t exchange, struct ike_child *replaces, struct selection *selection,
                  const struct ke_half *half)
{
    uint32_t message_id = call->message.header.message_id;
    struct crypto_draw spi_draw = ike_draw(sa, exchange, true, message_id, CRYPTO_DRAW_SPI_CHILD);
    struct crypto_draw nonce_draw = ike_draw(sa, exchange, true, message_id, CRYPTO_DRAW_NONCE);
    struct ike_child *child = ike_child_new(call, sa, selection->policy, spi_draw);
    struct ike_terms terms =
        ike_child_terms(call->endpoint->policy, selection->policy, exchange, child->spi_in);
    uint8_t nonce[IKE_NONCE_OWN];
    struct ike_bargain bargain = {
        .transport = selection->transport,
        .real = selection->real,
        .agreement = &selection->agreement,
        .replaces = replaces,
        .waits_for = replaces ? replaces->spi_in : 0,
        .shared_secret = crypto_bytes(half->secret, half->secret_len),
        .ts_i = selection->ts_i,
        .ts_r = selection->ts_r,
        .ts_i_count = selection->ts_i_count,
        .ts_r_count = selection->ts_r_count,
    };

    memcpy(selection->agreement.proposal.spi, terms.spi, sizeof(terms.spi));
    if (exchange == IKE_EXCHANGE_CREATE_CHILD_SA) {
        crypto_entropy_fill(&call->endpoint->entropy, &nonce_draw, nonce, sizeof(nonce));
        bargain.ni = offered->nonce->nonce.data;
        bargain.nr = crypto_bytes(nonce, sizeof(nonce));
    } else {
        bargain.ni = ike_sa_ni(sa);
        bargain.nr = ike_sa_nr(sa);
    }
    ike_tell_proposal_chosen(call, sa, &terms, offered->sa, &selection->agreement);
    write_answer(call, sa, exchange, selection, &bargain, half->kex);
    tell_selectors(call, child, offered, selection);
    if (selection->agreement.suite.additional_count) {
        await_followup(call, sa, child, &bargain);
        return;
    }
    ike_child_install(call, sa, child, &bargain);
    if (replaces) {
        ike_child_succeed_peer(call, sa, replaces, child, &bargain);
    }
}

void ike_child_conclude_answer(struct ike_call *call, struct ike_sa *sa,
                               const struct ike_series *series)
{
    struct ike_child *child = ike_child_by_spi_in(call->endpoint, sa, series->spi_in);
    struct ike_bargain bargain = ike_series_bargain(series, false);

    if (series->rekeys) {
        bargain.replaces = ike_child_by_spi_in(call->endpoint, sa, series->rekeys);
        bargain.waits_for = series->rekeys;
    }
    ike_child_install(call, sa, child, &bargain);
    if (bargain.replaces) {
        ike_child_succeed_peer(call, sa, bargain.replaces, child, &bargain);
    }
}

/* A request that the RFC has no place for, though its syntax can be read: fatal (§2.21.3). */
static void refuse_malformed(struct ike_call *call, const char *why)
{
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_INVALID_SYNTAX,
                     crypto_bytes(NULL, 0));
    call->close_why = why;
}

/* Nonces must have at least half the key size of the PRF (§2.10). */
static bool is_complete(const struct ike_sa *sa, const struct offered *offered, uint8_t exchange)
{
    return offered->sa && offered->ts_i && offered->ts_r &&
           (exchange != IKE_EXCHANGE_CREATE_CHILD_SA ||
            (offered->nonce && offered->nonce->nonce.data.len >= sa->suite.prf->key_len / 2u));
}

void ike_child_answer(struct ike_call *call, struct ike_sa *sa, uint8_t exchange,
                      struct ike_child *replaces)
{
    struct offered offered = {
        .sa = ike_message_find(&call->message, IKE_PAYLOAD_SA),
        .ts_i = ike_message_find(&call->message, IKE_PAYLOAD_TSI),
        .ts_r = ike_message_find(&call->message, IKE_PAYLOAD_TSR),
        .nonce = ike_message_find(&call->message, IKE_PAYLOAD_NONCE),
        .ke = ike_message_find(&call->message, IKE_PAYLOAD_KE),
        .transport = ike_message_find_notify(&call->message, IKE_NOTIFY_USE_TRANSPORT_MODE) != NULL,
    };
    struct selection selection;
    const struct crypto_transform *method;
    struct ke_half half;
    const char *why = NULL;
    uint16_t refusal;

    if (!is_complete(sa, &offered, exchange)) {
        refuse_malformed(call, "a request for a CHILD SA lacks SA, nonce or traffic selectors");
        return;
    }
    ike_nat_see(sa, offered.ts_r, offered.ts_i, offered.transport, &offered.seen);
    refusal = exchange == IKE_EXCHANGE_IKE_AUTH ? ike_config_answer(call, sa)
                                                : ike_config_lacks(call->endpoint, sa);
    if (!refusal) {
        refusal = select_policy(call, sa, &offered, exchange, replaces, &selection);
    }
    if (refusal) {
        refuse(call, sa, NULL, refusal, crypto_bytes(NULL, 0));
        return;
    }
    method = selection.agreement.suite.ke;
    if (method && (!offered.ke || offered.ke->ke.method != method->id)) {
        uint8_t group[2] = {(uint8_t)(method->id >> 8), (uint8_t)method->id};

        refuse(call, sa, selection.policy->name, IKE_NOTIFY_INVALID_KE_PAYLOAD,
               crypto_bytes(group, sizeof(group)));
        return;
    }
    if (exchange_keys(call, sa, offered.ke, method, &half, &why)) {
        agree(call, sa, &offered, exchange, replaces, &selection, &half);
    } else {
        refuse_malformed(call, why); /* RFC 6989 §2.5 */
    }
    end_key_exchange(&half);
}
