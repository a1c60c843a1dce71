/* The life of a CHILD SA: offered, installed, removed. */
#include "ike/child.h"

#include <assert.h>
#include <string.h>

#include "ike/exchange.h"
#include "ike/followup.h"
#include "ike/octets.h"
#include "ike/rival.h"
#include "ike/selectors.h"
#include "ike/tell.h"

/* Puts it where it is found. */
static void enter(struct ike_endpoint *endpoint, struct ike_sa *sa,
                  const struct ike_child_policy *policy, struct ike_child *child)
{
    child->policy = policy;
    child->sa = sa;
    child->next = sa->children;
    sa->children = child;
    sa->child_total++;
    ike_index_insert(&endpoint->children, &child->by_spi, child->spi_in);
}

struct ike_child *ike_child_new(struct ike_call *call, struct ike_sa *sa,
                                const struct ike_child_policy *policy, struct crypto_draw draw)
{
    struct ike_endpoint *endpoint = call->endpoint;
    struct ike_child *child = ike_take(endpoint, sizeof(*child));

    do {
        uint8_t octets[IKE_CHILD_SPI_LEN];

        crypto_entropy_fill(&endpoint->entropy, &draw, octets, sizeof(octets));
        child->spi_in = ike_load_u32(octets);
        draw.instance++;
    } while (child->spi_in < IKE_CHILD_SPI_MIN ||
             ike_index_find(&endpoint->children, child->spi_in));
    enter(endpoint, sa, policy, child);
    return child;
}

struct ike_child *ike_child_adopt(struct ike_call *call, struct ike_sa *sa,
                                  const struct ike_child_policy *policy,
                                  const struct ike_child *told)
{
    struct ike_child *child = ike_take(call->endpoint, sizeof(*child));

    assert(!told->scope);
    *child = *told;
    enter(call->endpoint, sa, policy, child);
    sa->child_count += told->state != IKE_CHILD_OFFERED;
    return child;
}

static size_t scope_size(const struct ike_child_scope *scope)
{
    return sizeof(*scope) +
           ((size_t)scope->local_count + scope->remote_count) * sizeof(struct ike_selector);
}

static bool same_selectors(const struct ike_selector *a, size_t a_count,
                           const struct ike_selector *b, size_t b_count)
{
    return ike_selectors_within(a, a_count, b, b_count) &&
           ike_selectors_within(b, b_count, a, a_count);
}

void ike_child_keep_scope(struct ike_endpoint *endpoint, struct ike_child *child,
                          const struct ike_child_sa *installed)
{
    struct ike_child_scope wanted = {
        .local_count = installed->local_ts_count,
        .remote_count = installed->remote_ts_count,
    };
    struct ike_child_side local, remote;

    ike_child_side(endpoint, child->policy, child->sa, true, &local);
    ike_child_side(endpoint, child->policy, child->sa, false, &remote);
    if (same_selectors(installed->local_ts, installed->local_ts_count, local.list, local.count) &&
        same_selectors(installed->remote_ts, installed->remote_ts_count, remote.list,
                       remote.count)) {
        return;
    }
    child->scope = ike_take(endpoint, scope_size(&wanted));
    *child->scope = wanted;
    memcpy(child->scope->selectors, installed->local_ts,
           wanted.local_count * sizeof(struct ike_selector));
    memcpy(child->scope->selectors + wanted.local_count, installed->remote_ts,
           wanted.remote_count * sizeof(struct ike_selector));
}

void ike_child_forget(struct ike_endpoint *endpoint, struct ike_sa *sa, struct ike_child *child)
{
    struct ike_child **link = &sa->children;

    while (*link != child) {
        link = &(*link)->next;
    }
    *link = child->next;
    sa->child_total--;
    sa->child_count -= child->state != IKE_CHILD_OFFERED;
    ike_index_remove(&endpoint->children, &child->by_spi);
    if (child->scope) {
        ike_give(endpoint, child->scope, scope_size(child->scope));
    }
    ike_give(endpoint, child, sizeof(*child));
}

void ike_child_remove(struct ike_call *call, struct ike_sa *sa, struct ike_child *child,
                      const char *why)
{
    struct ike_action *action = ike_actions_add(call->actions, IKE_ACTION_CHILD_REMOVE);

    action->remove.ike_sa = sa->id;
    action->remove.spi_in = child->spi_in;
    action->remove.spi_out = child->spi_out;
    action->remove.name = child->policy->name;
    ike_tell_child_removed(call, sa, child, why);
    ike_child_forget(call->endpoint, sa, child);
}

void ike_children_free(struct ike_endpoint *endpoint, struct ike_sa *sa)
{
    while (sa->children) {
        ike_child_forget(endpoint, sa, sa->children);
    }
}

/* ---- offers ---- */

struct ike_child_offer *ike_child_offer_new(struct ike_endpoint *endpoint,
                                            const struct ike_child_policy *policy)
{
    struct ike_child_offer *offer = ike_take(endpoint, sizeof(*offer));

    offer->policy = policy;
    return offer;
}

void ike_child_offer_free(struct ike_endpoint *endpoint, struct ike_child_offer *offer)
{
    if (offer) {
        crypto_kex_free(offer->kex);
        ike_series_free(endpoint, offer->series);
        ike_rival_free(endpoint, offer->rival);
        ike_give(endpoint, offer, sizeof(*offer));
    }
}

void ike_child_fail(struct ike_call *call, struct ike_sa *sa, struct ike_child_offer *offer,
                    const char *why)
{
    struct ike_child *old = ike_child_offer_rekeys(call->endpoint, sa, offer);

    ike_tell_child_failed(call, sa, offer->policy->name, why);
    if (old && old->state == IKE_CHILD_REKEYING) {
        old->state = IKE_CHILD_INSTALLED; /* it goes on as if nothing had been asked */
    }
    if (offer->child) {
        ike_child_forget(call->endpoint, sa, offer->child);
        offer->child = NULL;
    }
}

/* ---- finding ---- */

struct ike_child *ike_child_by_name(const struct ike_sa *sa, const char *name)
{
    for (struct ike_child *child = sa->children; child; child = child->next) {
        if (child->state == IKE_CHILD_INSTALLED && strcmp(child->policy->name, name) == 0) {
            return child;
        }
    }
    return NULL;
}

struct ike_child *ike_child_by_spi_out(const struct ike_sa *sa, uint32_t spi_out)
{
    for (struct ike_child *child = sa->children; child; child = child->next) {
        if (child->state != IKE_CHILD_OFFERED && child->state != IKE_CHILD_DELETED &&
            child->spi_out == spi_out) {
            return child;
        }
    }
    return NULL;
}

struct ike_child *ike_child_by_spi_in(const struct ike_endpoint *endpoint, const struct ike_sa *sa,
                                      uint32_t spi_in)
{
    struct ike_child *child = ike_endpoint_child(endpoint, spi_in);

    return child && child->sa == sa ? child : NULL;
}

/* ---- selectors and mode ---- */

/* The addresses that stand for an end without a list: those that it has inside of the tunnel, or
 * the one of the IKE SA. */
static size_t own_addresses(const struct ike_sa *sa, bool local,
                            struct ike_selector out[IKE_SELECTORS_MAX])
{
    const struct ike_address *address = local ? &sa->local : &sa->remote;
    size_t count = ike_config_side(sa, local, out);

    if (count == 0) {
        out[0] = (struct ike_selector){
            .type = address->family == 4 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE,
            .end_port = UINT16_MAX,
        };
        memcpy(out[0].start, address->ip, sizeof(address->ip));
        memcpy(out[0].end, address->ip, sizeof(address->ip));
        count = 1;
    }
    return count;
}

void ike_child_side(const struct ike_endpoint *endpoint, const struct ike_child_policy *policy,
                    const struct ike_sa *sa, bool local, struct ike_child_side *side)
{
    uint32_t place = local ? endpoint->self->local_place : endpoint->self->remote_place;
    struct ike_selector addresses[IKE_SELECTORS_MAX], both[IKE_SELECTORS_MAX];
    bool isolated = !local && endpoint->policy->auth.remote == IKE_AUTH_NULL;
    size_t count;

    side->list = local ? policy->local_ts : policy->remote_ts;
    side->count = local ? policy->local_ts_count : policy->remote_ts_count;
    side->barred = false;
    if (side->count > 0 && place > 0) {
        /* A world whose networks do not fit is refused. */
        ike_selectors_move(side->list, side->count, place, side->own);
        side->list = side->own;
    }
    if (side->count > 0 && !isolated) {
        return;
    }
    /* RFC 7619 §2.5: who has proved nothing gets what is sent to itself, whatever the list says. */
    count = own_addresses(sa, local, addresses);
    if (side->count > 0) {
        size_t left = ike_selectors_narrow(addresses, count, side->list, side->count, both);

        side->barred = left == 0;
        count = left ? left : count;
        if (left) {
            memcpy(addresses, both, left * sizeof(*addresses));
        }
    }
    memcpy(side->own, addresses, count * sizeof(*addresses));
    side->list = side->own;
    side->count = count;
}

static bool are_address(const struct ike_selector *list, size_t count,
                        const struct ike_address *address)
{
    size_t len = address->family == 4 ? 4 : 16;
    uint8_t type = address->family == 4 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE;

    for (size_t i = 0; i < count; i++) {
        if (list[i].type != type || memcmp(list[i].start, address->ip, len) != 0 ||
            memcmp(list[i].end, address->ip, len) != 0) {
            return false;
        }
    }
    return count > 0;
}

bool ike_child_host_to_host(const struct ike_sa *sa, const struct ike_selector *local,
                            size_t local_count, const struct ike_selector *remote,
                            size_t remote_count)
{
    return are_address(local, local_count, &sa->local) &&
           are_address(remote, remote_count, &sa->remote);
}

/* ---- terms ---- */

struct ike_terms ike_child_terms(const struct ike_policy *host,
                                 const struct ike_child_policy *policy, uint8_t exchange,
                                 uint32_t spi_in)
{
    const struct ike_child_policy *now =
        host->reloaded ? &host->reloaded[policy - host->children] : policy;
    struct ike_terms terms = {
        .own = now->proposals,
        .count = now->proposal_count,
        .key_exchange = exchange == IKE_EXCHANGE_CREATE_CHILD_SA,
        .additional = exchange == IKE_EXCHANGE_CREATE_CHILD_SA,
        .spi_len = IKE_CHILD_SPI_LEN,
    };

    ike_store_u32(terms.spi, spi_in);
    return terms;
}
