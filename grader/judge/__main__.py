"""`python -m grader.judge`: started by grader.judge.client, never by hand."""

import gc

gc.disable()  # importing torch makes a hundred thousand objects that stay: looking through them costs an eighth of it

from grader.judge.service import main  # noqa: E402  # after that

main()
