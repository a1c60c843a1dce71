/* Telling of IKE SAs that outlive a crash: that another member of a cluster goes on with (RFC
 * 6311), or that are resumed with a ticket (RFC 5723). */

#include "ike/tell.h"

void ike_tell_counter_sync(struct ike_call *call, const struct ike_sa *sa, const char *what,
                           struct crypto_bytes nonce, uint32_t send, uint32_t recv, uint64_t delta)
{
    trace_emit_ike_counter_sync(call->observer, &(struct trace_ike_counter_sync){
                                                    .spi_i = sa->spi_i,
                                                    .what = what,
                                                    .nonce = {nonce.data, nonce.len},
                                                    .send = send,
                                                    .recv = recv,
                                                    .delta = delta,
                                                });
}

void ike_tell_sa_taken_over(struct ike_call *call, const struct ike_sa *sa)
{
    char address[INET6_ADDRSTRLEN], suite[256];

    if (!call->observer) {
        return;
    }
    ike_address_print(&sa->remote, address);
    crypto_suite_print(CRYPTO_PROTO_IKE, &sa->suite, suite, sizeof(suite));
    trace_emit_ike_sa_taken_over(call->observer,
                                 &(struct trace_ike_sa_taken_over){
                                     .spi_i = sa->spi_i,
                                     .spi_r = sa->spi_r,
                                     .role = sa->initiator ? "initiator" : "responder",
                                     .suite = suite,
                                     .peer_address = address,
                                     .window_own = sa->peer.size,
                                     .window_peer = sa->own.size,
                                     .send = sa->own.next,
                                     .recv = sa->peer.next,
                                     .children = sa->child_count,
                                 });
}

void ike_tell_ticket(struct ike_call *call, uint64_t spi_i, const char *what,
                     const struct ike_ticket_facts *facts)
{
    trace_emit_ike_ticket(call->observer, &(struct trace_ike_ticket){
                                              .spi_i = spi_i,
                                              .what = what,
                                              .lifetime = facts->lifetime,
                                              .ticket = {facts->ticket.data, facts->ticket.len},
                                              .sk_d = {facts->sk_d.data, facts->sk_d.len},
                                              .why = facts->why,
                                          });
}
