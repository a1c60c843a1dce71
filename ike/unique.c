#include "ike/unique.h"

#include <string.h>

#include "ike/exchange.h"
#include "ike/tell.h"

bool ike_unique_is_first(const struct ike_endpoint *endpoint, const struct ike_sa *sa)
{
    struct ike_index_node *node =
        ike_index_find(&endpoint->by_remote, ike_address_hash(&sa->remote));

    for (; node; node = ike_index_next(node)) {
        const struct ike_sa *other = IKE_INDEX_OF(node, struct ike_sa, by_remote);

        if (other != sa && other->established &&
            ike_address_same_host(&other->remote, &sa->remote)) {
            return false;
        }
    }
    return true;
}

static bool has_identity(const struct ike_sa *sa, uint8_t type, struct crypto_bytes id)
{
    return sa->peer_id_type == type && sa->peer_id_len == id.len &&
           memcmp(sa->peer_id, id.data, id.len) == 0;
}

/* The next SA with that identity, from `node` on. */
static struct ike_sa *next_with(struct ike_index_node *node, uint8_t type, struct crypto_bytes id)
{
    for (; node; node = ike_index_next(node)) {
        struct ike_sa *sa = IKE_INDEX_OF(node, struct ike_sa, by_identity);

        if (has_identity(sa, type, id)) {
            return sa;
        }
    }
    return NULL;
}

bool ike_unique_admit(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *id)
{
    struct ike_endpoint *endpoint = call->endpoint;
    enum ike_unique unique = endpoint->policy->unique;
    bool initial_contact = ike_message_find_notify(&call->message, IKE_NOTIFY_INITIAL_CONTACT);
    uint8_t type = id->id.type;
    struct crypto_bytes data = id->id.data;
    struct ike_sa *older = next_with(
        ike_index_find(&endpoint->by_identity, ike_identity_hash(type, data)), type, data);
    uint32_t removed = 0;

    if (unique == IKE_UNIQUE_NEVER || (unique == IKE_UNIQUE_NO && !initial_contact)) {
        return true;
    }
    if (unique == IKE_UNIQUE_KEEP && !initial_contact) {
        return !older;
    }
    if (!initial_contact) {
        call->replaces = true;
        return true;
    }
    for (struct ike_sa *next; older; older = next) {
        next = next_with(ike_index_next(&older->by_identity), type, data);
        /* The peer has forgotten it: there is nobody to send a Delete to. */
        ike_sa_close(call, older, "INITIAL_CONTACT: the peer knows of no older SA");
        removed++;
    }
    ike_tell_initial_contact(call, sa, false, type, data, removed);
    return true;
}

void ike_unique_replace(struct ike_call *call, struct ike_sa *sa)
{
    struct crypto_bytes id = crypto_bytes(sa->peer_id, sa->peer_id_len);
    struct ike_index_node *node =
        ike_index_find(&call->endpoint->by_identity, ike_identity_hash(sa->peer_id_type, id));

    call->replaces = false;
    for (struct ike_sa *older = next_with(node, sa->peer_id_type, id), *next; older; older = next) {
        next = next_with(ike_index_next(&older->by_identity), sa->peer_id_type, id);
        if (older != sa) {
            ike_sa_begin_delete(call, older, "replaced by a newer SA of the same identity");
        }
    }
}
