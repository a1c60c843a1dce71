/* Hosts that are clusters. */
#include <string.h>

#include "sim/scenario/check.h"

void check_cluster(struct reader *reader, const struct check_names *names, struct yaml_node *node,
                   const struct scenario_host *host)
{
    const struct scenario_cluster *cluster = &host->cluster;
    struct yaml_node *members = yaml_get(node, "members");
    if (!members || yaml_is_bad(members)) {
        return;
    }
    if (cluster->member_count != 2) {
        tell(reader, members, 0, "members has %zu names; expected two", cluster->member_count);
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        const char *name = cluster->members[i];
        if (name && check_find_host(names, name)) {
            tell(reader, yaml_item(members, i), 0,
                 "member '%s' is the name of a host; expected another: to its peers the cluster is "
                 "one host",
                 name);
        }
    }
    if (cluster->members[0] && cluster->members[1] &&
        strcmp(cluster->members[0], cluster->members[1]) == 0) {
        tell(reader, yaml_item(members, 1), 0, "both members are called '%s'; expected two names",
             cluster->members[0]);
    }
    if (host->count > 0) {
        tell(reader, node, 0, "cluster in a group; expected it of one host");
    }
    if (host->connect) {
        tell(reader, node, 0,
             "cluster of a host that connects; expected one that others connect to");
    }
}
