/* What the files of observer.h share. */
#ifndef IKESIM_SIM_SCENARIO_OBSERVER_INTERNAL_H
#define IKESIM_SIM_SCENARIO_OBSERVER_INTERNAL_H

#include "ike/wire.h"
#include "sim/scenario/messages.h"
#include "sim/scenario/observer.h"
#include "sim/scenario/rekeys.h"

/* How many CHILD SAs, or IKE SAs, of an expectation there are now at a host. */
struct child_status {
    const char *host;
    const char *child;
    int32_t installed; /* how many of that name are in ESP now */
    struct child_status *next;
};

struct ike_status {
    const char *host;
    const char *peer;
    int32_t established;
    struct ike_status *next;
};

struct observer {
    const struct scenario *scenario;
    uint32_t *rows; /* of `counts`, by index of the host */
    size_t row_count;
    uint64_t (*counts)[SCENARIO_COUNT_COUNT];
    struct rekeys *rekeys;
    struct packets *packets;
    struct messages *messages;
    struct child_status *children;
    struct ike_status *ikes;
    uint32_t *matches;      /* by index of the script line: messages matched so far */
    struct net_edit *edits; /* of the script's edits on the wire, in order */
    uint8_t *edit_of;       /* by index of the script line: which of them */
};

/* ---- counting, and what is seen of an IKE message without the codec ---- */

/* Counts one more, of the host of a node or of a port. */
static inline void observer_add(struct observer *observer, const struct node *node,
                                enum scenario_count what)
{
    const struct scenario_member *host = node_user(node);
    observer->counts[observer->rows[host - observer->scenario->hosts]][what]++;
}

static inline void observer_add_port(struct observer *observer, const struct net_port *port,
                                     enum scenario_count what)
{
    observer_add(observer, port->user, what);
}

/* The host's place in the scenario. */
static inline size_t observer_index(const struct observer *observer, const struct node *node)
{
    return (size_t)((const struct scenario_member *)node_user(node) - observer->scenario->hosts);
}

/* Header fields by their place, so that a fault of the codec cannot blind the observer. */
enum { AT_PAYLOAD = 16, AT_EXCHANGE = 18, AT_FLAGS = 19, AT_MESSAGE_ID = 20, AT_FRAGMENT = 32 };

/* Fragment Number of an IKE fragment (RFC 7383 §2.5); 0 if it is none. */
static inline uint16_t observer_fragment(const uint8_t *bytes, size_t len)
{
    if (len < AT_FRAGMENT + 4 || bytes[AT_PAYLOAD] != IKE_PAYLOAD_SKF) {
        return 0;
    }
    return (uint16_t)(bytes[AT_FRAGMENT] << 8 | bytes[AT_FRAGMENT + 1]);
}

static inline bool observer_is_response(const uint8_t *bytes)
{
    return (bytes[AT_FLAGS] & IKE_FLAG_RESPONSE) != 0;
}

/* An inner packet, or one copy of it, exists no more. `context` is the observer. */
void observer_inner_gone(void *context, uint64_t identity);

#endif
