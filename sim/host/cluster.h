/*
 * A cluster of members with one address (RFC 6027, RFC 6311): one is active, the others stand by
 * and know of the IKE SAs what the last synchronisation has told them. To the network and to its
 * peers the cluster is one host; who of them acts is told in host:takeover: of those that are up
 * the first behind the one that has crashed, in the order of the scenario and around.
 *
 * Between the members is a line of their own, on which nobody listens. What goes over it costs the
 * active member time on its CPU, once for all others, as the taking over of each IKE SA does the
 * one that does it.
 */
#ifndef IKESIM_SIM_HOST_CLUSTER_H
#define IKESIM_SIM_HOST_CLUSTER_H

#include "sim/host/node_internal.h"

/* Each member's host is as `host` says. */
struct cluster *cluster_new(struct node *node, const struct node_cluster_options *options,
                            const struct host_options *host);
void cluster_free(struct cluster *cluster);

/* The work of an item is visible: what has changed of IKE SAs is to be told to the standby. */
void cluster_note(const struct node_item *item, uint64_t now);

/* ITEM_SYNC, of the active member: writes what an IKE SA is; and sends it, once that is paid for.
 */
void cluster_write(struct node_item *item);
void cluster_send(struct node_item *item, uint64_t now);

/* All members have another configuration from now on. */
void cluster_reload(struct cluster *cluster, const struct ike_policy *policy);

/* The active member has crashed, with all that it knew, and would be up again after `down` ns. */
void cluster_crashed(struct node *node, uint64_t now, uint64_t down);

#endif
