#include "ui/cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Work that is done sooner is not worth a word. */
#define PATIENCE 2.0

/* Longest time between two lines of a log: it shows that something is alive. */
#define INTERVAL_MAX 600.0

double progress_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress_begin(struct progress *progress, bool wanted, double now)
{
    *progress = (struct progress){
        .wanted = wanted,
        .terminal = isatty(STDERR_FILENO),
        .begin = now,
        .next = now + PATIENCE,
    };
}

/* The line that stood there is overwritten with blanks: no escape sequences are needed. */
static void write_over(struct progress *progress, const char *text)
{
    int width = (int)strlen(text);
    fprintf(stderr, "\r%s%*s\r", text, progress->shown > width ? progress->shown - width : 0, "");
    fflush(stderr);
    progress->shown = width;
}

static void print_left(char *text, size_t cap, double seconds)
{
    if (seconds < 100) {
        snprintf(text, cap, "%.0f s left", seconds);
    } else if (seconds < 6000) {
        snprintf(text, cap, "%.0f min left", seconds / 60);
    } else {
        snprintf(text, cap, "%.1f h left", seconds / 3600);
    }
}

void progress_show(struct progress *progress, uint64_t at, uint64_t duration, uint64_t events,
                   double now)
{
    double seconds = now - progress->begin;
    if (!progress->wanted || seconds < PATIENCE || (!progress->terminal && now < progress->next)) {
        return;
    }
    char text[160], left[40];
    double share = duration ? (double)at / (double)duration : 1;
    print_left(left, sizeof left, share > 0 ? seconds / share - seconds : 0);
    snprintf(text, sizeof text, "%.1f s of %.0f s  %3.0f%%  %.0f events/s  %.3g s/s  %s",
             (double)at / 1e9, (double)duration / 1e9, share * 100, (double)events / seconds,
             (double)at / 1e9 / seconds, share > 0 ? left : "");
    if (progress->terminal) {
        write_over(progress, text);
        return;
    }
    fprintf(stderr, "%s\n", text);
    /* As long again as it has taken: a run of an hour has a dozen lines. */
    progress->next = now + (seconds < INTERVAL_MAX ? seconds : INTERVAL_MAX);
}

void progress_say(struct progress *progress, const char *text)
{
    if (progress->shown) {
        write_over(progress, text);
    }
}
