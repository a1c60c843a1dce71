/* What a protected message says that an end has just sent, read with that end's own keys. */
#ifndef IKESIM_TESTS_IKE_OPENED_H
#define IKESIM_TESTS_IKE_OPENED_H

#include "ike/message.h"
#include "tests/ike/pair.h"

/* The newest datagram in flight, which `from` has sent in its IKE SA `sa`. Valid until the next
 * call. */
const struct ike_message *opened(struct party *from, uint64_t sa);

/* Its notify of that type; there must be one. */
const struct ike_payload *opened_notify(struct party *from, uint64_t sa, uint16_t type);

#endif
