/* Numbers and names as people read them. */
#include "ui/term/words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ui/memory.h"

#define SECOND UINT64_C(1000000000)

const char *words_time(uint64_t ns, char text[WORDS_TIME_MAX])
{
    unsigned micros = (unsigned)(ns % SECOND / 1000);
    snprintf(text, WORDS_TIME_MAX, "%" PRIu64 ".%03u %03u", ns / SECOND, micros / 1000,
             micros % 1000);
    return text;
}

const char *words_duration(uint64_t ns, char text[WORDS_TIME_MAX])
{
    static const struct {
        uint64_t size;
        const char *unit;
    } units[] = {{SECOND, "s"}, {1000000, "ms"}, {1000, "µs"}, {1, "ns"}};
    size_t i = 0;
    while (i < 3 && ns < units[i].size) {
        i++;
    }
    uint64_t whole = ns / units[i].size;
    int decimals = i == 3 ? 0 : whole >= 100 ? 0 : whole >= 10 ? 1 : 2;
    if (ns % units[i].size == 0) {
        decimals = 0;
    }
    snprintf(text, WORDS_TIME_MAX, "%.*f %s", decimals, (double)ns / (double)units[i].size,
             units[i].unit);
    return text;
}

bool words_parse_time(const char *text, uint64_t *ns)
{
    static const struct {
        const char *unit;
        uint64_t size;
    } units[] = {{"", SECOND},       {"s", SECOND},        {"ms", 1000000},
                 {"us", 1000},       {"µs", 1000},         {"ns", 1},
                 {"m", 60 * SECOND}, {"min", 60 * SECOND}, {"h", 3600 * SECOND}};
    uint64_t whole = 0, part = 0, scale = 1;
    const char *at = text;
    bool any = false;
    for (; *at >= '0' && *at <= '9'; at++, any = true) {
        whole = whole * 10 + (uint64_t)(*at - '0');
        if (whole > 1000000000) {
            return false;
        }
    }
    if (*at == '.') {
        for (at++; *at >= '0' && *at <= '9'; at++, any = true) {
            if (scale < SECOND) {
                part = part * 10 + (uint64_t)(*at - '0');
                scale *= 10;
            }
        }
    }
    while (*at == ' ') {
        at++;
    }
    for (size_t i = 0; any && i < sizeof units / sizeof *units; i++) {
        if (strcmp(at, units[i].unit) == 0) {
            /* part < scale <= 10^9 and size <= 3.6 * 10^12: the product may not fit 64 bits. */
            *ns = whole * units[i].size +
                  (uint64_t)((double)part * (double)units[i].size / (double)scale + 0.5);
            return true;
        }
    }
    return false;
}

const char *words_or_none(const char *text)
{
    return text && *text ? text : "none";
}

const char *words_order(const char *order, const char *detail, const char *peer, char *text,
                        size_t cap)
{
    static const struct {
        const char *order, *words;
        bool detailed; /* the detail says what it is about, else it is the peer that counts */
    } table[] = {
        {"initiate", "make an IKE SA with", false},
        {"create_child", "make CHILD SA", true},
        {"rekey_child", "rekey CHILD SA", true},
        {"delete_child", "delete CHILD SA", true},
        {"rekey_ike", "rekey the IKE SA with", false},
        {"delete_ike", "delete the IKE SA with", false},
        {"liveness", "check the liveness of", false},
        {"reload", "reload its configuration:", true},
    };
    const char *about = detail && *detail ? detail : "";
    if (order && strcmp(order, "initiate") == 0 && *about && peer && strcmp(about, peer) != 0) {
        snprintf(text, cap, "make an IKE SA with whoever has %s", about);
        return text;
    }
    for (size_t i = 0; order && i < sizeof table / sizeof *table; i++) {
        if (strcmp(order, table[i].order) == 0) {
            about = table[i].detailed ? about : peer ? peer : "its peer";
            order = table[i].words;
            break;
        }
    }
    snprintf(text, cap, "%s%s%s", order ? order : "?", *about ? " " : "", about);
    return text;
}

void words_add(struct words *words, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len > 0) {
        if (words->len + (size_t)len + 1 > words->cap) {
            words->cap = 2 * (words->len + (size_t)len + 1);
            words->data = ui_resize(words->data, words->cap);
        }
        vsnprintf(words->data + words->len, (size_t)len + 1, format, again);
        words->len += (size_t)len;
    }
    va_end(again);
}

void words_octets(struct words *words, const struct trace_bytes *bytes)
{
    enum { SHOWN = 8 };
    for (size_t i = 0; i < bytes->len && i < SHOWN; i++) {
        words_add(words, "%02x", bytes->data[i]);
    }
    if (bytes->len > SHOWN) {
        words_add(words, "… (%zu octets)", bytes->len);
    }
}
