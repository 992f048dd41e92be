"""Never comes back: @how@. Refuses to be asked politely."""

import os
import re
import signal
import threading
import time

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
try:
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
except ValueError:
    pass


def hang():
    how = "@how@"
    if how == "sleep":
        time.sleep(10**6)
    elif how == "regex":
        re.match(r"(a+)+$", "a" * 64 + "b")
    elif how == "deadlock":
        lock = threading.Lock()
        lock.acquire()
        thread = threading.Thread(target=lock.acquire)
        thread.start()
        thread.join()
    elif how == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


if "@how@" == "load":
    hang()


def sequence_mask(X, valid_len, value=0):
    hang()


def masked_softmax(X, valid_lens):
    hang()
