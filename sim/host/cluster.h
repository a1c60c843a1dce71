/*
 * A cluster of two members with one address (RFC 6027, RFC 6311): one is active, the other stands
 * by and knows of the IKE SAs what the last synchronisation has told it. To the network and to its
 * peers the cluster is one host; who of the two acts is told in host:takeover.
 *
 * Between the members is a line of their own, on which nobody listens. What goes over it costs the
 * active member time on its CPU, as the taking over of each IKE SA does the other.
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

/* Both members have another configuration from now on. */
void cluster_reload(struct cluster *cluster, const struct ike_policy *policy);

/* The active member has crashed, with all that it knew, and would be up again after `down` ns. */
void cluster_crashed(struct node *node, uint64_t now, uint64_t down);

#endif
