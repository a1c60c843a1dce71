/*
 * The part of a record of an IKE SA (ike/handover.h) that is about requests of its own that are
 * out. Where Message IDs cannot be synchronised (RFC 6311) only the same octets under the same
 * Message ID help the window on (RFC 7296 §2.1): whether the peer has seen them nobody knows. So
 * they are told of with what their answers need, private keys of key exchanges among it. For ike/
 * only.
 *
 * A request that crosses one of the peer's about the same SA (§2.8), or that key exchanges follow
 * (RFC 9370), is not told of; its Message ID counts as answered.
 */
#ifndef IKESIM_IKE_HANDOVER_ASKED_H
#define IKESIM_IKE_HANDOVER_ASKED_H

#include "ike/reader.h"
#include "ike/sa.h"
#include "ike/writer.h"

/* Inbound SPIs that a record has named so far. */
struct ike_told_spis {
    size_t count;
    uint32_t list[IKE_CHILDREN_MAX + IKE_WINDOW_MAX];
};

/* False if it is named already, here or by a CHILD SA of the endpoint, or is none that a CHILD SA
 * may have. */
bool ike_told_spis_add(struct ike_told_spis *spis, const struct ike_endpoint *endpoint,
                       uint32_t spi_in);

/* Octets that are room enough. */
size_t ike_asked_room(const struct ike_sa *sa);

/* Writes the requests that are out and can be told of; none where Message IDs are synchronised. */
void ike_asked_write(struct ike_builder *out, const struct ike_endpoint *endpoint,
                     const struct ike_sa *sa);

/* False if these octets are none that ike_asked_write has written of an IKE SA with the windows of
 * `sa`. `call` NULL: they are looked at and nothing else, with the SPIs that came before; otherwise
 * `spis` is NULL. Then the requests, which `sa` has none of yet, are out again, and the datagrams
 * go to the peer; its CHILD SAs are there. */
bool ike_asked_read(struct ike_reader *in, const struct ike_endpoint *endpoint,
                    struct ike_told_spis *spis, struct ike_call *call, struct ike_sa *sa);

#endif
