#include "ui/learn/steps.h"

#include <assert.h>
#include <string.h>

/* Longer values are cut in the panel: the screen has them. */
#define VALUE_SHOWN 44

static bool is_right(const void *question, const char *given)
{
    return learn_question_right(question, given);
}

static const char *title_of(struct arena *arena, const struct learn_lesson *lesson)
{
    const char *number = lesson->number + strspn(lesson->number, "0");
    return arena_printf(arena, "%s%s%s", number, *number ? ". " : "", lesson->title);
}

static void take_point(struct arena *arena, const struct learn_point *point,
                       struct guide_step *step)
{
    const char *value = point->value ? point->value : "";
    bool cut = strlen(value) > VALUE_SHOWN;
    step->point = arena_printf(arena, "%s%s%.*s%s", point->name, *value ? ": " : "",
                               cut ? VALUE_SHOWN - 4 : VALUE_SHOWN, value, cut ? "…" : "");
    step->meaning = arena_printf(
        arena, "%s%s%s%s%s", point->meaning ? point->meaning : "",
        point->meaning && point->reference ? " " : "", point->reference ? point->reference : "",
        (point->meaning || point->reference) && point->decrypted ? " " : "",
        point->decrypted ? "Encrypted on the wire." : "");
    if (!*step->meaning) {
        step->meaning = NULL;
    }

    if (step->screen == SCREEN_KEYS) {
        step->field = *value ? value : NULL;
    } else if (step->screen == SCREEN_STORM) {
        step->field = point->name;
    } else if (step->screen == SCREEN_MESSAGE && point->in_message) {
        step->field = point->path;
    } else if (step->screen != SCREEN_MESSAGE && !cut) {
        step->value = point->value;
    }
}

static void take_question(const struct learn_question *question, struct guide_step *step)
{
    step->ask = question->ask;
    step->answer = question->answer;
    step->choices = question->choices;
    step->choice_count = question->choice_count;
    step->right = question->right;
    step->because = question->because;
    step->question = question;
}

void learn_steps_guide(struct learn_lesson *lesson, const struct learn_lesson *next,
                       struct guide *guide)
{
    struct arena *arena = &lesson->arena;
    struct guide_step *steps = arena_alloc(arena, lesson->step_count * sizeof *steps);
    for (size_t i = 0; i < lesson->step_count; i++) {
        const struct learn_step *from = &lesson->steps[i];
        steps[i] = (struct guide_step){.ordinal = from->ordinal,
                                       .datagram = from->datagram,
                                       .say = from->say,
                                       .misreading = from->misreading};
        bool known = app_screen_find(learn_screen_word(from->screen), &steps[i].screen);
        assert(known);
        if (from->point) {
            take_point(arena, from->point, &steps[i]);
        }
        steps[i].spoils = learn_step_spoils(from);
        if (from->question) {
            take_question(from->question, &steps[i]);
        }
    }
    *guide = (struct guide){
        .title = title_of(arena, lesson),
        .about = lesson->about,
        .next = next ? title_of(arena, next) : NULL,
        .pair = {lesson->pair[0], lesson->pair[1]},
        .steps = steps,
        .count = lesson->step_count,
        .is_right = is_right,
    };
}
