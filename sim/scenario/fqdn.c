#include "sim/scenario/fqdn.h"

#include <strings.h>

const struct scenario_host *fqdn_find(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->template_count; i++) {
        const struct scenario_host *host = &scenario->templates[i];
        if (host->fqdn && strcasecmp(host->fqdn, name) == 0) {
            return host;
        }
    }
    return NULL;
}
