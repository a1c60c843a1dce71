#include "ui/cli/room.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "sim/scenario/estimate.h"

/* A number of a file that holds nothing else; ROOM_ANY if there is none. */
static uint64_t read_number(const char *path)
{
    uint64_t number = ROOM_ANY;
    FILE *file = fopen(path, "r");
    if (file) {
        if (fscanf(file, "%" SCNu64, &number) != 1) {
            number = ROOM_ANY; /* "max" */
        }
        fclose(file);
    }
    return number;
}

/* What the kernel holds to be available without swapping. */
static uint64_t of_machine(void)
{
    uint64_t kib = 0;
    char line[128];
    FILE *file = fopen("/proc/meminfo", "r");
    while (file && kib == 0 && fgets(line, sizeof line, file)) {
        if (sscanf(line, "MemAvailable: %" SCNu64, &kib) != 1) {
            kib = 0;
        }
    }
    if (file) {
        fclose(file);
    }
    return kib ? kib * 1024 : ROOM_ANY;
}

/* In a container: its limit, less what it has already (cgroup v2). */
static uint64_t of_group(void)
{
    uint64_t limit = read_number("/sys/fs/cgroup/memory.max");
    uint64_t used = read_number("/sys/fs/cgroup/memory.current");
    if (limit == ROOM_ANY || used == ROOM_ANY) {
        return ROOM_ANY;
    }
    return limit > used ? limit - used : 0;
}

/* Octets that the machine, or the group of processes that this one is confined to, has available;
 * ROOM_ANY if it does not tell. */
static uint64_t room_available(void)
{
    uint64_t machine = of_machine(), group = of_group();
    return machine < group ? machine : group;
}

uint64_t room_peak(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}

const char *room_print(uint64_t octets, char text[ROOM_TEXT])
{
    double value = (double)octets / 1e6;
    if (value < 1000) {
        snprintf(text, ROOM_TEXT, "%.1f MB", value);
    } else {
        snprintf(text, ROOM_TEXT, "%.1f GB", value / 1000);
    }
    return text;
}

bool room_read(const char *text, uint64_t *octets)
{
    static const struct {
        const char *name;
        uint64_t octets;
    } units[] = {{"B", 1}, {"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000}};
    char *end = NULL;
    if (strcmp(text, "any") == 0) {
        *octets = ROOM_ANY;
        return true;
    }
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].name) == 0) {
            *octets = number * units[i].octets;
            return errno == 0 && *text >= '0' && *text <= '9' && number > 0 &&
                   number < UINT64_MAX / units[i].octets;
        }
    }
    return false;
}

int room_check(const struct scenario *scenario, uint64_t limit, char *error, size_t cap)
{
    struct estimate estimate = estimate_memory(scenario);
    uint64_t room = limit ? limit : room_available();
    char needed[ROOM_TEXT], there[ROOM_TEXT];
    if (estimate.octets <= room) {
        return 0;
    }
    snprintf(error, cap,
             "%s: needs about %s of memory (%" PRIu64 " hosts, %" PRIu64 " pairs of them, %" PRIu64
             " inner packets), and %s %s; expected a smaller world, or --memory=any to run it all "
             "the same",
             scenario->path, room_print(estimate.octets, needed), estimate.hosts, estimate.pairs,
             estimate.packets, room_print(room, there), limit ? "are allowed" : "are available");
    return -1;
}
