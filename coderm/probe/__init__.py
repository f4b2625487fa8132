"""The difficulty probe: features of a problem and its candidates in, the predicted pass rate out.

Training uses torch; reading features of texts uses a model; everything else here is numpy, so that predicting is cheap anywhere.
"""
