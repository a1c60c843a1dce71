/*
 * IKE SAs from one member of a cluster to another (RFC 6311 §5): what a standby has to know to go
 * on in the place of the member that made them, as octets. Keys are among them: whoever carries the
 * octets keeps them secret.
 *
 * Told of are established IKE SAs with their CHILD SAs, where the peer can be (MOBIKE), and, where
 * Message IDs cannot be synchronised (RFC 6311), the responses that are kept for copies of requests
 * and the requests that are out; not half-open IKE SAs: whoever has not proved anything does not
 * make two machines work, and asks again. Lifetimes begin anew at the other member.
 */
#ifndef IKESIM_IKE_HANDOVER_H
#define IKESIM_IKE_HANDOVER_H

#include "ike/endpoint.h"

/* Inbound SPIs of the CHILD SAs that ESP has of that IKE SA, in the order in which they were made.
 * Returns how many there are, of which at most `cap` are written. */
size_t ike_endpoint_child_spis(const struct ike_endpoint *endpoint, uint64_t sa, uint32_t *spis,
                               size_t cap);

/* Octets that are room enough for ike_endpoint_export; 0: there is no such IKE SA, or it is in no
 * state to be told of: not established yet, replaced, or about to end. */
size_t ike_endpoint_export_room(const struct ike_endpoint *endpoint, uint64_t sa);

/* Writes an IKE SA for which there is room. `esp` has what ESP knows of its CHILD SAs: spi_in,
 * suite, keys, mode, replay_window and history; the rest is not looked at. One that is not among
 * them is left out. Returns the number of octets. */
size_t ike_endpoint_export(const struct ike_endpoint *endpoint, uint64_t sa,
                           const struct ike_child_sa *esp, size_t esp_count, uint8_t *out,
                           size_t cap);

/* Goes on with an IKE SA, and begins to synchronise its counters with the peer (RFC 6311) if that
 * was agreed on. Sequence numbers come out skipped forward by the policy's counter_delta: what this
 * end sends in any case, what it accepts if the peer can be asked to skip too. Returns the id of
 * the SA, or 0 with *why (static text) where the octets are none that ike_endpoint_export has
 * written, or the SA is here already; nothing has changed then. */
uint64_t ike_endpoint_import(struct ike_endpoint *endpoint, uint64_t now,
                             struct crypto_bytes record, struct ike_actions *actions,
                             const char **why);

#endif
