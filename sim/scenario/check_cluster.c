/* Hosts that are clusters. */
#include <string.h>

#include "sim/host/node.h"
#include "sim/scenario/check.h"

void check_cluster(struct reader *reader, const struct check_names *names, struct yaml_node *node,
                   const struct scenario_host *host)
{
    const struct scenario_cluster *cluster = &host->cluster;
    struct yaml_node *members = yaml_get(node, "members");
    if (!members || yaml_is_bad(members)) {
        return;
    }
    if (cluster->member_count < 2 || cluster->member_count > NODE_MEMBERS_MAX) {
        tell(reader, members, 0, "members has %zu names; expected 2 to %d", cluster->member_count,
             NODE_MEMBERS_MAX);
        return;
    }
    for (size_t i = 0; i < cluster->member_count; i++) {
        const char *name = cluster->members[i];
        if (name && check_find_host(names, name)) {
            tell(reader, yaml_item(members, i), 0,
                 "member '%s' is the name of a host; expected another: to its peers the cluster is "
                 "one host",
                 name);
        }
        for (size_t k = 0; k < i; k++) {
            if (name && cluster->members[k] && strcmp(name, cluster->members[k]) == 0) {
                tell(reader, yaml_item(members, i), 0,
                     "another member is called '%s' too; expected a name for each", name);
            }
        }
    }
    if (host->count > 0) {
        tell(reader, node, 0, "cluster in a group; expected it of one host");
    }
    if (host->connect) {
        tell(reader, node, 0,
             "cluster of a host that connects; expected one that others connect to");
    }
}
