#include "sim/host/esp_faults.h"

#include <string.h>

#include "trace/event.h"

static bool goes_to(const struct esp_faults *faults, const struct esp_edit *edit, uint64_t ike_sa)
{
    struct ike_sa_info info;
    return edit->to.family == 0 ||
           (ike_endpoint_sa_info(faults->ike, ike_sa, &info) &&
            info.remote.family == edit->to.family &&
            memcmp(info.remote.ip, edit->to.ip, sizeof info.remote.ip) == 0);
}

static struct trace_bytes hex(const uint8_t *octets, size_t len)
{
    return (struct trace_bytes){.data = octets, .len = len};
}

static void make(const struct esp_faults *faults, const struct esp_edit *edit,
                 const struct esp_result *result, uint8_t *packet, size_t len)
{
    size_t count = edit->value.len;
    bool fits =
        edit->octet >= result->front_len && edit->octet <= len && count <= len - edit->octet;
    if (faults->observer) {
        trace_emit_esp_edited(
            faults->observer,
            &(struct trace_esp_edited){
                .protocol = result->ip_protocol == AH_IP_PROTOCOL ? "AH" : "ESP",
                .spi = result->spi,
                .sequence = result->sequence,
                .child = result->child,
                .octet = edit->octet,
                .before = hex(packet + (fits ? edit->octet : 0), fits ? count : 0),
                .after = hex(edit->value.data, fits ? count : 0),
            });
    }
    if (fits) {
        memcpy(packet + edit->octet, edit->value.data, count);
    }
}

static void apply(void *context, const struct esp_result *result, uint8_t *packet, size_t len)
{
    struct esp_faults *faults = context;
    for (size_t i = 0; i < faults->count; i++) {
        struct esp_edit *edit = &faults->edits[i];
        if (goes_to(faults, edit, result->owner) && (++edit->seen == edit->nth || edit->nth == 0)) {
            make(faults, edit, result, packet, len);
        }
    }
}

const struct esp_fault *esp_faults_begin(struct esp_faults *faults, const struct ike_endpoint *ike,
                                         const struct trace_observer *observer)
{
    if (!faults) {
        return NULL;
    }
    faults->ike = ike;
    faults->observer = observer;
    faults->fault = (struct esp_fault){.apply = apply, .context = faults};
    return &faults->fault;
}
