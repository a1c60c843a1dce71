/* The known word that somebody may have meant. */
#ifndef IKESIM_SIM_SCENARIO_NEAREST_H
#define IKESIM_SIM_SCENARIO_NEAREST_H

#include <stddef.h>

/* Longer words are never near to anything. */
#define NEAREST_WORD_MAX 64

/* Edits that turn `a` into `b`: letters put in, left out, exchanged, or two neighbours swapped
 * (Damerau-Levenshtein, optimal string alignment). Letter case counts half: the result is in halves
 * of an edit. */
unsigned nearest_distance(const char *a, const char *b);

/* Collects the nearest word; all zero but `word` to begin with. */
struct nearest {
    const char *word;  /* as found in the file */
    const char *found; /* nearest so far, NULL none near enough */
    unsigned distance;
};

/* Considers a known word. Near enough: no more than a third of the letters wrong, and at least one
 * edit is always granted to words of two letters and more; the same word in other case is always
 * near. Of equally near words the first one
 * stays. */
void nearest_consider(struct nearest *nearest, const char *known);

#endif
