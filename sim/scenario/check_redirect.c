/* Redirects (RFC 5685): where to, by which name, and addresses that gateways share. */
#include <string.h>
#include <strings.h>

#include "ike/limits.h"
#include "sim/host/node.h"
#include "sim/scenario/check.h"
#include "sim/scenario/fqdn.h"

/* As many characters as a domain name may have. */
static void check_length(struct reader *reader, struct yaml_node *node, const char *key,
                         const char *name)
{
    if (node && !node->bad && name && strlen(name) > IKE_GATEWAY_NAME_MAX) {
        tell(reader, node, 0, "%s has %zu characters; expected %d at most", key, strlen(name),
             IKE_GATEWAY_NAME_MAX);
    }
}

static void check_target(struct reader *reader, const struct check_names *names,
                         struct yaml_node *ike, const struct scenario_host *host)
{
    struct yaml_node *redirect = yaml_get(ike, "redirect"), *fqdn = yaml_get(ike, "redirect_fqdn");
    if (host->redirect && check_member_name(reader, names, redirect, "redirect", host->redirect) &&
        host->name && strcmp(host->redirect, host->name) == 0) {
        tell(reader, redirect, 0, "%s redirects to itself; expected another host", host->name);
    }
    check_length(reader, fqdn, "redirect_fqdn", host->redirect_fqdn);
    if (host->redirect_fqdn && host->redirect) {
        tell(reader, fqdn, 0, "redirect_fqdn beside redirect; expected one of the two");
    }
    if (host->redirect_fqdn && host->fqdn && strcasecmp(host->redirect_fqdn, host->fqdn) == 0) {
        tell(reader, fqdn, 0, "%s redirects to itself; expected another name", host->name);
    }
}

/* A name and a shared address are of one host. */
static void check_names_of(struct reader *reader, struct yaml_node *node,
                           const struct scenario_host *host)
{
    const struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *fqdn = yaml_get(node, "fqdn"), *anycast = yaml_get(node, "anycast");
    const struct scenario_host *first = host->fqdn ? fqdn_find(scenario, host->fqdn) : NULL;
    check_length(reader, fqdn, "fqdn", host->fqdn);
    if (host->fqdn && host->count > 0) {
        tell(reader, fqdn, 0,
             "fqdn of a group, whose members would all have it; expected it of a "
             "single host");
    }
    if (first && first != host) {
        tell(reader, fqdn, 0, "fqdn %s is also the one of the host in line %d; expected another",
             tell_found(reader, fqdn), first->line);
    }
    if (host->anycast.family != 0 && host->behind) {
        tell(reader, anycast, 0,
             "anycast behind a NAT box, where nobody would reach the address that it redirects to; "
             "expected a host with links of its own");
    }
    if (host->anycast.family != 0 && host->count > 0) {
        tell(reader, anycast, 0, "anycast of a group; expected it of single hosts");
    }
}

static void check_connect_by(struct reader *reader, const struct check_names *names,
                             struct yaml_node *node, const struct scenario_host *host)
{
    struct yaml_node *by = yaml_get(node, "connect_by");
    const struct scenario_host *peer = host->connect ? check_find_host(names, host->connect) : NULL;
    if (!host->connect_anycast || !by) {
        return;
    }
    if (!yaml_has(node, "connect")) {
        tell(reader, by, 0, "connect_by without connect; expected a host to connect to");
    } else if (peer && peer->anycast.family == 0) {
        tell(reader, by, 0, "%s has no anycast address; expected a host with anycast",
             host->connect);
    } else if (host->behind) {
        tell(reader, by, 0,
             "connect_by 'anycast' behind a NAT box, which would have to choose; expected a host "
             "with links of its own");
    } else if (!host->policy.follow_redirects) {
        tell(reader, by, 0,
             "connect_by 'anycast' without follow_redirects, and no IKE SA stays at such an "
             "address (RFC 5685 §4); expected ike: {follow_redirects: true}");
    }
}

void check_redirect(struct reader *reader, const struct check_names *names, struct yaml_node *node,
                    const struct scenario_host *host)
{
    struct yaml_node *ike = yaml_get(node, "ike");
    if (ike && !yaml_is_bad(ike)) {
        check_target(reader, names, ike, host);
    }
    check_names_of(reader, node, host);
    check_connect_by(reader, names, node, host);
}

/* It is nobody's own, and of the IP that the host speaks. */
static void check_anycast(struct reader *reader, struct yaml_node *node,
                          const struct scenario_host *host, const struct net_address *own)
{
    const struct scenario *scenario = &reader->draft->scenario;
    for (size_t i = 0; node && !node->bad && i < scenario->host_count; i++) {
        if (net_address_equal(&scenario->hosts[i].address, &host->anycast)) {
            tell(reader, node, 0,
                 "anycast %s is the address of the host in line %d alone; expected another",
                 tell_found(reader, node), scenario->hosts[i].host->line);
        }
    }
    for (size_t i = 0; node && !node->bad && i < scenario->nat_count; i++) {
        if (net_address_equal(&scenario->nats[i].address, &host->anycast)) {
            tell(reader, node, 0, "anycast %s is the address of %s alone; expected another",
                 tell_found(reader, node), scenario->nats[i].name);
        }
    }
    if (node && !node->bad && own->family != 0 && own->family != host->anycast.family) {
        tell(reader, node, 0,
             "anycast %s is not of the IP that the host's address is of; expected "
             "IPv%d",
             tell_found(reader, node), own->family);
    }
}

void check_gateways(struct reader *reader)
{
    struct scenario *scenario = &reader->draft->scenario;
    struct yaml_node *nodes = yaml_get(reader->root, "hosts");
    for (size_t i = 0; i < scenario->template_count; i++) {
        struct scenario_host *host = &scenario->templates[i];
        for (size_t j = 0; host->redirect && j < scenario->host_count; j++) {
            const struct scenario_member *to = &scenario->hosts[j];
            if (to->name && strcmp(to->name, host->redirect) == 0) {
                host->policy.redirect_family = to->address.family;
                memcpy(host->policy.redirect_ip, to->address.octets,
                       sizeof host->policy.redirect_ip);
            }
        }
        if (host->redirect_fqdn) {
            host->policy.redirect_name =
                crypto_bytes(host->redirect_fqdn, strlen(host->redirect_fqdn));
        }
        if (host->anycast.family != 0 && host->count == 0) {
            const struct net_address *own = &scenario->hosts[host->first].address;
            check_anycast(reader, yaml_get(yaml_item(nodes, i), "anycast"), host, own);
            host->policy.anycast = node_address_from(&host->anycast);
            host->policy.unicast = node_address_from(own);
        }
    }
}
