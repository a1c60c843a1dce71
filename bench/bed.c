#include "bench/bed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char pairs_text[] =
    "title: handshakes\n"
    "duration: 1h\n"
    "pairs: %zu\n"
    "keys: %s\n"
    "hosts:\n"
    "  - name: i\n"
    "    connect: r\n"
    "    ike: {proposals: [aes128gcm16-prfsha256-x25519], secret: correct horse,\n"
    "          id: i-%%d.example.org, remote_id: r-%%d.example.org, window: 4}\n"
    "    children: [{name: net, esp_proposals: [aes128gcm16], local_ts: [10.0.0.0/24],\n"
    "                remote_ts: [10.128.0.0/24]}]\n"
    "  - name: r\n"
    "    ike: {proposals: [aes128gcm16-prfsha256-x25519], secret: correct horse,\n"
    "          id: r-%%d.example.org, window: 4}\n"
    "    children: [{name: net, esp_proposals: [aes128gcm16], local_ts: [10.128.0.0/24],\n"
    "                remote_ts: [10.0.0.0/24]}]\n"
    "links: [{between: [i, r], delay: 20ms, jitter: 2ms}]\n";

struct scenario *bed_read(const char *path, const char *const *set, size_t set_count)
{
    char *errors = NULL;
    size_t count = 0;
    struct scenario *scenario = scenario_read(
        path, &(struct scenario_settings){.set = set, .set_count = set_count}, &errors, &count);
    if (!scenario) {
        fprintf(stderr, "%s", errors);
        exit(1);
    }
    return scenario;
}

struct scenario *bed_pairs(size_t pairs, const char *keys, uint64_t apart, uint64_t longer)
{
    char path[] = "/tmp/ikesim-bench-XXXXXX";
    int descriptor = mkstemp(path);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (!file || fprintf(file, pairs_text, pairs, keys) < 0 || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
    struct scenario *scenario = bed_read(path, NULL, 0);
    unlink(path);
    uint64_t at = pairs * apart;
    for (size_t i = 0; i < scenario->template_count; i++) {
        scenario->templates[i].connect_within = at;
    }
    scenario->duration = at + 2000 * BED_MS + longer;
    return scenario;
}

struct world *bed_world(const struct scenario *scenario, const struct world_options *options)
{
    char why[256] = "";
    struct world *world = world_new(scenario, options, why, sizeof why);
    if (!world) {
        fprintf(stderr, "bench: %s\n", why);
        exit(1);
    }
    return world;
}

void bed_run(struct world *world, uint64_t until)
{
    while (!world_done(world) && world_now(world) < until) {
        world_run(world, until, UINT64_MAX);
    }
}

void bed_check(const struct world *world, uint64_t child_sas)
{
    uint64_t count =
        observer_count(world_observer(world), SCENARIO_COUNT_CHILD_SAS_INSTALLED, NULL);
    if (count != child_sas) {
        fprintf(stderr, "bench: %" PRIu64 " CHILD SAs instead of %" PRIu64 "\n", count, child_sas);
        exit(1);
    }
}
