#include "sim/scenario/nearest.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { EDIT = 2, CASE_ONLY = 1 };

static unsigned min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned letter_cost(char a, char b)
{
    if (a == b) {
        return 0;
    }
    return tolower((unsigned char)a) == tolower((unsigned char)b) ? CASE_ONLY : EDIT;
}

unsigned nearest_distance(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > NEAREST_WORD_MAX || b_len > NEAREST_WORD_MAX) {
        return EDIT * NEAREST_WORD_MAX;
    }
    /* Three rows of the table of distances between prefixes: two back, one back, current. */
    unsigned rows[3][NEAREST_WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++) {
        rows[0][j] = (unsigned)j * EDIT;
    }
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];
        row[0] = (unsigned)i * EDIT;
        for (size_t j = 1; j <= b_len; j++) {
            row[j] = min(before[j - 1] + letter_cost(a[i - 1], b[j - 1]),
                         min(before[j], row[j - 1]) + EDIT);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = min(row[j], two_before[j - 2] + EDIT);
            }
        }
    }
    return rows[a_len % 3][b_len];
}

void nearest_consider(struct nearest *nearest, const char *known)
{
    size_t len = strlen(nearest->word);
    if (len < 2) {
        return;
    }
    unsigned limit = (unsigned)(len / 3 > 1 ? len / 3 : 1) * EDIT;
    unsigned distance =
        strcasecmp(nearest->word, known) == 0 ? CASE_ONLY : nearest_distance(nearest->word, known);
    if (distance <= limit && (!nearest->found || distance < nearest->distance)) {
        nearest->found = known;
        nearest->distance = distance;
    }
}
