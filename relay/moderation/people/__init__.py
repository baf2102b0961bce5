"""People at the desk: their accounts, passwords, second factors, sign-ins, links and roles."""
