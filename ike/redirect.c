#include "ike/redirect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kdf.h"
#include "ike/exchange.h"
#include "ike/sent.h"
#include "ike/tell.h"

enum {
    GW_IPV4 = 1,
    GW_IPV6 = 2,
    GW_FQDN = 3,
    GW_HEADER_LEN = 2,
    GW_MAX = GW_HEADER_LEN + IKE_GATEWAY_NAME_MAX,
};

/* GW Ident Type, GW Ident Len, identity (§9.2). */
static size_t write_gateway(const struct ike_gateway *gateway, uint8_t out[GW_MAX])
{
    uint8_t family = gateway->address.family;
    struct crypto_bytes identity =
        family == 0 ? gateway->name : crypto_bytes(gateway->address.ip, family == 4 ? 4 : 16);

    assert(identity.data);
    out[0] = family == 0 ? GW_FQDN : family == 4 ? GW_IPV4 : GW_IPV6;
    out[1] = (uint8_t)identity.len;
    memcpy(out + GW_HEADER_LEN, identity.data, identity.len);
    return GW_HEADER_LEN + identity.len;
}

/* An FQDN as an ID payload has it: ASCII, and nothing that ends a line or a string (RFC 7296 §3.5).
 * Of that, what a name of the DNS is made of. */
static bool is_name(struct crypto_bytes name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i], lower = c | 0x20;

        if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.' &&
            c != '_') {
            return false;
        }
    }
    return name.len > 0 && name.len <= IKE_GATEWAY_NAME_MAX;
}

/* Takes a gateway's identity off the front of `data`; false if it has not the length or the octets
 * that its type wants, or is of no type that there is. The name views `data`. */
static bool read_gateway(struct crypto_bytes *data, struct ike_gateway *gateway)
{
    uint8_t type, len;

    *gateway = (struct ike_gateway){.address = {.port = IKE_PORT}};
    if (data->len < GW_HEADER_LEN || data->len < (size_t)GW_HEADER_LEN + data->data[1]) {
        return false;
    }
    type = data->data[0];
    len = data->data[1];
    if (type == GW_FQDN) {
        gateway->name = crypto_bytes(data->data + GW_HEADER_LEN, len);
        if (!is_name(gateway->name)) {
            gateway->name = crypto_bytes(NULL, 0);
            return false;
        }
    } else if ((type == GW_IPV4 && len == 4) || (type == GW_IPV6 && len == 16)) {
        gateway->address.family = type == GW_IPV4 ? 4 : 6;
        memcpy(gateway->address.ip, data->data + GW_HEADER_LEN, len);
    } else {
        return false;
    }
    *data = crypto_bytes(data->data + GW_HEADER_LEN + len, data->len - GW_HEADER_LEN - len);
    return true;
}

static void build_notify(struct ike_call *call, uint16_t type, struct crypto_bytes data)
{
    ike_build_notify(&call->builder, 0, crypto_bytes(NULL, 0), type, data);
}

/* ---- the initiator ---- */

void ike_redirect_announce(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_gateway from = {.address = sa->setup->redirected.from};
    uint8_t gateway[GW_MAX];

    if (from.address.family) {
        build_notify(call, IKE_NOTIFY_REDIRECTED_FROM,
                     crypto_bytes(gateway, write_gateway(&from, gateway)));
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

/* §9.3: what the next gateway is told is the address that the request went to, an anycast one too,
 * however REDIRECT has named the next one. */
static void go(struct ike_call *call, const struct ike_sa *sa, const struct ike_gateway *to)
{
    struct ike_action *action = ike_actions_add(call->actions, IKE_ACTION_REDIRECT);
    struct ike_redirected redirected = so_far(call, sa);

    redirected.from = sa->remote;
    redirected.count++;
    action->redirect.to = to->address;
    if (to->name.len > 0) {
        action->redirect.name = calloc(to->name.len + 1, 1);
        assert(action->redirect.name);
        memcpy(action->redirect.name, to->name.data, to->name.len);
    }
    action->redirect.redirected = redirected;
}

void ike_redirect_follow(struct ike_call *call, struct ike_sa *sa, const struct ike_payload *notify,
                         struct trace_ref request)
{
    struct crypto_bytes rest = notify->notify.data, ni = ike_sa_ni(sa);
    struct ike_gateway to;

    if (!read_gateway(&rest, &to)) {
        drop(call, "malformed", "REDIRECT names no gateway (RFC 5685 9.2)");
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
static bool find_protected(struct ike_call *call, const struct ike_sa *sa, struct ike_gateway *to)
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
static bool follow(struct ike_call *call, const struct ike_sa *sa, const struct ike_gateway *to,
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
    struct ike_gateway to;

    if (!find_protected(call, sa, &to) ||
        !follow(call, sa, &to, "the gateway has proved who it is, and we have not yet")) {
        return false;
    }
    ike_sa_close(call, sa, "the responder sends us to another gateway");
    return true;
}

bool ike_redirect_follow_last(struct ike_call *call, struct ike_sa *sa)
{
    struct ike_gateway to;

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
    struct ike_gateway to;

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

/* REDIRECTED_FROM says as much as REDIRECT_SUPPORTED, if it is of its form: an address (§9.3). */
static bool can_be_redirected(const struct ike_message *message)
{
    const struct ike_payload *from = ike_message_find_notify(message, IKE_NOTIFY_REDIRECTED_FROM);
    struct ike_gateway gateway;
    struct crypto_bytes rest;

    if (ike_message_find_notify(message, IKE_NOTIFY_REDIRECT_SUPPORTED)) {
        return true;
    }
    if (!from) {
        return false;
    }
    rest = from->notify.data;
    return read_gateway(&rest, &gateway) && gateway.address.family != 0 && rest.len == 0;
}

void ike_redirect_take_support(const struct ike_call *call, struct ike_sa *sa)
{
    if (can_be_redirected(&call->message)) {
        sa->redirect = IKE_REDIRECT_GATEWAY;
    }
}

bool ike_redirect_has_target(const struct ike_policy *policy)
{
    return policy->redirect_family != 0 || policy->redirect_name.len > 0;
}

static bool has_enough(const struct ike_call *call, uint8_t where)
{
    const struct ike_policy *policy = call->endpoint->policy;

    return ike_redirect_has_target(policy) && policy->redirect_in == where &&
           call->endpoint->established >= policy->redirect_above;
}

bool ike_redirect_wanted(const struct ike_call *call, const struct ike_sa *sa, uint8_t where)
{
    return sa->redirect == IKE_REDIRECT_GATEWAY && has_enough(call, where);
}

static struct ike_gateway other_gateway(const struct ike_policy *policy)
{
    struct ike_gateway gateway = {.address = {.port = IKE_PORT}, .name = policy->redirect_name};

    if (gateway.name.len == 0) {
        gateway.address.family = policy->redirect_family;
        memcpy(gateway.address.ip, policy->redirect_ip, sizeof(gateway.address.ip));
    }
    return gateway;
}

static bool came_to_anycast(const struct ike_call *call)
{
    const struct ike_address *anycast = &call->endpoint->policy->anycast;
    const struct ike_address *to = &call->datagram->destination;

    return anycast->family != 0 && to->family == anycast->family &&
           memcmp(to->ip, anycast->ip, anycast->family == 4 ? 4 : 16) == 0;
}

static void send_with_nonce(struct ike_call *call, const struct ike_gateway *gateway,
                            struct crypto_bytes nonce, const char *why)
{
    uint8_t data[GW_MAX + IKE_NONCE_MAX];
    size_t len = write_gateway(gateway, data);

    memcpy(data + len, nonce.data, nonce.len);
    ike_tell_received(call, (struct trace_ref){0});
    ike_tell_redirect(call, NULL, "sent", gateway, why);
    ike_answer_without_sa(call, IKE_NOTIFY_REDIRECT, crypto_bytes(data, len + nonce.len));
}

bool ike_redirect_send(struct ike_call *call, struct crypto_bytes nonce)
{
    const struct ike_policy *policy = call->endpoint->policy;
    bool enough = has_enough(call, IKE_REDIRECT_IN_INIT), anycast = came_to_anycast(call);
    struct ike_gateway gateway = {.address = policy->unicast};

    if (!anycast && !(enough && can_be_redirected(&call->message))) {
        return false;
    }
    if (!can_be_redirected(&call->message)) {
        /* It may not be redirected (§3), and an IKE SA at that address would lose its gateway with
         * the next change of routes. */
        drop(call, "unacceptable",
             "it came to an anycast address, and its sender cannot be redirected (RFC 5685 4)");
        return true;
    }
    if (enough) {
        gateway = other_gateway(policy);
    }
    send_with_nonce(call, &gateway, nonce,
                    enough ? "this gateway has as many IKE SAs as it wants"
                           : "it came to an anycast address, where there can be no IKE SA");
    return true;
}

void ike_redirect_build(struct ike_call *call, const struct ike_sa *sa, const char *why)
{
    struct ike_gateway gateway = other_gateway(call->endpoint->policy);
    uint8_t data[GW_MAX];

    ike_tell_redirect(call, sa, "sent", &gateway, why);
    build_notify(call, IKE_NOTIFY_REDIRECT, crypto_bytes(data, write_gateway(&gateway, data)));
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
