#include "ui/cli/child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Memory that children share with the one who began them; NULL: there is none. */
enum { WHY_MAX = 512 };
static char *why;

/* The run itself: the terminal is not its own, and it ends with who wants to see it, however that
 * ends; its files have no names by then. */
__attribute__((noreturn)) static void run_here(const struct scenario *scenario, const char *dir,
                                               const struct run_options *options, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    char error[WHY_MAX] = "";
    struct run_result result;
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3 && null >= 0; fd++) {
        dup2(null, fd);
    }
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGABRT, SIGSEGV};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        signal(signals[i], SIG_DFL);
    }
    int status = run_scenario(scenario, dir, options, &result, error, sizeof error);
    if (status != 0 && why) {
        snprintf(why, WHY_MAX, "%s", error);
    }
    _exit(status == 0 && result.signal == 0 ? 0 : 1);
}

pid_t child_run(const struct scenario *scenario, const char *dir, const struct run_options *options)
{
    if (!why) {
        void *shared =
            mmap(NULL, WHY_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        why = shared == MAP_FAILED ? NULL : shared;
    }
    if (why) {
        *why = '\0';
    }
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        run_here(scenario, dir, options, parent);
    }
    return child;
}

bool child_ended(pid_t child, bool *well)
{
    int status;
    pid_t ended = waitpid(child, &status, WNOHANG);
    *well = ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return ended != 0;
}

const char *child_why(void)
{
    return why && *why ? why : "the run did not come to its end";
}

void child_stop(pid_t child)
{
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}
