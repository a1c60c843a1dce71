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

static bool has_identity(const struct ike_sa *sa, const struct ike_payload *id)
{
    return sa->peer_id_type == id->id.type && sa->peer_id_len == id->id.data.len &&
           memcmp(sa->peer_id, id->id.data.data, id->id.data.len) == 0;
}

/* The next older SA with that identity, from `node` on. */
static struct ike_sa *next_with(struct ike_index_node *node, const struct ike_payload *id)
{
    for (; node; node = ike_index_next(node)) {
        struct ike_sa *sa = IKE_INDEX_OF(node, struct ike_sa, by_identity);

        if (has_identity(sa, id)) {
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
    struct ike_sa *older = next_with(
        ike_index_find(&endpoint->by_identity, ike_identity_hash(id->id.type, id->id.data)), id);
    uint32_t removed = 0;

    if (unique == IKE_UNIQUE_NEVER || (unique == IKE_UNIQUE_NO && !initial_contact)) {
        return true;
    }
    if (unique == IKE_UNIQUE_KEEP && !initial_contact) {
        return !older;
    }
    for (struct ike_sa *next; older; older = next) {
        next = next_with(ike_index_next(&older->by_identity), id);
        if (initial_contact) {
            /* The peer has forgotten it: there is nobody to send a Delete to. */
            ike_sa_close(call, older, "INITIAL_CONTACT: the peer knows of no older SA");
            removed++;
        } else {
            ike_sa_begin_delete(call, older, "replaced by a newer SA of the same identity");
        }
    }
    if (initial_contact) {
        ike_tell_initial_contact(call, sa, false, id->id.type, id->id.data, removed);
    }
    return true;
}
