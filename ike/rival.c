#include "ike/rival.h"

#include <assert.h>
#include <string.h>

#include "ike/tell.h"

struct ike_rival *ike_rival_new(struct ike_endpoint *endpoint, struct crypto_bytes ni,
                                struct crypto_bytes nr)
{
    struct ike_rival *rival = ike_take(endpoint, sizeof(*rival));

    assert(ni.len <= IKE_NONCE_MAX && nr.len <= IKE_NONCE_MAX);
    rival->ni_len = (uint16_t)ni.len;
    rival->nr_len = (uint16_t)nr.len;
    memcpy(rival->ni, ni.data, ni.len);
    memcpy(rival->nr, nr.data, nr.len);
    return rival;
}

void ike_rival_free(struct ike_endpoint *endpoint, struct ike_rival *rival)
{
    ike_give(endpoint, rival, sizeof(*rival));
}

bool ike_nonce_lower(struct crypto_bytes a, struct crypto_bytes b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order < 0 || (order == 0 && a.len < b.len);
}

static struct crypto_bytes lower(struct crypto_bytes a, struct crypto_bytes b)
{
    return ike_nonce_lower(a, b) ? a : b;
}

bool ike_rival_wins(struct ike_call *call, const struct ike_rival *rival,
                    const struct ike_collision *collision)
{
    struct crypto_bytes ni = crypto_bytes(rival->ni, rival->ni_len);
    struct crypto_bytes nr = crypto_bytes(rival->nr, rival->nr_len);
    struct crypto_bytes lowest = lower(lower(collision->ni, collision->nr), lower(ni, nr));
    bool wins = lowest.data == collision->ni.data || lowest.data == collision->nr.data;

    ike_tell_rekey_collision(call, rival, collision, wins,
                             lowest.data == collision->ni.data   ? "own Ni is the lowest nonce"
                             : lowest.data == collision->nr.data ? "own Nr is the lowest nonce"
                             : lowest.data == rival->ni ? "the peer's Ni is the lowest nonce"
                                                        : "the peer's Nr is the lowest nonce");
    return wins;
}

void ike_rival_tell_refused(struct ike_call *call, const struct ike_rival *rival,
                            const struct ike_collision *collision)
{
    ike_tell_rekey_collision(call, rival, collision, true,
                             "the peer has refused the other request");
}
