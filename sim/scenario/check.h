/* What follows from several keys together: names that must exist, times in order, defaults that
 * depend on other keys. */
#ifndef IKESIM_SIM_SCENARIO_CHECK_H
#define IKESIM_SIM_SCENARIO_CHECK_H

#include "sim/scenario/tell.h"

/* Checks the scenario that was read and fills in what depends on more than one key. All that is
 * wrong is told; values about which something was told before are passed over. */
void check_scenario(struct reader *reader);

/* The parts of it, in the order in which they build on each other. */

/* Hosts by name and links by pair, for look-ups. */
struct check_names {
    size_t count;
    const struct scenario_host **hosts; /* in order of names */
    bool whole;                         /* every host has a name: what is not here is nowhere */
    size_t link_count;
    const struct scenario_link **links; /* in order of their pairs */
    bool links_whole;                   /* every link joins two hosts */
    size_t nat_count;
    const struct scenario_nat *nats; /* as in the scenario */
};

/* The host or group of that name, or the group that has a member of that name; NULL if there is
 * none. */
const struct scenario_host *check_find_host(const struct check_names *names, const char *name);

/* A name that must be a host's. True if it is; otherwise told, where anything is to tell. `node`
 * and `name` may be NULL: false then. */
bool check_host_name(struct reader *reader, const struct check_names *names, struct yaml_node *node,
                     const char *key, const char *name);

/* The same for the name of a single host, where a group will not do: its members have names. */
bool check_member_name(struct reader *reader, const struct check_names *names,
                       struct yaml_node *node, const char *key, const char *name);

/* Which member of its group, from 0, a name that check_find_host knows is; 0 for hosts that are no
 * group. */
uint32_t check_member(const struct scenario_host *host, const char *name);

/* The same for a CHILD SA of a host. */
bool check_child_name(struct reader *reader, const struct scenario_host *host,
                      struct yaml_node *node, const char *name);

/* Tells of extended sequence numbers without the replay window that they need. */
void check_replay_window(struct reader *reader, struct yaml_node *node,
                         const struct ike_child_policy *child);

/* NULL if the host has no such CHILD SA. */
const struct ike_child_policy *check_find_child(const struct scenario_host *host, const char *name);

/* A link joins the two, hosts or NAT boxes. */
bool check_joined(const struct check_names *names, const char *a, const char *b);

/* What `a` sends can reach `b`: over a link, or through the NAT boxes that they are behind. */
bool check_reaches(const struct check_names *names, const char *a, const char *b);

/* One of them can reach the other, and be answered. */
bool check_linked(const struct check_names *names, const char *a, const char *b);

/* What a host says of redirects: where to, its name, and anycast addresses. */
void check_redirect(struct reader *reader, const struct check_names *names, struct yaml_node *node,
                    const struct scenario_host *host);

/* The same where the addresses of all hosts are known, which go into the policies. */
void check_gateways(struct reader *reader);

/* A host that is a cluster. */
void check_cluster(struct reader *reader, const struct check_names *names, struct yaml_node *node,
                   const struct scenario_host *host);

/* NULL if there is no such box. */
const struct scenario_nat *check_find_nat(const struct check_names *names, const char *name);

/* A name that must be a NAT box's, as check_host_name. */
bool check_nat_name(struct reader *reader, const struct check_names *names, struct yaml_node *node,
                    const char *key, const char *name);

/* The key `behind` of a host or box. */
void check_behind(struct reader *reader, const struct check_names *names, struct yaml_node *node,
                  const char *name, const char *behind);

/* A time that must not be after the end of the run. */
void check_within(struct reader *reader, struct yaml_node *node, const char *key, uint64_t time);

void check_links(struct reader *reader, struct check_names *names); /* fills in the links */
/* Fills in what the keys of a host's traffic leave open. */
void check_traffic(struct reader *reader, struct yaml_node *node, const struct scenario_host *host);

/* What is wrong in one part of the file, told with its place; after all of it has been read. */
void check_nats(struct reader *reader, const struct check_names *names);
void check_attackers(struct reader *reader, const struct check_names *names);
void check_hosts(struct reader *reader, const struct check_names *names);
void check_lifetimes(struct reader *reader, struct yaml_node *node, struct scenario_host *host);
/* What the ways of authentication of a host need; its block `ike`. */
void check_auth(struct reader *reader, struct yaml_node *ike, struct scenario_host *host);

/* The same of what speaks of hosts, which have been checked. */
void check_script(struct reader *reader, const struct check_names *names);
void check_expects(struct reader *reader, const struct check_names *names);
void check_costs(struct reader *reader);
void check_record(struct reader *reader, const struct check_names *names);

/* Both ends of a link speak the same IP; after the hosts have their addresses. */
void check_families(struct reader *reader);

/* Addresses, and identities that follow from them, of all members; after expand_groups and
 * expand_links. */
void check_addresses(struct reader *reader);

#endif
