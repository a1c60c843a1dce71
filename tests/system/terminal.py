"""A real terminal: a tmux server of its own, driven with keys; what stands on the screen is read back."""

import os
import shlex
import subprocess
import sys
import time

PATIENCE = 60  # seconds; a sanitizer build on a busy machine is slow


class Terminal:
    """A tmux server of its own with one window that runs a shell."""

    def __init__(self, width=100, height=30, **environment):
        self.socket = "ikesim-test-%d-%d" % (os.getpid(), time.monotonic_ns())
        # ncurses keeps memory to the end of the process, which a sanitizer build would call leaks.
        shell = ["env", "-u", "NO_COLOR", "LC_ALL=C.UTF-8", "PS1=READY$ ", "ASAN_OPTIONS=detect_leaks=0"]
        shell += ["%s=%s" % pair for pair in environment.items()] + ["sh", "-i"]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), shlex.join(shell))
        self.wait("READY$")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server")

    def tmux(self, *arguments):
        result = subprocess.run(["tmux", "-u", "-L", self.socket, *arguments], capture_output=True, text=True, timeout=30)
        return result.stdout

    def text(self, colours=False):
        """What is on the screen, at rest: half of a frame is not read for a whole one. What never rests is taken as it is."""
        texts = []
        while len(texts) < 5 and (len(texts) < 2 or texts[-1] != texts[-2]):
            if texts:
                time.sleep(0.03)
            texts.append(self.tmux("capture-pane", "-p", *(["-e"] if colours else [])))
        return texts[-1]

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def command(self, *arguments):
        self.keys(shlex.join(arguments) + "; echo EXIT $?", "Enter")

    def descendants(self):
        """Processes that run below the shell of the window, outer ones first."""
        found = [int(self.tmux("list-panes", "-F", "#{pane_pid}"))]
        for pid in found:
            with open("/proc/%d/task/%d/children" % (pid, pid)) as children:
                found += [int(child) for child in children.read().split()]
        return found[1:]

    def wait(self, *wanted, gone=(), patience=PATIENCE):
        """Waits until all of these texts are there, and those others are not."""
        end = time.monotonic() + patience
        while True:
            text = self.text()
            if all(w in text for w in wanted) and not any(g in text for g in gone):
                return text
            if time.monotonic() > end:
                sys.exit("waited in vain for %r without %r; on the screen:\n%s" % (wanted, gone, text))

    def resize(self, width, height):
        self.tmux("resize-window", "-x", str(width), "-y", str(height))
