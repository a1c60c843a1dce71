/* `ikesim watch`: the terminal UI. */
#ifndef IKESIM_UI_CLI_CMD_WATCH_H
#define IKESIM_UI_CLI_CMD_WATCH_H

/* argv[0] is "ikesim watch". Returns the exit code. */
int cmd_watch(int argc, char **argv);

#endif
