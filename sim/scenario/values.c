#include "sim/scenario/values.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/scenario/nearest.h"

__extension__ typedef unsigned __int128 wide;

/* ---- decimals with a unit ---- */

/* Digits behind the point; of more, none counts in any unit. */
enum { DECIMALS_MAX = 12 };

struct decimal {
    uint64_t whole;
    uint64_t fraction; /* `decimals` digits, leading zeros included */
    unsigned decimals;
    const char *unit; /* what follows the digits */
};

static const char *const too_big = "is too big a number";

static const char *read_decimal(const char *text, struct decimal *out)
{
    *out = (struct decimal){0};
    const char *at = text;
    if (*at == '-' && isdigit((unsigned char)at[1])) {
        return "is negative";
    }
    if (!isdigit((unsigned char)*at)) {
        return "is no number";
    }
    for (; isdigit((unsigned char)*at); at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (out->whole > (UINT64_MAX - digit) / 10) {
            return too_big;
        }
        out->whole = out->whole * 10 + digit;
    }
    if (*at == '.') {
        at++;
        if (!isdigit((unsigned char)*at)) {
            return "has no digit behind the point";
        }
        for (; isdigit((unsigned char)*at); at++) {
            if (out->decimals == DECIMALS_MAX) {
                return "has more than 12 digits behind the point";
            }
            out->fraction = out->fraction * 10 + (unsigned)(*at - '0');
            out->decimals++;
        }
    }
    out->unit = at;
    return NULL;
}

static uint64_t power_of_ten(unsigned n)
{
    uint64_t power = 1;
    while (n-- > 0) {
        power *= 10;
    }
    return power;
}

struct unit {
    const char *name;
    uint64_t factor;
};

/* Other ways to write a unit, and ours. */
static const char *const spellings[][2] = {
    {"nsec", "ns"}, {"usec", "us"}, {"\u00b5s", "us"}, {"\u03bcs", "us"}, {"msec", "ms"},
    {"sec", "s"},   {"secs", "s"},  {"second", "s"},   {"seconds", "s"},  {"S", "s"},
    {"min", "m"},   {"mins", "m"},  {"minute", "m"},   {"minutes", "m"},  {"M", "m"},
    {"hr", "h"},    {"hour", "h"},  {"hours", "h"},    {"H", "h"},        {"day", "d"},
    {"days", "d"},  {"D", "d"},     {"b", "B"},        {"byte", "B"},     {"bytes", "B"},
};

/* The same number with the unit that may have been meant, at reader->at in the text. */
static void mean_unit(struct values_reader *reader, const char *text, const struct unit *units,
                      size_t unit_count)
{
    const char *unit = text + reader->at;
    unit += strspn(unit, " ");
    struct nearest nearest = {.word = unit};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        if (strcmp(unit, spellings[i][0]) == 0) {
            nearest.word = spellings[i][1];
        }
    }
    for (size_t i = 0; i < unit_count; i++) {
        if (strcmp(nearest.word, units[i].name) == 0) {
            nearest.found = units[i].name;
            nearest.distance = 0;
        } else {
            nearest_consider(&nearest, units[i].name);
        }
    }
    if (nearest.found) {
        reader->meant = arena_printf(reader->arena, "%.*s%s", (int)reader->at, text, nearest.found);
    }
}

static const char *read_with_unit(struct values_reader *reader, const char *text,
                                  const struct unit *units, size_t unit_count, uint64_t max,
                                  const char *max_text, uint64_t *out)
{
    struct decimal decimal;
    const char *wrong = read_decimal(text, &decimal);
    if (wrong) {
        return wrong;
    }
    if (*decimal.unit == '\0') {
        return "has no unit";
    }
    for (size_t i = 0; i < unit_count; i++) {
        if (strcmp(decimal.unit, units[i].name) != 0) {
            continue;
        }
        if (decimal.whole > max / units[i].factor) {
            return arena_printf(reader->arena, "is more than %s", max_text);
        }
        uint64_t scale = power_of_ten(decimal.decimals);
        wide value = ((wide)decimal.whole * scale + decimal.fraction) * units[i].factor;
        if (value % scale != 0) {
            return arena_printf(reader->arena, "is finer than 1%s", units[0].name);
        }
        value /= scale;
        if (value > max) {
            return arena_printf(reader->arena, "is more than %s", max_text);
        }
        *out = (uint64_t)value;
        return NULL;
    }
    reader->at = (size_t)(decimal.unit - text);
    mean_unit(reader, text, units, unit_count);
    if (*decimal.unit == ' ') {
        return "has a blank before its unit";
    }
    return arena_printf(reader->arena, "has the unknown unit '%.20s'", decimal.unit);
}

static const struct unit durations[] = {
    {"ns", 1},
    {"us", 1000},
    {"ms", 1000000},
    {"s", 1000000000},
    {"m", UINT64_C(60) * 1000000000},
    {"h", UINT64_C(3600) * 1000000000},
    {"d", UINT64_C(86400) * 1000000000},
};

static const struct unit prices[] = {
    {"ps", 1}, {"ns", 1000}, {"us", 1000000}, {"ms", 1000000000}, {"s", 1000000000000},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *values_read_duration(struct values_reader *reader, const char *text, uint64_t *ns)
{
    return read_with_unit(reader, text, durations, COUNT(durations), VALUES_DURATION_MAX, "36500d",
                          ns);
}

const char *values_read_price(struct values_reader *reader, const char *text, uint64_t *ps)
{
    return read_with_unit(reader, text, prices, COUNT(prices), VALUES_PRICE_MAX, "3600s", ps);
}

const char *values_read_size(struct values_reader *reader, const char *text, uint64_t *octets)
{
    static const struct unit sizes[] = {{"B", 1}};
    return read_with_unit(reader, text, sizes, COUNT(sizes), UINT32_MAX, "4294967295B", octets);
}

static const struct unit rates[] = {
    {"bit", 1},
    {"kbit", 1000},
    {"mbit", 1000000},
    {"gbit", 1000000000},
};

const char *values_read_rate(struct values_reader *reader, const char *text, uint64_t *bits)
{
    return read_with_unit(reader, text, rates, COUNT(rates), UINT64_C(1000000000000), "1000gbit",
                          bits);
}

/* The largest unit of which the value is a whole number. */
static char *print_with_unit(struct arena *arena, uint64_t value, const struct unit *units,
                             size_t unit_count)
{
    size_t best = 0;
    for (size_t i = 1; value > 0 && i < unit_count; i++) {
        if (value % units[i].factor == 0) {
            best = i;
        }
    }
    return arena_printf(arena, "%" PRIu64 "%s", value / units[best].factor, units[best].name);
}

char *values_print_duration(struct arena *arena, uint64_t ns)
{
    return ns == 0 ? arena_printf(arena, "0s")
                   : print_with_unit(arena, ns, durations, COUNT(durations));
}

char *values_print_price(struct arena *arena, uint64_t ps)
{
    return ps == 0 ? arena_printf(arena, "0ns") : print_with_unit(arena, ps, prices, COUNT(prices));
}

char *values_print_rate(struct arena *arena, uint64_t bits)
{
    return print_with_unit(arena, bits, rates, COUNT(rates));
}

/* ---- numbers ---- */

const char *values_read_number(struct values_reader *reader, const char *text, uint64_t *out)
{
    (void)reader;
    struct decimal decimal;
    const char *wrong = read_decimal(text, &decimal);
    if (wrong) {
        return wrong;
    }
    if (decimal.decimals > 0) {
        return "is no whole number";
    }
    if (*decimal.unit != '\0') {
        return arena_printf(reader->arena, "has '%.20s' behind the digits", decimal.unit);
    }
    *out = decimal.whole;
    return NULL;
}

const char *values_read_factor(struct values_reader *reader, const char *text,
                               uint64_t *thousandths)
{
    struct decimal decimal;
    const char *wrong = read_decimal(text, &decimal);
    if (wrong) {
        return wrong;
    }
    if (*decimal.unit != '\0') {
        return arena_printf(reader->arena, "has '%.20s' behind the digits", decimal.unit);
    }
    if (decimal.decimals > 3) {
        return "has more than 3 digits behind the point";
    }
    if (decimal.whole > UINT32_MAX) {
        return too_big;
    }
    *thousandths = decimal.whole * 1000 + decimal.fraction * power_of_ten(3 - decimal.decimals);
    return NULL;
}

char *values_print_factor(struct arena *arena, uint64_t thousandths)
{
    char fraction[8] = "";
    if (thousandths % 1000 != 0) {
        snprintf(fraction, sizeof fraction, ".%03u", (unsigned)(thousandths % 1000));
        for (size_t len = strlen(fraction); fraction[len - 1] == '0'; len--) {
            fraction[len - 1] = '\0';
        }
    }
    return arena_printf(arena, "%" PRIu64 "%s", thousandths / 1000, fraction);
}

/* ---- probabilities ---- */

const char *values_read_probability(struct values_reader *reader, const char *text,
                                    net_probability *out)
{
    struct decimal decimal;
    const char *wrong = read_decimal(text, &decimal);
    if (wrong) {
        return wrong;
    }
    if (*decimal.unit == '\0') {
        return "has no % sign";
    }
    if (strcmp(decimal.unit, "%") != 0) {
        return arena_printf(reader->arena, "has the unknown unit '%.20s'", decimal.unit);
    }
    if (decimal.whole > 100) {
        return "is more than 100%";
    }
    uint64_t scale = power_of_ten(decimal.decimals);
    wide number = (wide)decimal.whole * scale + decimal.fraction;
    wide all = (wide)100 * scale;
    if (number > all) {
        return "is more than 100%";
    }
    *out = number == all ? UINT64_MAX : (net_probability)((number << 64) / all);
    return NULL;
}

char *values_print_probability(struct arena *arena, net_probability p)
{
    if (p == UINT64_MAX) {
        return arena_printf(arena, "100%%");
    }
    /* The shortest decimal that reads back as p: with 12 decimals at most one does, so what was
     * read is found again. */
    for (unsigned decimals = 0; decimals <= DECIMALS_MAX; decimals++) {
        uint64_t scale = power_of_ten(decimals);
        wide all = (wide)100 * scale;
        wide number = (p * all + UINT64_MAX) >> 64;
        if ((net_probability)((number << 64) / all) != p) {
            continue;
        }
        uint64_t whole = (uint64_t)(number / scale), fraction = (uint64_t)(number % scale);
        return decimals == 0 ? arena_printf(arena, "%" PRIu64 "%%", whole)
                             : arena_printf(arena, "%" PRIu64 ".%0*" PRIu64 "%%", whole,
                                            (int)decimals, fraction);
    }
    assert(false); /* probabilities come from scenario files, through the reader above */
    return NULL;
}

/* ---- the calendar ---- */

/* Days from 1970-01-01 to the first of a month of the Gregorian calendar (years 1970 to 2399). */
static int64_t days_before(int64_t year, int64_t month)
{
    static const int16_t months[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t before = year - 1;
    int64_t leap_days = (before / 4 - before / 100 + before / 400) - (1969 / 4 - 1969 / 100 + 4);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return (year - 1970) * 365 + leap_days + months[month - 1] + (leap && month > 2 ? 1 : 0);
}

static bool digits_at(const char *text, const char *shape)
{
    for (; *shape; shape++, text++) {
        if (*shape == '0' ? !isdigit((unsigned char)*text) : *text != *shape) {
            return false;
        }
    }
    return *text == '\0';
}

static int64_t number_at(const char *text, int len)
{
    int64_t value = 0;
    for (int i = 0; i < len; i++) {
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

const char *values_read_epoch(struct values_reader *reader, const char *text, int64_t *seconds)
{
    (void)reader;
    if (!digits_at(text, "0000-00-00T00:00:00Z")) {
        return "is no time";
    }
    int64_t year = number_at(text, 4), month = number_at(text + 5, 2);
    int64_t day = number_at(text + 8, 2), hour = number_at(text + 11, 2);
    int64_t minute = number_at(text + 14, 2), second = number_at(text + 17, 2);
    if (year < 1970 || year > 2200) {
        return "is not between 1970 and 2200";
    }
    if (month < 1 || month > 12) {
        return "has no month of the year";
    }
    int64_t next = month == 12 ? days_before(year + 1, 1) : days_before(year, month + 1);
    if (day < 1 || day > next - days_before(year, month)) {
        return "has no day of the month";
    }
    if (hour > 23 || minute > 59 || second > 59) {
        return "has no time of the day";
    }
    *seconds = ((days_before(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
    return *seconds > VALUES_EPOCH_MAX ? "is not between 1970 and 2200" : NULL;
}

char *values_print_epoch(struct arena *arena, int64_t seconds)
{
    int64_t days = seconds / 86400, rest = seconds % 86400;
    int64_t year = 1970, month = 1;
    while (days_before(year + 1, 1) <= days) {
        year++;
    }
    while (month < 12 && days_before(year, month + 1) <= days) {
        month++;
    }
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)year, (int)month,
                        (int)(days - days_before(year, month) + 1), (int)(rest / 3600),
                        (int)(rest / 60 % 60), (int)(rest % 60));
}
