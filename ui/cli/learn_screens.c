#include "ui/cli/learn_screens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/cli/rerun.h"
#include "ui/cli/terminal.h"
#include "ui/learn/steps.h"
#include "ui/term/screen.h"
#include "ui/term/view.h"

/* The app with the lesson as its guide. */
struct stage {
    struct model *model;
    struct rerun *rerun;
    struct app app;
    struct guide guide;
};

static void stage_begin(struct stage *stage, const struct learn_screens *screens,
                        struct learn_lesson *lesson)
{
    stage->model = model_new(screens->source->reader, screens->crypto);
    stage->rerun = rerun_new(lesson->scenario, screens->options);
    app_init(&stage->app, stage->model);
    stage->app.series = screens->source->series;
    stage->app.mouse = !screens->terminal->no_mouse;
    stage->app.theme = screens->terminal->theme;
    stage->app.whatif.runner = rerun_runner(stage->rerun);
    learn_steps_guide(lesson, screens->next, &stage->guide);
    guide_begin(&stage->guide, &stage->app);
}

static void stage_end(struct stage *stage)
{
    app_dispose(&stage->app);
    guide_dispose(&stage->guide);
    model_free(stage->model);
    rerun_free(stage->rerun);
}

/* At its end what was right; half-way where it was left, beside what the last time came to. */
static void take_progress(const struct guide *guide, const struct lessons_progress *before,
                          struct lessons_progress *progress)
{
    *progress = *before;
    progress->step = 0;
    if (guide->finished) {
        progress->done = true;
        progress->right = (unsigned)guide_right(guide);
        progress->questions = (unsigned)guide_questions(guide);
    } else if (guide->count <= LESSONS_MARKS_MAX) {
        char *marks = guide_marks(guide);
        bool begun = guide->at > 0 || strchr(marks, '+') || strchr(marks, '-');
        progress->step = begun ? (unsigned)guide->at + 1 : 0;
        snprintf(progress->marks, sizeof progress->marks, "%s", marks);
        free(marks);
    }
}

int learn_screens_run(const struct learn_screens *screens, struct learn_lesson *lesson,
                      struct lessons_progress *progress, bool *finished)
{
    char error[160];
    struct stage stage;
    int status = EXIT_DONE;
    stage_begin(&stage, screens, lesson);
    if (screens->progress.step > 0) {
        guide_resume(&stage.app, screens->progress.step - 1, screens->progress.marks);
    }
    if (screen_run(&stage.app, screens->ascii || !terminal_is_utf8(), error, sizeof error) != 0) {
        fprintf(stderr, "%s: %s; `%s --text %s` goes through it line by line\n", screens->command,
                error, screens->command, lesson->name);
        status = EXIT_MISUSE;
    }
    take_progress(&stage.guide, &screens->progress, progress);
    *finished = stage.guide.finished;
    stage_end(&stage);
    return status;
}

int learn_screens_print(const struct learn_screens *screens, struct learn_lesson *lesson,
                        size_t step)
{
    struct stage stage;
    int status = EXIT_DONE;
    if (step > lesson->step_count) {
        fprintf(stderr, "%s: --step %zu: %s has steps 1 to %zu\n", screens->command, step,
                lesson->name, lesson->step_count);
        return EXIT_MISUSE;
    }
    struct grid *grid =
        grid_new(screens->terminal->width, screens->terminal->height, screens->ascii);
    stage_begin(&stage, screens, lesson);
    for (size_t i = 0; i < lesson->step_count; i++) {
        if (step > 0 && i + 1 != step) {
            continue;
        }
        stage.guide.at = i;
        stage.guide.top = 0;
        if (!guide_show(&stage.app)) {
            fprintf(stderr, "%s: %s, step %zu: the screen %s has no %s\n", screens->command,
                    lesson->name, i + 1, app_screen_name(stage.guide.steps[i].screen),
                    stage.guide.steps[i].point);
            status = EXIT_REFUSED;
        }
        do {
            app_prepare(&stage.app);
        } while (app_busy(&stage.app));
        model_scrub_all(stage.model);
        view_screen(&stage.app, grid);
        terminal_write(screens->terminal, grid);
    }
    stage_end(&stage);
    grid_free(grid);
    return status;
}
