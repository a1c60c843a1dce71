/* `ikesim watch`: the terminal UI. */
#ifndef IKESIM_UI_CLI_CMD_WATCH_H
#define IKESIM_UI_CLI_CMD_WATCH_H

int cmd_watch(int argc, char **argv);

#endif
