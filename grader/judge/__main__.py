"""`python -m grader.judge`: started by grader.judge.client, never by hand."""

import gc
import os
import signal

gc.disable()  # importing torch makes a hundred thousand objects that stay: looking through them costs an eighth of it
signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us is interrupted, and ends us

from grader.judge.service import main  # noqa: E402  # after that
from grader.worker.lifetime import end_with  # noqa: E402  # after that

end_with(int(os.environ["GRADE_PARENT"]))
main()
