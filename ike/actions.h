/* Putting actions into the list; for ike/ only. */
#ifndef IKESIM_IKE_ACTIONS_H
#define IKESIM_IKE_ACTIONS_H

#include "ike/endpoint.h"

/* A new action at the end, zeroed but for its kind; valid until the next one is added. */
struct ike_action *ike_actions_add(struct ike_actions *actions, enum ike_action_kind kind);

/* Copies `bytes`. */
void ike_actions_transmit(struct ike_actions *actions, const struct ike_address *source,
                          const struct ike_address *destination, struct crypto_bytes bytes,
                          struct trace_ref sent, uint64_t identity);

/* Asks for ike_endpoint_timer in `delay` ns. `sa` and `generation` come back with it. */
void ike_actions_timer(struct ike_actions *actions, uint64_t sa, enum ike_timer_kind kind,
                       uint32_t generation, uint64_t delay);

#endif
