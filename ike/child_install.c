/* Keys of a CHILD SA and its way to ESP (RFC 7296 §2.17). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ike/child.h"
#include "ike/lifetime.h"
#include "ike/nat.h"
#include "ike/octets.h"
#include "ike/tell.h"

/* KEYMAT is taken for packets from the initiator of the exchange first, and of each direction the
 * encryption key first (§2.17). */
static void derive(struct ike_call *call, const struct ike_sa *sa, const struct ike_child *child,
                   const struct ike_bargain *bargain, struct ike_child_sa *out)
{
    const struct crypto_suite *suite = &bargain->agreement->suite;
    uint8_t keymat[2 * (CRYPTO_ENCR_KEY_MAX + CRYPTO_INTEG_KEY_MAX)];
    size_t len = crypto_keymat_direction_len(suite);
    size_t integ_len = suite->integ ? suite->integ->key_len : 0;
    struct crypto_packet_key *from_initiator = bargain->initiator ? &out->key_out : &out->key_in;
    struct crypto_packet_key *from_responder = bargain->initiator ? &out->key_in : &out->key_out;

    assert(2 * len <= sizeof(keymat) && integ_len <= len);
    crypto_keymat(call->endpoint->crypto, sa->suite.prf, crypto_sk(sa->keys, CRYPTO_SK_D),
                  bargain->shared_secret, bargain->ni, bargain->nr, bargain->additional, keymat,
                  2 * len, call->costs);
    crypto_packet_key_set(from_initiator, suite, crypto_bytes(keymat, len - integ_len),
                          crypto_bytes(keymat + len - integ_len, integ_len));
    crypto_packet_key_set(from_responder, suite, crypto_bytes(keymat + len, len - integ_len),
                          crypto_bytes(keymat + 2 * len - integ_len, integ_len));
    ike_tell_child_keys(call, sa, child,
                        &(struct ike_child_keys_facts){.initiator = bargain->initiator,
                                                       .suite = suite,
                                                       .shared_secret = bargain->shared_secret,
                                                       .additional = bargain->additional,
                                                       .ni = bargain->ni,
                                                       .nr = bargain->nr,
                                                       .keymat = crypto_bytes(keymat, 2 * len),
                                                       .in = &out->key_in,
                                                       .out = &out->key_out});
    crypto_wipe(keymat, sizeof(keymat));
}

void ike_child_install(struct ike_call *call, struct ike_sa *sa, struct ike_child *child,
                       const struct ike_bargain *bargain)
{
    const struct ike_selector *local = bargain->initiator ? bargain->ts_i : bargain->ts_r;
    const struct ike_selector *remote = bargain->initiator ? bargain->ts_r : bargain->ts_i;
    size_t local_count = bargain->initiator ? bargain->ts_i_count : bargain->ts_r_count;
    size_t remote_count = bargain->initiator ? bargain->ts_r_count : bargain->ts_i_count;
    struct ike_child_sa *out =
        malloc(sizeof(*out) + (local_count + remote_count) * sizeof(struct ike_selector));
    struct ike_selector *list;

    assert(out);
    list = (struct ike_selector *)(out + 1);
    memcpy(list, local, local_count * sizeof(*list));
    memcpy(list + local_count, remote, remote_count * sizeof(*list));
    child->spi_out = ike_load_u32(bargain->agreement->peer_spi);
    child->ke = bargain->agreement->suite.ke ? bargain->agreement->suite.ke->id : 0;
    child->state = IKE_CHILD_INSTALLED;
    child->protocol = bargain->agreement->proposal.transforms.protocol;
    sa->child_count++;
    *out = (struct ike_child_sa){.ike_sa = sa->id,
                                 .name = child->policy->name,
                                 .spi_in = child->spi_in,
                                 .spi_out = child->spi_out,
                                 .protocol = child->protocol,
                                 .transport = bargain->transport,
                                 .suite = bargain->agreement->suite,
                                 .replay_window = child->policy->replay_window,
                                 .replaces = bargain->replaces ? bargain->replaces->spi_in : 0,
                                 .waits_for = bargain->waits_for,
                                 .initiator = bargain->initiator,
                                 .local = sa->local,
                                 .remote = sa->remote,
                                 .udp = ike_nat_encapsulates(sa),
                                 .real = bargain->real,
                                 .history.sequence_out =
                                     bargain->used ? call->endpoint->policy->counter_delta : 0,
                                 .local_ts_count = (uint8_t)local_count,
                                 .remote_ts_count = (uint8_t)remote_count,
                                 .local_ts = list,
                                 .remote_ts = list + local_count};
    ike_child_keep_scope(call->endpoint, child, out);
    derive(call, sa, child, bargain, out);
    ike_tell_child_installed(call, sa, child, out);
    ike_lifetime_watch_child(call, sa, child, out);
    ike_actions_add(call->actions, IKE_ACTION_CHILD_INSTALL)->install = out;
}
