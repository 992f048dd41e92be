"""The untrusted processes as the judge holds them: started, asked under a deadline, ended for certain."""
