"""The reward service without Ray: its web application, and what stands behind each endpoint.

`make_app` answers HTTP, `RewardService` holds the calls that were accepted. Two rules hold. What was accepted is answered, each
program with a reward or an explicit null. And a client that hangs up ends its own work only: all work is done in tasks that no
request started (`background`). Never judges by itself: a `Judge` is given. fastapi, starlette and prometheus_client are imported
inside functions, so importing this room needs none of them.
"""
