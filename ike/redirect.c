#include "ike/redirect.h"

#include <string.h>

#include "crypto/kdf.h"
#include "ike/exchange.h"
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

static void build_notify(struct ike_call *call, uint16_t type, struct crypto_bytes data)
{
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), type, data);
}

/* ---- the initiator ---- */

void ike_redirect_announce(struct ike_call *call, struct ike_sa *sa)
{
    const struct ike_address *from = &sa->setup->redirected.from;
    uint8_t gateway[GW_MAX];

    if (from->family) {
        build_notify(call, IKE_NOTIFY_REDIRECTED_FROM,
                     crypto_bytes(gateway, write_gateway(from->family, from->ip, gateway)));
    } else if (call->endpoint->policy->follow_redirects) {
        build_notify(call, IKE_NOTIFY_REDIRECT_SUPPORTED, crypto_bytes(NULL, 0));
    } else {
        return;
    }
    sa->redirect = IKE_REDIRECT_CLIENT;
}

static void drop(struct ike_call *call, const char *reason, const char *detail)
{
    ike_tell_dropped(call, &call->message.header, reason, detail, (struct trace_ref){0});
}

/* Redirects before this one, but for those that are too long ago to be a loop (§7). */
static struct ike_redirected so_far(const struct ike_call *call, const struct ike_sa *sa)
{
    struct ike_redirected before = sa->setup ? sa->setup->redirected : (struct ike_redirected){0};

    if (before.count == 0) {
        before = ike_sa_rare(sa)->redirected;
    }
    if (before.count == 0 || call->now - before.since >= IKE_REDIRECT_LOOP_PERIOD) {
        before.count = 0;
        before.since = call->now;
    }
    return before;
}

/* It may be a loop, or somebody's attack (§7). */
static bool is_one_too_many(const struct ike_call *call, const struct ike_sa *sa)
{
    return so_far(call, sa).count >= IKE_REDIRECTS_MAX;
}

#define TOO_OFTEN "redirected too often: it may be a loop (RFC 5685 7)"

static void go(struct ike_call *call, const struct ike_sa *sa, const struct ike_address *to)
{
    struct ike_action *action = ike_actions_add(call->actions, IKE_ACTION_REDIRECT);
    struct ike_redirected redirected = so_far(call, sa);

    redirected.from = sa->remote;
    redirected.count++;
    action->redirect.to = *to;
    action->redirect.redirected = redirected;
}

void ike_redirect_follow(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *notify,
                         struct trace_ref request)
{
    struct crypto_bytes rest = notify->notify.data, ni = ike_sa_ni(sa);
    struct ike_address to;

    if (!read_gateway(&rest, &to)) {
        drop(call, "malformed", "REDIRECT names no gateway by its address (RFC 5685 9.2)");
        return;
    }
    if (rest.len != ni.len || !crypto_equal(rest.data, ni.data, ni.len)) {
        drop(call, "unacceptable", "REDIRECT does not repeat our nonce (RFC 5685 3)");
        return;
    }
    if (is_one_too_many(call, sa)) {
        drop(call, "limit", TOO_OFTEN);
        return;
    }
    ike_tell_received(call, request);
    ike_tell_redirect(call, sa, "followed", &to, "it has our nonce, so it has seen our request");
    go(call, sa, &to);
    ike_sa_close(call, sa, "the responder sends us to another gateway");
}

/* A REDIRECT in a protected message, of whom we have told that we can be redirected. One that
 * cannot be read, or has a nonce (§9.2: it must not), is none. */
static bool find_protected(struct ike_call *call, const struct ike_sa *sa, struct ike_address *to)
{
    const struct ike_payload *notify = ike_message_find_notify(&call->message, IKE_NOTIFY_REDIRECT);
    struct crypto_bytes rest;

    if (!notify || sa->redirect != IKE_REDIRECT_CLIENT) {
        return false;
    }
    rest = notify->notify.data;
    if (!read_gateway(&rest, to) || rest.len > 0) {
        ike_tell_redirect(call, sa, "ignored", to, "it is not of the form of RFC 5685 9.2");
        return false;
    }
    return true;
}

/* Tells what comes of it; false if it is one too many. */
static bool follow(struct ike_call *call, const struct ike_sa *sa, const struct ike_address *to,
                   const char *why)
{
    bool too_many = is_one_too_many(call, sa);

    ike_tell_redirect(call, sa, too_many ? "ignored" : "followed", to, too_many ? TOO_OFTEN : why);
    if (!too_many) {
        go(call, sa, to);
    }
    return !too_many;
}

bool ike_redirect_follow_first(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_address to;

    if (!find_protected(call, sa, &to) ||
        !follow(call, sa, &to, "the gateway has proved who it is, and we have not yet")) {
        return false;
    }
    ike_sa_close(call, sa, "the responder sends us to another gateway");
    return true;
}

bool ike_redirect_follow_last(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_address to;

    if (!find_protected(call, sa, &to)) {
        return false;
    }
    ike_sa_begin_delete(call, sa,
                        follow(call, sa, &to, "both ends have proved who they are")
                            ? "the responder sends us to another gateway"
                            : "the responder sends us on, and we have been sent on too often");
    return true;
}

void ike_redirect_follow_told(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_address to;

    if (sa->state == IKE_STATE_ESTABLISHED && !sa->replaced && find_protected(call, sa, &to) &&
        follow(call, sa, &to, "the gateway serves us no longer")) {
        call->leaves = "the gateway sends us to another one";
    }
}

void ike_redirect_keep(struct ike_call *call, struct ike_sa *sa)
{
    if (sa->setup->redirected.count) {
        ike_sa_make_rare(call->endpoint, sa)->redirected = sa->setup->redirected;
    }
}

/* ---- the gateway ---- */

void ike_redirect_take_support(const struct ike_call *call, struct ike_sa *sa)
{
    if (ike_message_find_notify(&call->message, IKE_NOTIFY_REDIRECT_SUPPORTED) ||
        ike_message_find_notify(&call->message, IKE_NOTIFY_REDIRECTED_FROM)) {
        sa->redirect = IKE_REDIRECT_GATEWAY;
    }
}

static bool has_enough(const struct ike_call *call, uint8_t where)
{
    const struct ike_policy *policy = call->endpoint->policy;

    return policy->redirect_family && policy->redirect_in == where &&
           call->endpoint->established >= policy->redirect_above;
}

bool ike_redirect_wanted(const struct ike_call *call, const struct ike_sa *sa, uint8_t where)
{
    return sa->redirect == IKE_REDIRECT_GATEWAY && has_enough(call, where);
}

static struct ike_address other_gateway(const struct ike_policy *policy)
{
    struct ike_address gateway = {.family = policy->redirect_family, .port = IKE_PORT};

    memcpy(gateway.ip, policy->redirect_ip, sizeof(gateway.ip));
    return gateway;
}

bool ike_redirect_send(struct ike_call *call, struct crypto_bytes nonce)
{
    struct ike_address gateway = other_gateway(call->endpoint->policy);
    uint8_t data[GW_MAX + IKE_NONCE_MAX];
    size_t len;

    if (!has_enough(call, IKE_REDIRECT_IN_INIT) ||
        (!ike_message_find_notify(&call->message, IKE_NOTIFY_REDIRECT_SUPPORTED) &&
         !ike_message_find_notify(&call->message, IKE_NOTIFY_REDIRECTED_FROM))) {
        return false;
    }
    len = write_gateway(gateway.family, gateway.ip, data);
    memcpy(data + len, nonce.data, nonce.len);
    ike_tell_received(call, (struct trace_ref){0});
    ike_tell_redirect(call, NULL, "sent", &gateway, "this gateway has as many IKE SAs as it wants");
    ike_answer_without_sa(call, IKE_NOTIFY_REDIRECT, crypto_bytes(data, len + nonce.len));
    return true;
}

void ike_redirect_build(struct ike_call *call, const struct ike_sa *sa, const char *why)
{
    struct ike_address gateway = other_gateway(call->endpoint->policy);
    uint8_t data[GW_MAX];

    ike_tell_redirect(call, sa, "sent", &gateway, why);
    build_notify(call, IKE_NOTIFY_REDIRECT,
                 crypto_bytes(data, write_gateway(gateway.family, gateway.ip, data)));
}

void ike_redirect_wait(struct ike_call *call, const struct ike_sa *sa)
{
    if (call->endpoint->policy->redirect_wait) {
        ike_actions_timer(call->actions, sa->id, IKE_TIMER_REDIRECTED, 0,
                          call->endpoint->policy->redirect_wait);
    }
}

void ike_redirect_expire(struct ike_call *call, struct ike_sa *sa)
{
    if (sa->state == IKE_STATE_ESTABLISHED && !sa->replaced) {
        ike_sa_begin_delete(call, sa, "the peer was sent to another gateway, and is still here");
    }
}

void ike_redirect_inherit(struct ike_call *call, const struct ike_sa *old, struct ike_sa *sa)
{
    const struct ike_redirected *before = &ike_sa_rare(old)->redirected;

    sa->redirect = old->redirect;
    if (before->count) {
        ike_sa_make_rare(call->endpoint, sa)->redirected = *before;
    }
}
