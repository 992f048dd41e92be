"""`python -m grader.judge`: started by grader.judge.client, never by hand."""

from grader.judge.service import main

main()
