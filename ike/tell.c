#include "ike/tell.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "ike/redirect.h"
#include "ike/selectors.h"

/* Room for the words of one event; what is longer is cut off. */
enum { TEXT_CAP = 1024 };

static struct trace_bytes hex(struct crypto_bytes bytes)
{
    return (struct trace_bytes){bytes.data, bytes.len};
}

static const char *role(bool initiator)
{
    return initiator ? "initiator" : "responder";
}

const char *ike_address_print(const struct ike_address *address, char text[INET6_ADDRSTRLEN])
{
    ike_ip_print(address->ip, address->family == 4 ? 4 : 16, text);
    return text;
}

const char *ike_identity_print(uint8_t type, struct crypto_bytes data, char *text, size_t cap)
{
    char name[IKE_NAME_TEXT_CAP];
    size_t len;

    switch (type) {
    case 0:
        snprintf(text, cap, "any");
        return text;
    case IKE_ID_FQDN:
    case IKE_ID_RFC822_ADDR:
        len = data.len < cap ? data.len : cap - 1;
        for (size_t i = 0; i < len; i++) {
            text[i] = isprint(data.data[i]) ? (char)data.data[i] : '?';
        }
        text[len] = '\0';
        return text;
    case IKE_ID_IPV4_ADDR:
    case IKE_ID_IPV6_ADDR:
        if (data.len == (type == IKE_ID_IPV4_ADDR ? 4 : 16) && cap >= INET6_ADDRSTRLEN) {
            ike_ip_print(data.data, data.len, text);
            return text;
        }
        break;
    default:
        break;
    }
    len =
        (size_t)snprintf(text, cap, "%s ", ike_name_text(&ike_id_types, type, name, sizeof(name)));
    for (size_t i = 0; i < data.len && len + 2 < cap; i++) {
        len += (size_t)snprintf(text + len, cap - len, "%02x", data.data[i]);
    }
    return text;
}

/* ---- the SA ---- */

void ike_tell_sa_created(struct ike_call *call, const struct ike_sa *sa)
{
    char address[INET6_ADDRSTRLEN];

    if (!call->observer) {
        return;
    }
    ike_address_print(&sa->remote, address);
    trace_emit_ike_sa_created(call->observer,
                              &(struct trace_ike_sa_created){.spi_i = sa->spi_i,
                                                             .role = role(sa->initiator),
                                                             .peer_address = address});
}

void ike_tell_state(struct ike_call *call, const struct ike_sa *sa, enum ike_state from,
                    const char *why)
{
    trace_emit_ike_state(call->observer, &(struct trace_ike_state){
                                             .spi_i = sa->spi_i,
                                             .spi_r = sa->spi_r,
                                             .role = role(sa->initiator),
                                             .from = ike_state_name(from),
                                             .to = ike_state_name((enum ike_state)sa->state),
                                             .why = why,
                                         });
}

void ike_tell_sa_rekeyed(struct ike_call *call, const struct ike_sa *old, const struct ike_sa *sa)
{
    trace_emit_ike_sa_rekeyed(call->observer, &(struct trace_ike_sa_rekeyed){
                                                  .old_spi_i = old->spi_i,
                                                  .old_spi_r = old->spi_r,
                                                  .spi_i = sa->spi_i,
                                                  .spi_r = sa->spi_r,
                                                  .role = role(sa->initiator),
                                                  .children = sa->child_count,
                                              });
}

void ike_tell_rekey_failed(struct ike_call *call, const struct ike_sa *sa, const char *why)
{
    trace_emit_ike_rekey_failed(call->observer,
                                &(struct trace_ike_rekey_failed){.spi_i = sa->spi_i, .why = why});
}

/* ---- messages ---- */

void ike_tell_edited(struct ike_call *call, const struct ike_edit *edit, struct crypto_bytes before,
                     struct crypto_bytes after)
{
    char exchange[IKE_NAME_TEXT_CAP];
    struct ike_header header;
    struct ike_error error;

    if (!call->observer) {
        return;
    }
    (void)ike_header_parse(crypto_bytes(call->builder.data, call->builder.len), &header, &error);
    trace_emit_ike_edited(
        call->observer,
        &(struct trace_ike_edited){
            .spi_i = header.spi_i,
            .spi_r = header.spi_r,
            .exchange = ike_name_text(&ike_exchanges, header.exchange, exchange, sizeof(exchange)),
            .message_id = header.message_id,
            .response = header.response,
            .payload = edit->payload ? ike_payload_brief(edit->payload) : NULL,
            .which = edit->payload ? edit->which : 0,
            .octet = edit->octet,
            .before = hex(before),
            .after = hex(after),
        });
}

struct trace_ref ike_tell_sent(struct ike_call *call, struct crypto_bytes message,
                               const char *payloads, uint32_t transmission, struct trace_ref first)
{
    char exchange[IKE_NAME_TEXT_CAP];
    struct ike_header header;
    struct ike_error error;

    if (!call->observer) {
        return (struct trace_ref){0};
    }
    /* What a faulty sender says of version and length is told as it is. */
    (void)ike_header_parse(message, &header, &error);
    return trace_emit_ike_message_sent(
        call->observer,
        &(struct trace_ike_message_sent){
            .spi_i = header.spi_i,
            .spi_r = header.spi_r,
            .exchange = ike_name_text(&ike_exchanges, header.exchange, exchange, sizeof(exchange)),
            .message_id = header.message_id,
            .response = header.response,
            .initiator = header.initiator,
            .length = message.len,
            .payloads = payloads,
            .transmission = transmission,
            .first = first,
        });
}

void ike_tell_received(struct ike_call *call, struct trace_ref request)
{
    const struct ike_header *header = &call->message.header;
    char exchange[IKE_NAME_TEXT_CAP], payloads[TEXT_CAP];

    if (!call->observer) {
        return;
    }
    ike_message_describe(&call->message, payloads, sizeof(payloads));
    trace_emit_ike_message_received(
        call->observer,
        &(struct trace_ike_message_received){
            .spi_i = header->spi_i,
            .spi_r = header->spi_r,
            .exchange = ike_name_text(&ike_exchanges, header->exchange, exchange, sizeof(exchange)),
            .message_id = header->message_id,
            .response = header->response,
            .initiator = header->initiator,
            .length = header->length,
            .payloads = payloads,
            .request = request,
        });
}

void ike_tell_dropped(struct ike_call *call, const struct ike_header *header, const char *reason,
                      const char *detail, struct trace_ref earlier)
{
    char exchange[IKE_NAME_TEXT_CAP], payloads[TEXT_CAP] = "";
    struct trace_ike_message_dropped event = {
        .length = call->datagram->bytes.len,
        .payloads = payloads,
        .reason = reason,
        .detail = detail,
        .earlier = earlier,
    };

    if (!call->observer) {
        return;
    }
    if (header) {
        ike_message_describe(&call->message, payloads, sizeof(payloads));
        event.spi_i = header->spi_i;
        event.spi_r = header->spi_r;
        event.exchange =
            ike_name_text(&ike_exchanges, header->exchange, exchange, sizeof(exchange));
        event.message_id = header->message_id;
        event.response = header->response;
        event.initiator = header->initiator;
    }
    trace_emit_ike_message_dropped(call->observer, &event);
}

void ike_tell_retransmission(struct ike_call *call, const struct ike_sa *sa,
                             const struct ike_task *task, uint64_t waited)
{
    trace_emit_ike_retransmission(call->observer,
                                  &(struct trace_ike_retransmission){
                                      .spi_i = sa->spi_i,
                                      .message_id = task->message_id,
                                      .exchange = ike_exchange_name(task->exchange),
                                      .transmission = task->sent->transmissions + 1u,
                                      .waited = waited,
                                      .first = task->sent->first,
                                  });
}

void ike_tell_gave_up(struct ike_call *call, const struct ike_sa *sa, const struct ike_task *task)
{
    trace_emit_ike_gave_up(call->observer, &(struct trace_ike_gave_up){
                                               .spi_i = sa->spi_i,
                                               .message_id = task->message_id,
                                               .exchange = ike_exchange_name(task->exchange),
                                               .transmissions = task->sent->transmissions,
                                               .first = task->sent->first,
                                           });
}

/* ---- keys ---- */

void ike_tell_proposal_chosen(struct ike_call *call, const struct ike_sa *sa,
                              const struct ike_terms *terms, const struct ike_payload *sa_payload,
                              const struct ike_agreement *agreement)
{
    const struct crypto_proposal *chosen = &agreement->proposal.transforms;
    char offered[TEXT_CAP], text[256];

    if (!call->observer) {
        return;
    }
    if (sa_payload) {
        ike_offer_print(sa_payload, offered, sizeof(offered));
    } else {
        ike_terms_print(terms, offered, sizeof(offered));
    }
    crypto_proposal_print(chosen, text, sizeof(text));
    trace_emit_ike_proposal_chosen(call->observer,
                                   &(struct trace_ike_proposal_chosen){
                                       .spi_i = sa->spi_i,
                                       .protocol = ike_protocol_name(chosen->protocol),
                                       .offered = offered,
                                       .number = chosen->number,
                                       .chosen = text,
                                   });
}

void ike_tell_key_pair(struct ike_call *call, const struct ike_sa *sa, const struct crypto_kex *kex)
{
    if (!call->observer) {
        return;
    }
    trace_emit_ike_key_pair(call->observer, &(struct trace_ike_key_pair){
                                                .spi_i = sa->spi_i,
                                                .method = crypto_kex_transform(kex)->name,
                                                .private_key = hex(crypto_kex_private(kex)),
                                                .public_key = hex(crypto_kex_public(kex)),
                                            });
}

void ike_tell_keys_derived(struct ike_call *call, const struct ike_sa *sa,
                           struct crypto_bytes secret, struct crypto_bytes additional,
                           struct crypto_bytes skeyseed)
{
    const struct crypto_suite *suite = &sa->suite;
    const struct crypto_sk_keys *keys = sa->keys;
    char text[256];

    if (!call->observer) {
        return;
    }
    crypto_suite_print(CRYPTO_PROTO_IKE, suite, text, sizeof(text));
    trace_emit_ike_keys_derived(call->observer, &(struct trace_ike_keys_derived){
                                                    .spi_i = sa->spi_i,
                                                    .spi_r = sa->spi_r,
                                                    .role = role(sa->initiator),
                                                    .suite = text,
                                                    .encr = suite->encr->id,
                                                    .encr_key_bits = suite->encr_key_bits,
                                                    .prf = suite->prf->id,
                                                    .integ = suite->integ ? suite->integ->id : 0,
                                                    .ke = suite->ke->id,
                                                    .ni = hex(ike_sa_ni(sa)),
                                                    .nr = hex(ike_sa_nr(sa)),
                                                    .shared_secret = hex(secret),
                                                    .additional = hex(additional),
                                                    .skeyseed = hex(skeyseed),
                                                    .sk_d = hex(crypto_sk(keys, CRYPTO_SK_D)),
                                                    .sk_ai = hex(crypto_sk(keys, CRYPTO_SK_AI)),
                                                    .sk_ar = hex(crypto_sk(keys, CRYPTO_SK_AR)),
                                                    .sk_ei = hex(crypto_sk(keys, CRYPTO_SK_EI)),
                                                    .sk_er = hex(crypto_sk(keys, CRYPTO_SK_ER)),
                                                    .sk_pi = hex(crypto_sk(keys, CRYPTO_SK_PI)),
                                                    .sk_pr = hex(crypto_sk(keys, CRYPTO_SK_PR)),
                                                });
}

void ike_tell_followup(struct ike_call *call, const struct ike_sa *sa,
                       const struct ike_series *series, struct crypto_bytes secret)
{
    const struct ike_child *child = ike_child_by_spi_in(call->endpoint, sa, series->spi_in);

    trace_emit_ike_followup(call->observer, &(struct trace_ike_followup){
                                                .spi_i = sa->spi_i,
                                                .child = child ? child->policy->name : NULL,
                                                .number = series->done + 1u,
                                                .total = series->count,
                                                .method = ike_series_method(series)->name,
                                                .shared_secret = hex(secret),
                                            });
}

void ike_tell_auth(struct ike_call *call, const struct ike_sa *sa,
                   const struct ike_auth_facts *facts)
{
    char identity[TEXT_CAP];

    if (!call->observer) {
        return;
    }
    /* Behind ID Type and RESERVED (§3.5). */
    ike_identity_print(facts->id.data[0], crypto_bytes(facts->id.data + 4, facts->id.len - 4),
                       identity, sizeof(identity));
    trace_emit_ike_auth_computed(call->observer,
                                 &(struct trace_ike_auth_computed){
                                     .spi_i = sa->spi_i,
                                     .of = role(facts->of_initiator),
                                     .purpose = facts->verified ? "verified" : "sent",
                                     .equal = facts->equal,
                                     .method = facts->method,
                                     .identity = identity,
                                     .id = hex(facts->id),
                                     .message = hex(facts->message),
                                     .nonce = hex(facts->nonce),
                                     .sk_p = hex(facts->sk_p),
                                     .maced_id = hex(facts->maced_id),
                                     .int_auth = hex(facts->int_auth),
                                     .secret = hex(facts->secret),
                                     .algorithm = facts->algorithm,
                                     .public_key = hex(facts->public_key),
                                     .auth = hex(facts->auth),
                                 });
}

/* ---- windows and contacts ---- */

static const char *by(bool self)
{
    return self ? "self" : "peer";
}

void ike_tell_fragment(struct ike_call *call, const struct ike_sa *sa, uint16_t number,
                       uint16_t total, uint16_t have)
{
    const struct ike_header *header = &call->message.header;

    trace_emit_ike_fragment(call->observer, &(struct trace_ike_fragment){
                                                .spi_i = sa->spi_i,
                                                .exchange = ike_exchange_name(header->exchange),
                                                .message_id = header->message_id,
                                                .response = header->response,
                                                .number = number,
                                                .total = total,
                                                .have = have,
                                            });
}

void ike_tell_redirect(struct ike_call *call, const struct ike_sa *sa, const char *what,
                       const struct ike_gateway *gateway, const char *why)
{
    char text[IKE_GATEWAY_NAME_MAX + 1];

    if (!call->observer) {
        return;
    }
    if (gateway->name.len > 0) {
        snprintf(text, sizeof(text), "%.*s", (int)gateway->name.len,
                 (const char *)gateway->name.data);
    } else {
        ike_address_print(&gateway->address, text);
    }
    trace_emit_ike_redirect(call->observer,
                            &(struct trace_ike_redirect){
                                .spi_i = sa ? sa->spi_i : call->message.header.spi_i,
                                .what = what,
                                .gateway = text,
                                .why = why,
                            });
}

void ike_tell_puzzle(struct ike_call *call, const char *what, const struct crypto_transform *prf,
                     uint8_t difficulty, uint32_t tries, struct crypto_bytes solution)
{
    trace_emit_ike_puzzle(call->observer, &(struct trace_ike_puzzle){
                                              .spi_i = call->message.header.spi_i,
                                              .what = what,
                                              .prf = prf->name,
                                              .difficulty = difficulty,
                                              .tries = tries,
                                              .solution = hex(solution),
                                          });
}

void ike_tell_cookie(struct ike_call *call, const char *what, struct crypto_bytes cookie,
                     const char *why)
{
    trace_emit_ike_cookie(call->observer, &(struct trace_ike_cookie){
                                              .spi_i = call->message.header.spi_i,
                                              .what = what,
                                              .cookie = hex(cookie),
                                              .half_open = call->endpoint->half_open,
                                              .why = why,
                                          });
}

void ike_tell_window_announced(struct ike_call *call, const struct ike_sa *sa, bool by_self,
                               uint32_t size)
{
    trace_emit_ike_window_announced(
        call->observer,
        &(struct trace_ike_window_announced){.spi_i = sa->spi_i, .by = by(by_self), .size = size});
}

void ike_tell_window(struct ike_call *call, const struct ike_sa *sa, bool own)
{
    const struct ike_window *window = own ? &sa->own : &sa->peer;

    if (!call->observer) {
        return;
    }
    trace_emit_ike_window(call->observer,
                          &(struct trace_ike_window){
                              .spi_i = sa->spi_i,
                              .requests = own ? "own" : "peer",
                              .size = window->size,
                              .oldest = window->oldest,
                              .next = window->next,
                              .outstanding = own ? ike_window_outstanding(window) : 0,
                              .waiting = own ? sa->queued : 0,
                          });
}

void ike_tell_initial_contact(struct ike_call *call, const struct ike_sa *sa, bool by_self,
                              uint8_t id_type, struct crypto_bytes id, uint32_t removed)
{
    char identity[TEXT_CAP];

    if (!call->observer) {
        return;
    }
    trace_emit_ike_initial_contact(
        call->observer, &(struct trace_ike_initial_contact){
                            .spi_i = sa->spi_i,
                            .by = by(by_self),
                            .identity = ike_identity_print(id_type, id, identity, sizeof(identity)),
                            .removed = removed,
                        });
}

/* ---- CHILD SAs ---- */

void ike_tell_selectors_agreed(struct ike_call *call, const struct ike_child *child,
                               const struct ike_selectors_facts *facts)
{
    char offered_i[TEXT_CAP], offered_r[TEXT_CAP], agreed_i[TEXT_CAP], agreed_r[TEXT_CAP];

    if (!call->observer) {
        return;
    }
    ike_selectors_print(facts->offered_i, facts->offered_i_count, offered_i, TEXT_CAP);
    ike_selectors_print(facts->offered_r, facts->offered_r_count, offered_r, TEXT_CAP);
    ike_selectors_print(facts->agreed_i, facts->agreed_i_count, agreed_i, TEXT_CAP);
    ike_selectors_print(facts->agreed_r, facts->agreed_r_count, agreed_r, TEXT_CAP);
    trace_emit_ike_selectors_agreed(call->observer, &(struct trace_ike_selectors_agreed){
                                                        .child = child->policy->name,
                                                        .offered_i = offered_i,
                                                        .offered_r = offered_r,
                                                        .agreed_i = agreed_i,
                                                        .agreed_r = agreed_r,
                                                    });
}

void ike_tell_child_keys(struct ike_call *call, const struct ike_sa *sa,
                         const struct ike_child *child, const struct ike_child_keys_facts *facts)
{
    const struct crypto_suite *suite = facts->suite;
    char text[256];

    if (!call->observer) {
        return;
    }
    crypto_suite_print(child->protocol, suite, text, sizeof(text));
    trace_emit_ike_child_keys(call->observer,
                              &(struct trace_ike_child_keys){
                                  .spi_i = sa->spi_i,
                                  .child = child->policy->name,
                                  .role = role(facts->initiator),
                                  .suite = text,
                                  .protocol = ike_protocol_name(child->protocol),
                                  .encr = suite->encr ? suite->encr->id : 0,
                                  .encr_key_bits = suite->encr_key_bits,
                                  .integ = suite->integ ? suite->integ->id : 0,
                                  .prf = sa->suite.prf->id,
                                  .spi_in = child->spi_in,
                                  .spi_out = child->spi_out,
                                  .sk_d = hex(crypto_sk(sa->keys, CRYPTO_SK_D)),
                                  .shared_secret = hex(facts->shared_secret),
                                  .additional = hex(facts->additional),
                                  .ni = hex(facts->ni),
                                  .nr = hex(facts->nr),
                                  .keymat = hex(facts->keymat),
                                  .encr_in = {facts->in->encr_key, facts->in->encr_key_len},
                                  .integ_in = {facts->in->integ_key, facts->in->integ_key_len},
                                  .encr_out = {facts->out->encr_key, facts->out->encr_key_len},
                                  .integ_out = {facts->out->integ_key, facts->out->integ_key_len},
                              });
}

void ike_tell_child_installed(struct ike_call *call, const struct ike_sa *sa,
                              const struct ike_child *child, const struct ike_child_sa *installed)
{
    char suite[256], local[TEXT_CAP], remote[TEXT_CAP];

    if (!call->observer) {
        return;
    }
    crypto_suite_print(installed->protocol, &installed->suite, suite, sizeof(suite));
    ike_selectors_print(installed->local_ts, installed->local_ts_count, local, sizeof(local));
    ike_selectors_print(installed->remote_ts, installed->remote_ts_count, remote, sizeof(remote));
    trace_emit_ike_child_installed(call->observer,
                                   &(struct trace_ike_child_installed){
                                       .spi_i = sa->spi_i,
                                       .child = child->policy->name,
                                       .spi_in = child->spi_in,
                                       .spi_out = child->spi_out,
                                       .protocol = ike_protocol_name(installed->protocol),
                                       .suite = suite,
                                       .mode = installed->transport ? "transport" : "tunnel",
                                       .local_ts = local,
                                       .remote_ts = remote,
                                   });
}

void ike_tell_child_removed(struct ike_call *call, const struct ike_sa *sa,
                            const struct ike_child *child, const char *why)
{
    trace_emit_ike_child_removed(call->observer, &(struct trace_ike_child_removed){
                                                     .spi_i = sa->spi_i,
                                                     .child = child->policy->name,
                                                     .spi_in = child->spi_in,
                                                     .spi_out = child->spi_out,
                                                     .why = why,
                                                 });
}

void ike_tell_child_rekeyed(struct ike_call *call, const struct ike_sa *sa, const char *name,
                            const struct ike_child_move *move, bool by_self)
{
    trace_emit_ike_child_rekeyed(call->observer, &(struct trace_ike_child_rekeyed){
                                                     .spi_i = sa->spi_i,
                                                     .child = name,
                                                     .by = by(by_self),
                                                     .old_spi_in = move->old_spi_in,
                                                     .old_spi_out = move->old_spi_out,
                                                     .spi_in = move->spi_in,
                                                     .spi_out = move->spi_out,
                                                 });
}

void ike_tell_rekey_collision(struct ike_call *call, const struct ike_rival *rival,
                              const struct ike_collision *collision, bool peer_wins,
                              const char *why)
{
    trace_emit_ike_rekey_collision(call->observer, &(struct trace_ike_rekey_collision){
                                                       .spi_i = collision->sa->spi_i,
                                                       .child = collision->child,
                                                       .winner = by(!peer_wins),
                                                       .own_ni = hex(collision->ni),
                                                       .own_nr = hex(collision->nr),
                                                       .peer_ni = {rival->ni, rival->ni_len},
                                                       .peer_nr = {rival->nr, rival->nr_len},
                                                       .own_spi = collision->own_spi,
                                                       .peer_spi = collision->peer_spi,
                                                       .why = why,
                                                   });
}

void ike_tell_retry(struct ike_call *call, const struct ike_sa *sa, const char *child,
                    uint32_t tries, uint64_t delay)
{
    trace_emit_ike_retry(call->observer, &(struct trace_ike_retry){
                                             .spi_i = sa->spi_i,
                                             .child = child,
                                             .tries = tries,
                                             .delay = delay,
                                         });
}

void ike_tell_lifetime(struct ike_call *call, const struct ike_sa *sa,
                       const struct ike_child *child, const char *limit, const char *outcome)
{
    trace_emit_ike_lifetime(call->observer, &(struct trace_ike_lifetime){
                                                .spi_i = sa->spi_i,
                                                .child = child ? child->policy->name : NULL,
                                                .spi_in = child ? child->spi_in : 0,
                                                .limit = limit,
                                                .outcome = outcome,
                                            });
}

void ike_tell_child_failed(struct ike_call *call, const struct ike_sa *sa, const char *name,
                           const char *why)
{
    trace_emit_ike_child_failed(call->observer, &(struct trace_ike_child_failed){
                                                    .spi_i = sa->spi_i, .child = name, .why = why});
}
