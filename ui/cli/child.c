#include "ui/cli/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* The run itself: the terminal is not its own. */
__attribute__((noreturn)) static void run_here(const struct scenario *scenario, const char *dir,
                                               const struct run_options *options)
{
    char error[256];
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
    _exit(status == 0 && result.signal == 0 ? 0 : 1);
}

pid_t child_run(const struct scenario *scenario, const char *dir, const struct run_options *options)
{
    pid_t child = fork();
    if (child == 0) {
        run_here(scenario, dir, options);
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

void child_stop(pid_t child)
{
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}
