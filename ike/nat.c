#include "ike/nat.h"

#include <string.h>

#include "crypto/digest.h"
#include "ike/child.h"
#include "ike/octets.h"
#include "ike/tell.h"

enum { DIGESTED_MAX = 2 * IKE_SPI_LEN + 16 + 2 };

/* SHA-1 of SPIs, address and port (§2.23). */
static void hash_address(const struct ike_call *call, uint64_t spi_i, uint64_t spi_r,
                         const struct ike_address *address, uint8_t hash[CRYPTO_SHA1_LEN])
{
    uint8_t digested[DIGESTED_MAX];
    size_t len = (size_t)2 * IKE_SPI_LEN, ip_len = address->family == 4 ? 4 : 16;

    ike_store_u64(digested, spi_i);
    ike_store_u64(digested + IKE_SPI_LEN, spi_r);
    memcpy(digested + len, address->ip, ip_len);
    len += ip_len;
    digested[len++] = (uint8_t)(address->port >> 8);
    digested[len++] = (uint8_t)address->port;
    crypto_sha1(call->endpoint->crypto, crypto_bytes(digested, len), hash);
}

static void build_hash(struct ike_call *call, const struct ike_sa *sa, uint16_t notify,
                       const struct ike_address *address)
{
    uint8_t hash[CRYPTO_SHA1_LEN];

    hash_address(call, sa->spi_i, sa->spi_r, address, hash);
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), notify,
                     crypto_bytes(hash, sizeof(hash)));
}

void ike_nat_build_detection(struct ike_call *call, const struct ike_sa *sa,
                             const struct ike_address *source,
                             const struct ike_address *destination)
{
    const struct ike_policy *policy = call->endpoint->policy;
    const struct ike_address nowhere = {.family = source->family};

    if (policy->nat_traversal) {
        build_hash(call, sa, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, policy->encap ? &nowhere : source);
        build_hash(call, sa, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, destination);
    }
}

/* How many notifies of that type the message has, and whether one of them is the hash of `address`:
 * a host with several addresses may send one for each (§2.23). */
static bool any_matches(const struct ike_call *call, uint16_t notify,
                        const struct ike_address *address, size_t *count)
{
    const struct ike_message *message = &call->message;
    uint8_t hash[CRYPTO_SHA1_LEN];
    bool found = false;

    hash_address(call, message->header.spi_i, message->header.spi_r, address, hash);
    *count = 0;
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct ike_payload *payload = &message->payloads[i];

        if (payload->type == IKE_PAYLOAD_NOTIFY && payload->notify.type == notify) {
            struct crypto_bytes data = payload->notify.data;

            (*count)++;
            found = found || (data.len == sizeof(hash) && memcmp(data.data, hash, data.len) == 0);
        }
    }
    return found;
}

void ike_nat_detect(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_policy *policy = call->endpoint->policy;
    size_t sources, destinations;
    bool source =
        any_matches(call, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, &call->datagram->source, &sources);
    bool destination = any_matches(call, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP,
                                   &call->datagram->destination, &destinations);

    sa->nat = 0;
    if (!policy->nat_traversal || sources == 0 || destinations == 0) {
        return; /* one of us cannot do it */
    }
    sa->nat = IKE_NAT_SUPPORTED;
    if (!source) {
        sa->nat |= IKE_NAT_THERE;
    }
    if (!destination) {
        sa->nat |= IKE_NAT_HERE;
    }
    if (policy->encap) {
        sa->nat |= IKE_NAT_PRETENDED;
    }
    ike_tell_nat_detected(call, sa);
}

void ike_nat_float(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_address local = sa->local, remote = sa->remote;

    /* With MOBIKE before a NAT is met too: the way of tomorrow may have one (RFC 4555 §3.3). */
    bool mobike = call->endpoint->policy->mobike && (sa->nat & IKE_NAT_SUPPORTED);

    if ((ike_nat_encapsulates(sa) || mobike) && local.port != IKE_PORT_NAT_T) {
        local.port = remote.port = IKE_PORT_NAT_T;
        ike_sa_move(call, sa, &local, &remote, "nat");
    }
}

static bool same_address(const struct ike_address *a, const struct ike_address *b)
{
    return ike_address_same_host(a, b) && a->port == b->port;
}

void ike_sa_move(struct ike_call *call, struct ike_sa *sa, const struct ike_address *local,
                 const struct ike_address *remote, const char *what)
{
    struct ike_endpoint *endpoint = call->endpoint;
    const struct ike_address local_before = sa->local, remote_before = sa->remote;

    ike_index_remove(&endpoint->by_remote, &sa->by_remote);
    sa->local = *local;
    sa->remote = *remote;
    ike_index_insert(&endpoint->by_remote, &sa->by_remote, ike_address_hash(&sa->remote));
    ike_tell_address_changed(call, sa, &local_before, &remote_before, what);
    for (const struct ike_child *child = sa->children; child; child = child->next) {
        if (child->state != IKE_CHILD_OFFERED) {
            struct ike_action *action = ike_actions_add(call->actions, IKE_ACTION_CHILD_MOVE);

            action->move.spi_in = child->spi_in;
            action->move.local = *local;
            action->move.remote = *remote;
            action->move.udp = ike_nat_encapsulates(sa);
        }
    }
}

void ike_nat_follow(struct ike_call *call, struct ike_sa *sa, const struct ike_address *source,
                    const struct ike_address *destination, const char *what)
{
    if (same_address(&sa->remote, source) && same_address(&sa->local, destination)) {
        return;
    }
    if (sa->mobike) {
        return; /* the initiator tells of it (RFC 4555 §3.8) */
    }
    /* Until IKE_AUTH is over it is the initiator's port that changes, which is no surprise (§2.23).
     * Behind a NAT ourselves, we know no more of the peer's address than anybody who can change a
     * packet's; and what is not authentic never comes here. */
    if (sa->state == IKE_STATE_INIT_DONE ||
        ((sa->nat & IKE_NAT_SUPPORTED) && !(sa->nat & IKE_NAT_HERE))) {
        ike_sa_move(call, sa, destination, source, what);
    }
}

/* ---- keepalives (RFC 3948 §4) ---- */

void ike_nat_watch(struct ike_call *call, struct ike_sa *sa)
{
    uint64_t every = call->endpoint->policy->nat_keepalive;

    if ((sa->nat & IKE_NAT_HERE) && every) {
        sa->last_sent = call->now;
        ike_actions_timer(call->actions, sa->id, IKE_TIMER_KEEPALIVE, 0, every);
    }
}

/* Any packet of ours keeps the mapping alive, so one of these goes out only after silence. */
void ike_nat_keepalive(struct ike_call *call, struct ike_sa *sa)
{
    uint64_t delay = call->endpoint->policy->nat_keepalive;
    uint64_t silent = call->now - sa->last_sent;

    if (silent < delay) {
        delay -= silent;
    } else {
        struct ike_action *action = ike_actions_add(call->actions, IKE_ACTION_KEEPALIVE);

        action->keepalive.source = sa->local;
        action->keepalive.destination = sa->remote;
        action->keepalive.sent = ike_tell_keepalive(call, sa);
        sa->last_sent = call->now;
    }
    ike_actions_timer(call->actions, sa->id, IKE_TIMER_KEEPALIVE, 0, delay);
}
