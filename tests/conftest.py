"""What all tests share."""

import logging

import structlog

# Logs are looked at when a test fails; what libraries say at debug level is not worth its time.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
