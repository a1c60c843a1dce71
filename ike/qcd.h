/*
 * Quick crash detection (RFC 6290): each end gives the other a token in IKE_AUTH that only it can
 * make, of SPIs and a secret that outlives a crash. Shown in the clear beside INVALID_IKE_SPI, it
 * proves that the SA is lost there. For ike/ only.
 */
#ifndef IKESIM_IKE_QCD_H
#define IKESIM_IKE_QCD_H

#include "ike/sa.h"

enum { IKE_QCD_TOKEN_LEN = 32 };

/* Writes our token for this SA into a message of IKE_AUTH, if the policy says so. Its successor has
 * other SPIs and another token (§4.3): who answers a rekey writes it into the answer, who has asked
 * for it into a request in the successor. */
void ike_qcd_announce(struct ike_call *call, const struct ike_sa *sa);

/* True if the policy says so. */
bool ike_qcd_is_maker(const struct ike_call *call);

/* Keeps the peer's token for `sa` of the message that came in, if that is one of IKE_AUTH or
 * INFORMATIONAL, or, of a successor, the answer that made it. */
void ike_qcd_take(struct ike_call *call, struct ike_sa *sa);
void ike_qcd_take_successor(struct ike_call *call, struct ike_sa *successor);

/* Writes the token for the SPIs of a request that concerns no SA of ours (§4.5). */
void ike_qcd_prove(struct ike_call *call);

/* The message in the clear that came in shows the token that the peer gave us: closes the SA
 * without a word (§4.5). False if it does not. */
bool ike_qcd_believe(struct ike_call *call, struct ike_sa *sa);

#endif
