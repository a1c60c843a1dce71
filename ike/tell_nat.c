/* Telling of addresses: NATs that were found, SAs that move. */
#include <stdio.h>

#include "ike/config.h"
#include "ike/limits.h"
#include "ike/nat.h"
#include "ike/selectors.h"
#include "ike/tell.h"

/* "192.0.2.10:4500", "[2001:db8::10]:4500". */
enum { PLACE_TEXT = INET6_ADDRSTRLEN + 8 };

static const char *print_place(const struct ike_address *address, char text[PLACE_TEXT])
{
    char ip[INET6_ADDRSTRLEN];

    snprintf(text, PLACE_TEXT, address->family == 4 ? "%s:%u" : "[%s]:%u",
             ike_address_print(address, ip), address->port);
    return text;
}

void ike_tell_nat_detected(struct ike_call *call, const struct ike_sa *sa)
{
    char source[PLACE_TEXT], destination[PLACE_TEXT];

    if (!call->observer) {
        return;
    }
    trace_emit_ike_nat_detected(
        call->observer, &(struct trace_ike_nat_detected){
                            .spi_i = sa->spi_i,
                            .here = sa->nat & IKE_NAT_HERE,
                            .there = sa->nat & IKE_NAT_THERE,
                            .pretended = sa->nat & IKE_NAT_PRETENDED,
                            .source = print_place(&call->datagram->source, source),
                            .destination = print_place(&call->datagram->destination, destination)});
}

void ike_tell_address_changed(struct ike_call *call, const struct ike_sa *sa,
                              const struct ike_address *local_before,
                              const struct ike_address *remote_before, const char *what)
{
    char before[2][PLACE_TEXT], after[2][PLACE_TEXT];

    if (!call->observer) {
        return;
    }
    trace_emit_ike_address_changed(
        call->observer,
        &(struct trace_ike_address_changed){.spi_i = sa->spi_i,
                                            .what = what,
                                            .local_before = print_place(local_before, before[0]),
                                            .remote_before = print_place(remote_before, before[1]),
                                            .local = print_place(&sa->local, after[0]),
                                            .remote = print_place(&sa->remote, after[1]),
                                            .children = sa->child_count});
}

void ike_tell_peer_addresses(struct ike_call *call, const struct ike_sa *sa,
                             const struct ike_address *addresses, size_t count)
{
    char text[IKE_PEER_ADDRESSES_MAX * (INET6_ADDRSTRLEN + 1)] = "";
    size_t at = 0;

    if (!call->observer) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        char ip[INET6_ADDRSTRLEN];

        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? " " : "",
                               ike_address_print(&addresses[i], ip));
    }
    trace_emit_ike_peer_addresses(
        call->observer, &(struct trace_ike_peer_addresses){.spi_i = sa->spi_i, .addresses = text});
}

/* Addresses with a blank between them. */
static void print_addresses(const struct ike_selector *list, size_t count, char *text, size_t cap)
{
    size_t at = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        char ip[INET6_ADDRSTRLEN];

        ike_ip_print(list[i].start, ike_selector_address_len(list[i].type), ip);
        at += (size_t)snprintf(text + at, cap - at, "%s%s", i ? " " : "", ip);
    }
}

void ike_tell_config(struct ike_call *call, const struct ike_sa *sa, const char *what,
                     const struct ike_config_news *news)
{
    const struct ike_config *config = ike_sa_rare(sa)->config;
    struct ike_selector own[IKE_CONFIG_ADDRESSES_MAX];
    char text[IKE_CONFIG_ADDRESSES_MAX * (INET6_ADDRSTRLEN + 2)];
    char dns[IKE_CONFIG_NEWS_MAX * (INET6_ADDRSTRLEN + 2)];
    char subnets[IKE_CONFIG_NEWS_MAX * (INET6_ADDRSTRLEN + 6)];

    if (!call->observer) {
        return;
    }
    for (uint32_t i = 0; i < config->count; i++) {
        own[i] = config->addresses[i].address;
    }
    print_addresses(own, config->count, text, sizeof(text));
    print_addresses(news->dns, news->dns_count, dns, sizeof(dns));
    ike_selectors_print(news->subnets, news->subnet_count, subnets, sizeof(subnets));
    trace_emit_ike_config(call->observer, &(struct trace_ike_config){
                                              .spi_i = sa->spi_i,
                                              .what = what,
                                              .addresses = text,
                                              .dns = dns[0] ? dns : NULL,
                                              .subnets = news->subnet_count ? subnets : NULL,
                                          });
}

struct trace_ref ike_tell_keepalive(struct ike_call *call, const struct ike_sa *sa)
{
    char local[PLACE_TEXT], remote[PLACE_TEXT];

    if (!call->observer) {
        return (struct trace_ref){0};
    }
    return trace_emit_ike_keepalive(
        call->observer, &(struct trace_ike_keepalive){.spi_i = sa->spi_i,
                                                      .local = print_place(&sa->local, local),
                                                      .remote = print_place(&sa->remote, remote),
                                                      .silent = call->now - sa->last_sent});
}

void ike_tell_unreachable(struct ike_call *call, const struct ike_sa *sa, const char *what,
                          const char *outcome)
{
    trace_emit_ike_unreachable(call->observer, &(struct trace_ike_unreachable){
                                                   .spi_i = sa ? sa->spi_i : 0,
                                                   .what = what,
                                                   .outcome = outcome,
                                               });
}

void ike_tell_complaint(struct ike_call *call, const struct ike_sa *sa, bool by_self,
                        const char *notify, const char *about, const char *child,
                        struct crypto_bytes packet)
{
    trace_emit_ike_complaint(call->observer, &(struct trace_ike_complaint){
                                                 .spi_i = sa->spi_i,
                                                 .by = by_self ? "self" : "peer",
                                                 .notify = notify,
                                                 .about = about,
                                                 .child = child,
                                                 .packet = {packet.data, packet.len},
                                             });
}
