#include "ike/redirect.h"

#include <string.h>

#include "crypto/kdf.h"
#include "ike/sent.h"
#include "ike/tell.h"

enum { GW_IPV4 = 1, GW_IPV6 = 2, GW_HEADER_LEN = 2, GW_MAX = GW_HEADER_LEN + 16 };

/* GW Ident Type, GW Ident Len, identity (§9.2). */
static size_t write_gateway(uint8_t family, const uint8_t ip[16], uint8_t out[GW_MAX])
{
    uint8_t len = family == 4 ? 4 : 16;

    out[0] = family == 4 ? GW_IPV4 : GW_IPV6;
    out[1] = len;
    memcpy(out + GW_HEADER_LEN, ip, len);
    return (size_t)GW_HEADER_LEN + len;
}

/* False if it is none, or one by name: nobody here asks the DNS. */
static bool read_gateway(struct crypto_bytes *data, struct ike_address *gateway)
{
    size_t len;

    *gateway = (struct ike_address){.port = IKE_PORT};
    if (data->len < GW_HEADER_LEN || data->len < (size_t)GW_HEADER_LEN + data->data[1]) {
        return false;
    }
    len = data->data[1];
    gateway->family = data->data[0] == GW_IPV4 && len == 4    ? 4
                      : data->data[0] == GW_IPV6 && len == 16 ? 6
                                                              : 0;
    memcpy(gateway->ip, data->data + GW_HEADER_LEN, gateway->family ? len : 0);
    *data = crypto_bytes(data->data + GW_HEADER_LEN + len, data->len - GW_HEADER_LEN - len);
    return gateway->family != 0;
}

void ike_redirect_announce(struct ike_call *call, const struct ike_sa *sa)
{
    const struct ike_address *from = &sa->setup->redirected_from;
    uint8_t gateway[GW_MAX];

    if (from->family) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_REDIRECTED_FROM,
                         crypto_bytes(gateway, write_gateway(from->family, from->ip, gateway)));
    } else if (call->endpoint->policy->follow_redirects) {
        ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), IKE_NOTIFY_REDIRECT_SUPPORTED,
                         crypto_bytes(NULL, 0));
    }
}

bool ike_redirect_send(struct ike_call *call, struct crypto_bytes nonce)
{
    const struct ike_endpoint *endpoint = call->endpoint;
    const struct ike_policy *policy = endpoint->policy;
    uint8_t data[GW_MAX + IKE_NONCE_MAX];
    struct ike_address gateway = {.family = policy->redirect_family, .port = IKE_PORT};
    size_t len;

    if (!policy->redirect_family || endpoint->established < policy->redirect_above ||
        (!ike_message_find_notify(&call->message, IKE_NOTIFY_REDIRECT_SUPPORTED) &&
         !ike_message_find_notify(&call->message, IKE_NOTIFY_REDIRECTED_FROM))) {
        return false;
    }
    memcpy(gateway.ip, policy->redirect_ip, sizeof(gateway.ip));
    len = write_gateway(gateway.family, gateway.ip, data);
    memcpy(data + len, nonce.data, nonce.len);
    ike_tell_received(call, (struct trace_ref){0});
    ike_tell_redirect(call, "sent", &gateway, "this gateway has as many IKE SAs as it wants");
    ike_answer_without_sa(call, IKE_NOTIFY_REDIRECT, crypto_bytes(data, len + nonce.len));
    return true;
}

static void drop(struct ike_call *call, const char *reason, const char *detail)
{
    ike_tell_dropped(call, &call->message.header, reason, detail, (struct trace_ref){0});
}

void ike_redirect_follow(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *notify,
                         struct trace_ref request)
{
    struct crypto_bytes rest = notify->notify.data, ni = ike_sa_ni(sa);
    struct ike_action *action;
    struct ike_address to;

    if (!read_gateway(&rest, &to)) {
        drop(call, "malformed", "REDIRECT names no gateway by its address (RFC 5685 9.2)");
        return;
    }
    if (rest.len != ni.len || !crypto_equal(rest.data, ni.data, ni.len)) {
        drop(call, "unacceptable", "REDIRECT does not repeat our nonce (RFC 5685 3)");
        return;
    }
    if (sa->setup->redirects >= IKE_REDIRECTS_MAX) {
        drop(call, "limit", "redirected too often: it may be a loop (RFC 5685 7)");
        return;
    }
    ike_tell_received(call, request);
    ike_tell_redirect(call, "followed", &to, "it has our nonce, so it has seen our request");
    action = ike_actions_add(call->actions, IKE_ACTION_REDIRECT);
    action->redirect.to = to;
    action->redirect.from = sa->remote;
    action->redirect.count = (uint8_t)(sa->setup->redirects + 1);
    ike_sa_close(call, sa, "the responder sends us to another gateway");
}
