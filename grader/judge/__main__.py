"""`python -m grader.judge`: started by grader.judge.client, never by hand."""

import gc
import os
import signal
import sys

from grader.worker.lifetime import end_with

PARENT = int(os.environ["GRADE_PARENT"])
signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us is interrupted, and ends us
if sys.platform == "linux":
    end_with(PARENT)
gc.disable()  # importing torch makes a hundred thousand objects that stay: looking through them costs an eighth of it

from grader.judge.service import main  # noqa: E402  # after that

main(PARENT)
