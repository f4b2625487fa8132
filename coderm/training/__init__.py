"""Training a test writer: chats in, a model that writes tests and a directory that vLLM loads out.

Rows are rendered and measured before anything is trained; one that does not fit is left out with its reason and never cut. A
checkpoint counts only when it is whole and of this config and these rows. Decisions are pure functions of numbers and texts;
`fitting` alone drives TRL. torch, transformers, trl, peft and datasets are imported inside the functions that need them. Knows no
Ray: on a cluster the same `fit` runs in each worker.
"""
