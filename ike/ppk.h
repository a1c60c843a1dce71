/*
 * Postquantum preshared keys (RFC 8784): a second secret, mixed into SK_d, SK_pi and SK_pr, so that
 * who breaks the key exchange one day has not broken the CHILD SAs. For ike/ only.
 */
#ifndef IKESIM_IKE_PPK_H
#define IKESIM_IKE_PPK_H

#include "ike/sa.h"

enum { IKE_PPK_ID_FIXED = 2 }; /* PPK_ID type (§5.1) */

/* Writes USE_PPK into IKE_SA_INIT: the initiator if it has a PPK, the responder in answer. */
void ike_ppk_announce(struct ike_call *call, const struct ike_sa *sa, bool response);
void ike_ppk_take_announced(struct ike_call *call, struct ike_sa *sa);

/* The initiator may go on with IKE_AUTH; false where a PPK is a must and the responder has none
 * (§3). */
bool ike_ppk_admits(const struct ike_call *call, const struct ike_sa *sa);

/* Both ends have announced it. */
bool ike_ppk_in_use(const struct ike_call *call, const struct ike_sa *sa);

/* Mixes the PPK into the keys of the SA, which keeps what they were. */
void ike_ppk_mix(struct ike_call *call, struct ike_sa *sa);

/* Initiator: writes PPK_IDENTITY and, where the PPK is optional, NO_PPK_AUTH with `plain`, the
 * Authentication Data made before mixing. Responder: PPK_IDENTITY, if the PPK was used. */
void ike_ppk_build(struct ike_call *call, const struct ike_sa *sa, struct crypto_bytes plain);

/* What the message with the peer's AUTH says about PPKs. Responder: mixes, or puts the data of
 * NO_PPK_AUTH into `auth`. Initiator: takes the mixing back where the responder has not done it.
 * False with *why where a PPK is a must and is not used. */
bool ike_ppk_take(struct ike_call *call, struct ike_sa *sa, struct ike_payload *auth,
                  const char **why);

#endif
