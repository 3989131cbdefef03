"""The environment every test runs in: names of tables that exist nowhere but in moto."""

import os

from hypothesis import HealthCheck, settings

TABLES = [
    "ORGANIZATIONS",
    "CHECKS",
    "AUDIT",
    "CLAIMS",
    "OUTBOX",
    "CHANNELS",
    "ALARMS",
    "CODES",
    "CODE_BATCHES",
    "SEATS",
    "ASSIGNMENTS",
    "CUSTOMERS",
    "NETWORK_JOINS",
    "WAITING",
    "PROVIDER_TOKENS",
    "OUTSIDE_CONTACTS",
    "VISITS",
    "STATISTICS",
    "SYNCS",
    "ACCOUNTS",
    "REWARDS",
    "PROGRAMMES",
    "PUSHES",
    "STRATEGIES",
    "CONTENTS",
    "BEHAVIOURS",
    "SANDBOX",
    "RECIPIENTS",
    "PUSH_FIGURES",
    "RUNS",
    "PEOPLE",
    "PROMOTIONS",
    "OFFERS",
    "TASK_FIGURES",
    "BONUSES",
    "TASK_LINKS",
    "PAYMENTS",
    "CAMPAIGNS",
    "SESSIONS",
    "WEBHOOKS",
]

os.environ.update(
    {f"{name}_TABLE": f"test-{name.lower()}" for name in TABLES}
    | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "ROOT_SECRET_ARN": "test-root",
        "SCANS_WITHOUT_CONNECTION": "50",
        "RESERVATION_SECONDS": "900",
        "UNCONFIRMED_SHARE_PERCENT": "100",  # never: tests of networks set limits of their own
        "JOINS_PER_NETWORK": "200",
        "NETWORK_WINDOW_SECONDS": "900",
        "PUBLIC_BASE_URL": "https://s.example.com",
        "EVENT_BUS": "test-events",
        "USER_POOL_CLIENT_ID": "test-client",
        "RUN_LISTS_BUCKET": "test-run-lists",
        "PEOPLE_LISTS_BUCKET": "test-people-lists",
        "CAMPAIGN_FILES_BUCKET": "test-campaign-files",
        "FAILURES_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/test-failures",
        "SEND_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/test-send",
        "WEBHOOK_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/test-webhooks",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
)
os.environ.pop("AWS_ENDPOINT_URL", None)

# How long an example takes says how busy the machine is.
settings.register_profile("sluice", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sluice")

pytest_plugins = [
    "tests.support.deployed",  # one deployment for flows, fuzz and access alike
    "tests.support.summary",
]
