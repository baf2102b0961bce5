"""Where long work runs: in threads of this process, or on other machines, by the same code.

A task is a word and the number of a row (`tasks.py`): whether it is still to be done stands in the row, so it may be
handed in twice, be lost with its machine, or run in two places, and nothing is doubled. What is due by its rows, and
how much of it is handed out, `queues.py` says. What runs it, and starts it again when a machine is lost, is an
executor: `concurrent.futures` here (`threads.py`), Dask distributed for many machines (`cluster.py`; `worker.py` is the
other end). Who lives stands in the database (`hosts.py`), so that work in the hands of a lost machine is taken up again
without waiting for its lease to run out.
"""
