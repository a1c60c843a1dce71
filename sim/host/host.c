#include "sim/host/host.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ike/handover.h"
#include "sim/host/encap.h"
#include "sim/host/esp_faults.h"
#include "sim/host/outer.h"

struct host {
    struct ike_endpoint *ike;
    struct esp_stack *esp;
    struct outer_table outers; /* of the CHILD SAs in `esp` */
    struct ike_address address;
    bool tell_unknown_spi, tell_selectors;
};

struct host *host_new(const struct host_options *options)
{
    struct host *host = calloc(1, sizeof *host);
    if (!host) {
        abort();
    }
    host->address = options->address;
    host->tell_unknown_spi = options->policy->tell_unknown_spi;
    host->tell_selectors = options->policy->tell_selectors;
    host->ike = ike_endpoint_new(&(struct ike_endpoint_options){
        .crypto = options->crypto,
        .entropy = options->entropy,
        .observer = options->observer,
        .policy = options->policy,
        .last_id = options->last_sa,
        .self = options->self,
        .faults = options->faults,
    });
    host->esp = esp_stack_new(&(struct esp_stack_options){
        .crypto = options->crypto,
        .entropy = options->entropy,
        .observer = options->observer,
        .fault = esp_faults_begin(options->esp_faults, host->ike, options->observer),
    });
    if (!host->ike || !host->esp) {
        abort();
    }
    return host;
}

void host_free(struct host *host)
{
    if (!host) {
        return;
    }
    ike_endpoint_free(host->ike);
    esp_stack_free(host->esp);
    outer_dispose(&host->outers);
    free(host);
}

/* ---- outcomes ---- */

void host_outcome_clear(struct host_outcome *outcome)
{
    ike_actions_clear(&outcome->actions);
    outcome->costs.count = 0;
    outcome->sa = 0;
    outcome->esp_out = false;
    outcome->esp_in = false;
    outcome->bad_selector = false;
    outcome->unknown_spi = 0;
    outcome->verdict = ESP_OK;
    outcome->esp = (struct esp_result){0};
    outcome->inner = (struct crypto_bytes){0};
    outcome->packet_len = 0;
}

void host_outcome_dispose(struct host_outcome *outcome)
{
    ike_actions_dispose(&outcome->actions);
    free(outcome->packet);
    *outcome = (struct host_outcome){0};
}

static void reserve_packet(struct host_outcome *outcome, size_t len)
{
    if (outcome->packet_cap >= len) {
        return;
    }
    free(outcome->packet);
    outcome->packet = malloc(len);
    if (!outcome->packet) {
        abort();
    }
    outcome->packet_cap = len;
}

/* IKE counts into its actions; an outcome has one ledger, whatever worked. */
static void take_ike(struct host_outcome *outcome)
{
    outcome->costs = outcome->actions.costs;
    outcome->sa = outcome->actions.sa;
}

/* ---- work ---- */

void host_receive_ike(struct host *host, uint64_t now, const struct ike_datagram *datagram,
                      struct host_outcome *outcome)
{
    host_outcome_clear(outcome);
    ike_endpoint_receive(host->ike, now, datagram, &outcome->actions);
    take_ike(outcome);
}

void host_timer(struct host *host, uint64_t now, const struct ike_timer *timer,
                struct host_outcome *outcome)
{
    host_outcome_clear(outcome);
    ike_endpoint_timer(host->ike, now, timer, &outcome->actions);
    take_ike(outcome);
}

void host_unknown_spi(struct host *host, uint64_t now, const struct ike_address *local,
                      const struct ike_address *remote, uint32_t spi, struct host_outcome *outcome)
{
    host_outcome_clear(outcome);
    ike_endpoint_unknown_spi(host->ike, now, local, remote, spi, &outcome->actions);
    take_ike(outcome);
}

void host_bad_selector(struct host *host, uint64_t now, uint32_t spi_in, struct crypto_bytes inner,
                       struct host_outcome *outcome)
{
    host_outcome_clear(outcome);
    ike_endpoint_bad_selector(host->ike, now, spi_in, inner, &outcome->actions);
    take_ike(outcome);
}

void host_unreachable(struct host *host, uint64_t now, const struct ike_datagram *sent,
                      const char *what, struct host_outcome *outcome)
{
    host_outcome_clear(outcome);
    ike_endpoint_unreachable(host->ike, now, sent, what, &outcome->actions);
    take_ike(outcome);
}

void host_limit(struct host *host, uint64_t now, const struct esp_limit *limit,
                struct host_outcome *outcome)
{
    host_outcome_clear(outcome);
    ike_endpoint_child_limit(host->ike, now, limit->spi_in, limit->hard, limit->name,
                             &outcome->actions);
    take_ike(outcome);
}

void host_send_inner(struct host *host, struct crypto_bytes inner, struct host_outcome *outcome)
{
    host_outcome_clear(outcome);
    reserve_packet(outcome, inner.len + ESP_OVERHEAD_MAX);
    outcome->verdict = esp_stack_seal(host->esp, inner, outcome->packet, &outcome->packet_len,
                                      &outcome->esp, &outcome->costs);
    if (outcome->verdict == ESP_OK) {
        outcome->esp_out = true;
        const struct outer *outer = outer_find(&host->outers, outcome->esp.spi_in);
        assert(outer);
        outcome->esp_udp = outer->udp;
        outcome->esp_local = outer->local;
        outcome->esp_remote = outer->remote;
    }
}

/* Whether an authentic packet in UDP comes between other addresses than its SA has. */
static bool came_otherwise(const struct outer *outer, const struct ike_datagram *datagram)
{
    return outer && outer->udp && datagram->source.port != 0 &&
           (memcmp(outer->remote.ip, datagram->source.ip, sizeof outer->remote.ip) != 0 ||
            outer->remote.port != datagram->source.port);
}

void host_receive_esp(struct host *host, uint64_t now, struct crypto_bytes front,
                      const struct ike_datagram *datagram, struct host_outcome *outcome)
{
    struct crypto_bytes packet = datagram->bytes;
    uint8_t made[40];
    host_outcome_clear(outcome);
    if (front.len == 0 && datagram->source.port != 0) {
        front = crypto_bytes(made, encap_write_front(datagram, made));
    }
    reserve_packet(outcome, front.len + packet.len + 1);
    if (front.len > 0) {
        memcpy(outcome->packet, front.data, front.len);
    }
    memcpy(outcome->packet + front.len, packet.data, packet.len);
    outcome->verdict = front.len > 0
                           ? esp_stack_open_ip(host->esp, outcome->packet, front.len + packet.len,
                                               &outcome->inner, &outcome->esp, &outcome->costs)
                           : esp_stack_open(host->esp, outcome->packet, packet.len, &outcome->inner,
                                            &outcome->esp, &outcome->costs);
    outcome->esp_in = outcome->verdict == ESP_OK;
    outcome->bad_selector = outcome->verdict == ESP_BAD_SELECTOR && host->tell_selectors;
    if (outcome->verdict == ESP_NO_SA && host->tell_unknown_spi) {
        outcome->unknown_spi = outcome->esp.spi;
    }
    if (outcome->esp_in && came_otherwise(outer_find(&host->outers, outcome->esp.spi), datagram)) {
        ike_endpoint_child_moved(host->ike, now, outcome->esp.spi, &datagram->source,
                                 &datagram->destination, &outcome->actions);
    }
}

const char *host_order_name(enum host_order_kind kind)
{
    static const char *const names[HOST_ORDER_KINDS] = {
        [HOST_INITIATE] = "initiate",
        [HOST_CREATE_CHILD] = "create_child",
        [HOST_REKEY_CHILD] = "rekey_child",
        [HOST_DELETE_CHILD] = "delete_child",
        [HOST_DELETE_IKE] = "delete_ike",
        [HOST_REKEY_IKE] = "rekey_ike",
        [HOST_LIVENESS] = "liveness",
        [HOST_REDIRECT] = "redirect",
        [HOST_MOVE] = "move",
        [HOST_RELOAD] = "reload",
    };
    assert(kind < HOST_ORDER_KINDS);
    return names[kind];
}

uint64_t host_order_sa(const struct host *host, const struct host_order *order)
{
    struct ike_sa_info info;
    if (order->sa != 0 && ike_endpoint_sa_info(host->ike, order->sa, &info) && info.established) {
        return order->sa;
    }
    return ike_endpoint_sa_with(host->ike, &order->remote);
}

void host_reload(struct host *host, const struct ike_policy *policy)
{
    ike_endpoint_reload(host->ike, policy);
}

int host_obey(struct host *host, uint64_t now, const struct host_order *order,
              struct host_outcome *outcome, const char **why)
{
    host_outcome_clear(outcome);
    struct ike_actions *actions = &outcome->actions;
    int result = 0;
    if (order->kind == HOST_MOVE) {
        host->address = order->local; /* of what is begun from now on */
    }
    if (order->kind == HOST_INITIATE) {
        uint64_t sa = order->redirected.count
                          ? ike_endpoint_follow(host->ike, now, &host->address, &order->remote,
                                                &order->redirected, order->attempt, actions)
                          : ike_endpoint_initiate(host->ike, now, &host->address, &order->remote,
                                                  order->attempt, actions);
        if (sa == 0) {
            *why = "no more IKE SAs can be begun";
            result = -1;
        }
    } else {
        uint64_t sa = host_order_sa(host, order);
        if (sa == 0) {
            *why = "there is no IKE SA with that peer";
            return -1;
        }
        switch (order->kind) {
        case HOST_CREATE_CHILD:
            result = order->pair.family ? ike_endpoint_create_pair(host->ike, now, sa, order->child,
                                                                   &order->pair, actions, why)
                                        : ike_endpoint_create_child(host->ike, now, sa,
                                                                    order->child, actions, why);
            break;
        case HOST_REKEY_CHILD:
            result = ike_endpoint_rekey_child(host->ike, now, sa, order->child, actions, why);
            break;
        case HOST_DELETE_CHILD:
            result = ike_endpoint_delete_child(host->ike, now, sa, order->child, actions, why);
            break;
        case HOST_REKEY_IKE:
            result = ike_endpoint_rekey_sa(host->ike, now, sa, actions, why);
            break;
        case HOST_DELETE_IKE:
            result = ike_endpoint_delete_sa(host->ike, now, sa, actions, why);
            break;
        case HOST_LIVENESS:
            result = ike_endpoint_check_liveness(host->ike, now, sa, actions, why);
            break;
        case HOST_REDIRECT:
            result = ike_endpoint_redirect(host->ike, now, sa, actions, why);
            break;
        case HOST_MOVE:
            result = ike_endpoint_move(host->ike, now, sa, &order->local, actions, why);
            break;
        case HOST_RELOAD:
            result = ike_endpoint_announce_window(host->ike, now, sa, actions, why);
            break;
        case HOST_INITIATE:
        case HOST_ORDER_KINDS:
            assert(false);
        }
    }
    take_ike(outcome);
    return result;
}

/* ---- commit ---- */

/* IKE's selectors are wire objects, ESP's are policy: same content, no shared header (design, "The
 * house"). */
static void copy_selectors(struct esp_selector *to, const struct ike_selector *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        to[i] = (struct esp_selector){
            .family = from[i].type == IKE_TS_IPV4_ADDR_RANGE ? 4 : 6,
            .ip_protocol = from[i].ip_protocol,
            .start_port = from[i].start_port,
            .end_port = from[i].end_port,
        };
        memcpy(to[i].start, from[i].start, sizeof to[i].start);
        memcpy(to[i].end, from[i].end, sizeof to[i].end);
    }
}

static void move(struct outer *outer, const struct ike_address *local,
                 const struct ike_address *remote, bool udp)
{
    outer->local = *local;
    outer->remote = *remote;
    outer->udp = udp;
}

static void install(struct host *host, const struct ike_child_sa *child)
{
    struct esp_selector local[IKE_SELECTORS_MAX], remote[IKE_SELECTORS_MAX];
    copy_selectors(local, child->local_ts, child->local_ts_count);
    copy_selectors(remote, child->remote_ts, child->remote_ts_count);
    struct esp_child esp = {
        .name = child->name,
        .owner = child->ike_sa,
        .spi_in = child->spi_in,
        .spi_out = child->spi_out,
        .ah = child->protocol == IKE_PROTOCOL_AH,
        .transport = child->transport,
        .outer = {.family = child->local.family},
        .key_in = child->key_in,
        .key_out = child->key_out,
        .replay_window = child->replay_window,
        .esn = child->suite.esn,
        .local_ts = local,
        .remote_ts = remote,
        .local_ts_count = child->local_ts_count,
        .remote_ts_count = child->remote_ts_count,
        .replaces = child->waits_for,
        .lifetime = {.rekey_bytes = child->rekey_bytes,
                     .life_bytes = child->life_bytes,
                     .rekey_packets = child->rekey_packets,
                     .life_packets = child->life_packets},
    };
    if (child->real.translated) {
        esp.real.family = child->local.family;
        memcpy(esp.real.local, child->real.local, sizeof esp.real.local);
        memcpy(esp.real.remote, child->real.remote, sizeof esp.real.remote);
    }
    memcpy(esp.outer.local, child->local.ip, sizeof esp.outer.local);
    memcpy(esp.outer.remote, child->remote.ip, sizeof esp.outer.remote);
    /* IKE gives no inbound SPI twice. */
    int installed = esp_stack_install(host->esp, &esp);
    assert(installed == 0);
    (void)installed;
    const struct ike_child_history *history = &child->history;
    esp_stack_resume(host->esp, child->spi_in,
                     &(struct esp_history){history->sequence_out, history->sequence_in,
                                           history->bytes_out, history->bytes_in,
                                           history->packets_out, history->packets_in});
    move(outer_add(&host->outers, child->spi_in), &child->local, &child->remote, child->udp);
    crypto_wipe(&esp, sizeof esp);
}

void host_commit(struct host *host, uint64_t now, const struct host_outcome *outcome)
{
    for (size_t i = 0; i < outcome->actions.count; i++) {
        const struct ike_action *action = &outcome->actions.items[i];
        if (action->kind == IKE_ACTION_CHILD_INSTALL) {
            install(host, action->install);
        } else if (action->kind == IKE_ACTION_CHILD_REMOVE) {
            esp_stack_remove(host->esp, action->remove.spi_in);
            outer_remove(&host->outers, action->remove.spi_in);
        } else if (action->kind == IKE_ACTION_CHILD_SKIP) {
            esp_stack_skip(host->esp, action->skip.spi_in, action->skip.delta);
        } else if (action->kind == IKE_ACTION_CHILD_MOVE) {
            struct outer *outer = outer_find(&host->outers, action->move.spi_in);
            if (outer) {
                move(outer, &action->move.local, &action->move.remote, action->move.udp);
            }
        }
    }
    if (outcome->esp_in) {
        ike_endpoint_child_heard(host->ike, now, outcome->esp.spi);
    }
    if (outcome->esp_out && outcome->esp_udp) {
        ike_endpoint_child_used(host->ike, now, outcome->esp.spi_in);
    }
}

bool host_next_to_forget(const struct host *host, uint64_t *sa, struct ike_address *remote)
{
    struct ike_sa_info info;
    *sa = ike_endpoint_any_sa(host->ike);
    if (*sa == 0 || !ike_endpoint_sa_info(host->ike, *sa, &info)) {
        return false;
    }
    *remote = info.remote;
    return true;
}

void host_forget(struct host *host, uint64_t now, uint64_t sa, const char *why,
                 struct host_outcome *outcome)
{
    host_outcome_clear(outcome);
    ike_endpoint_forget_sa(host->ike, now, sa, why, &outcome->actions);
    take_ike(outcome);
}

void host_forget_rest(struct host *host)
{
    ike_endpoint_forget_tickets(host->ike);
}

/* ---- from one host to another ---- */

/* What ESP has of a CHILD SA, as IKE tells of it. */
static bool describe(const struct host *host, uint32_t spi_in, struct ike_child_sa *out)
{
    struct esp_history history;
    struct esp_child esp;
    if (!esp_stack_describe(host->esp, spi_in, &esp, &history)) {
        return false;
    }
    const struct crypto_transform *encr = esp.key_in.encr;
    size_t salt_len = encr ? encr->salt_len : 0;
    *out = (struct ike_child_sa){
        .spi_in = spi_in,
        .key_in = esp.key_in,
        .key_out = esp.key_out,
        .transport = esp.transport,
        .suite = {.encr = encr,
                  .integ = esp.key_in.integ,
                  .encr_key_bits = (uint16_t)(8 * (esp.key_in.encr_key_len - salt_len)),
                  .esn = esp.esn},
        .history = {history.sequence_out, history.sequence_in, history.bytes_out, history.bytes_in,
                    history.packets_out, history.packets_in},
    };
    crypto_wipe(&esp, sizeof esp);
    return true;
}

uint8_t *host_export(const struct host *host, uint64_t sa, size_t *len)
{
    size_t room = ike_endpoint_export_room(host->ike, sa), known = 0;
    *len = 0;
    if (room == 0) {
        return NULL;
    }
    size_t count = ike_endpoint_child_spis(host->ike, sa, NULL, 0);
    uint32_t *spis = calloc(count + 1, sizeof *spis);
    struct ike_child_sa *children = calloc(count + 1, sizeof *children);
    uint8_t *record = malloc(room);
    if (!spis || !children || !record) {
        abort();
    }
    ike_endpoint_child_spis(host->ike, sa, spis, count);
    for (size_t i = 0; i < count; i++) {
        known += describe(host, spis[i], &children[known]);
    }
    *len = ike_endpoint_export(host->ike, sa, children, known, record, room);
    crypto_wipe(children, (count + 1) * sizeof *children);
    free(children);
    free(spis);
    return record;
}

int host_import(struct host *host, uint64_t now, struct crypto_bytes record,
                struct host_outcome *outcome, const char **why)
{
    host_outcome_clear(outcome);
    uint64_t sa = ike_endpoint_import(host->ike, now, record, &outcome->actions, why);
    take_ike(outcome);
    return sa ? 0 : -1;
}

const struct ike_endpoint *host_ike(const struct host *host)
{
    return host->ike;
}

size_t host_memory(const struct host *host)
{
    return sizeof *host + ike_endpoint_memory(host->ike) + esp_stack_memory(host->esp) +
           outer_memory(&host->outers);
}
