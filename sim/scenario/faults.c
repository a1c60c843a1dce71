#include "sim/scenario/faults.h"

#include <stdlib.h>
#include <string.h>

/* As many as the script has lines of that kind: each has a host, and a host's stand together. */
struct faults {
    size_t host_count;
    struct host_faults {
        const char *host;
        struct ike_faults faults;
        struct esp_faults esp;
    } hosts[];
};

static bool is_fault(const struct scenario_line *line)
{
    return line->order == SCENARIO_EDIT && line->by_sender;
}

/* What a peer's datagrams come from: its own address, or that of the outermost box before it. */
static struct ike_address address_of(const struct scenario *scenario, const char *name)
{
    const char *behind = NULL;
    struct net_address address = {0};
    struct ike_address result = {0};
    for (size_t i = 0; name && i < scenario->host_count; i++) {
        if (strcmp(scenario->hosts[i].name, name) == 0) {
            address = scenario->hosts[i].address;
            behind = scenario->hosts[i].host->behind;
        }
    }
    for (size_t i = 0; behind && i < scenario->nat_count; i++) {
        if (strcmp(scenario->nats[i].name, behind) == 0) {
            address = scenario->nats[i].address;
            behind = scenario->nats[i].behind;
            i = SIZE_MAX; /* the box before it may be any */
        }
    }
    result.family = address.family;
    memcpy(result.ip, address.octets, sizeof result.ip);
    return result;
}

static struct host_faults *find(struct faults *faults, const char *host)
{
    for (size_t i = 0; faults && i < faults->host_count; i++) {
        if (strcmp(faults->hosts[i].host, host) == 0) {
            return &faults->hosts[i];
        }
    }
    return NULL;
}

static void add(struct faults *faults, const struct scenario *scenario,
                const struct scenario_line *line)
{
    const struct scenario_match *match = &line->match;
    struct host_faults *host = find(faults, match->from);
    if (!host) {
        host = &faults->hosts[faults->host_count++];
        host->host = match->from;
        host->faults.edits = calloc(scenario->script_count, sizeof *host->faults.edits);
        host->esp.edits = calloc(scenario->script_count, sizeof *host->esp.edits);
        if (!host->faults.edits || !host->esp.edits) {
            abort();
        }
    }
    if (match->esp) {
        host->esp.edits[host->esp.count++] = (struct esp_edit){
            .to = address_of(scenario, match->to),
            .nth = match->nth,
            .octet = line->octet,
            .value = line->value,
        };
        return;
    }
    host->faults.edits[host->faults.count++] = (struct ike_edit){
        .exchange = match->exchange,
        .response = match->response,
        .message_id = match->message_id,
        .to = address_of(scenario, match->to),
        .nth = match->nth,
        .payload = line->payload,
        .which = line->which,
        .octet = line->octet,
        .value = line->value,
        .repeat = line->repeat,
    };
}

struct faults *faults_new(const struct scenario *scenario)
{
    size_t count = 0;
    for (size_t i = 0; i < scenario->script_count; i++) {
        count += is_fault(&scenario->script[i]);
    }
    if (count == 0) {
        return NULL;
    }
    struct faults *faults = calloc(1, sizeof *faults + count * sizeof faults->hosts[0]);
    if (!faults) {
        abort();
    }
    for (size_t i = 0; i < scenario->script_count; i++) {
        if (is_fault(&scenario->script[i])) {
            add(faults, scenario, &scenario->script[i]);
        }
    }
    return faults;
}

void faults_free(struct faults *faults)
{
    for (size_t i = 0; faults && i < faults->host_count; i++) {
        free(faults->hosts[i].faults.edits);
        free(faults->hosts[i].esp.edits);
    }
    free(faults);
}

struct ike_faults *faults_of(struct faults *faults, const char *host)
{
    struct host_faults *found = find(faults, host);
    return found ? &found->faults : NULL;
}

struct esp_faults *faults_of_esp(struct faults *faults, const char *host)
{
    struct host_faults *found = find(faults, host);
    return found && found->esp.count > 0 ? &found->esp : NULL;
}
