"""Headway's settings: one module, every value from the environment (see .env.example).

Nothing branches on an environment's name: a setting differs because its variable differs,
and a wrong value stops the start with a sentence that names it.
"""

import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import plotly
from csp.constants import NONE, SELF

from portfolio import environment, logs

BASE_DIR = environment.BASE_DIR
environment.read_file()

# --- Where this copy lives ---------------------------------------------------

DATA_DIR = environment.folder("DATA_DIR", default=BASE_DIR / "var")
SECRET_KEY = environment.secret("SECRET_KEY", kept_in=DATA_DIR / "secret_key")
PORT = environment.number("PORT", default=8000, least=1, most=65535)
SITE_URL = environment.address("SITE_URL", default=f"http://127.0.0.1:{PORT}")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
SITE_IS_LOOPBACK = SITE_HOST in {"127.0.0.1", "localhost", "::1"}
SITE_IS_HTTPS = SITE_URL.startswith("https://")

DEBUG = environment.switch("DEBUG", default=False)
ALLOWED_HOSTS = [*environment.names("ALLOWED_HOSTS", default=[SITE_HOST]), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # e-mail addresses are unique by a constraint that ignores case
    "security.W008",  # the proxy that ends TLS redirects to https
    "security.W021",  # a preload list binds a whole domain: its owner's choice
]

# --- Rooms ---------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # widgets that templates/django/forms/ does not replace
    "allauth",
    "allauth.account",
    "csp",
    "django_cotton",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "pilots.access",
    "pilots",
    "kpis",
    "portfolio.outbox",
    "portfolio.digests",
    "portfolio.exchange",
    "portfolio.visits",
    "portfolio.benchmarks",
    "portfolio.pace",
    "portfolio.steering",
    "portfolio",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portfolio.request_log.RequestMiddleware",
    "pilots.web.edge.refuse_bad_addresses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "pilots.web.edge.keep_pages_private",
    "pilots.web.edge.read_times_in_own_zone",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "portfolio.urls"
WSGI_APPLICATION = "portfolio.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portfolio.desk.frame.frame",
                "portfolio.desk.sample.offer",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database --------------------------------------------------------------------

DATABASES = {"default": environment.database("DATABASE_URL", default=DATA_DIR / "headway.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if IS_SQLITE:
    # Writers queue instead of failing: with Django's default (deferred) transactions, 185 to 246 of
    # 400 concurrent read-then-write transactions fail with "database is locked"; with these, none.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
    }
    # Tests use a file too: WAL and waiting writers exist only there.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)

# --- Jobs: Celery is a doorbell, the database is the memory ------------------------

REDIS_URL = environment.redis("REDIS_URL")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any]
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 300}
else:
    CELERY_BROKER_TRANSPORT = "portfolio.doorbell:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"folder": str(DATA_DIR / "broker")}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_TIME_LIMIT = 240
CELERY_TASK_SOFT_TIME_LIMIT = 200
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30.0
CELERY_WORKER_CONCURRENCY = environment.number("WORKER_CONCURRENCY", default=1, least=1)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
# Nobody listens to these, and on the folder broker an unread message is a file that stays.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False

# On files rather than in memory: sign-in limits must hold across web processes.
CACHE_URL = environment.redis("CACHE_URL") or REDIS_URL
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "headway",
    }
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": DATA_DIR / "cache"}
}

# --- People ------------------------------------------------------------------------

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:today"
# Sign-in limits count real addresses, not the proxy's.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if environment.switch("BEHIND_PROXY", default=False) else 0
ACCOUNT_ADAPTER = "portfolio.desk.accounts.InvitationOnlyAdapter"
ACCOUNT_FORMS = {
    "login": "portfolio.desk.account_forms.SignInForm",
    "change_password": "portfolio.desk.account_forms.ChangePasswordForm",
    "set_password": "portfolio.desk.account_forms.SetPasswordForm",
    "reset_password": "portfolio.desk.account_forms.ResetPasswordForm",
    "reset_password_from_key": "portfolio.desk.account_forms.ResetPasswordKeyForm",
    "reauthenticate": "portfolio.desk.account_forms.ReauthenticateForm",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts come from an administrator or an invitation
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a stranger's address typed into our page receives no mail
ACCOUNT_SESSION_REMEMBER = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if SITE_IS_HTTPS else "headway_session"
CSRF_COOKIE_NAME = "__Host-csrf" if SITE_IS_HTTPS else "headway_csrf"

# --- Browser ------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SITE_IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SITE_IS_HTTPS
SECURE_SSL_REDIRECT = False  # the proxy that ends TLS redirects; see docs/operations.md
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if environment.switch("BEHIND_PROXY", default=False) else None
)
X_FRAME_OPTIONS = "DENY"

# plotly.js adds one <style> element and fills it through the CSSOM: only the empty text needs leave.
EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, EMPTY_STYLE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "/static/"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/plotly", Path(plotly.__file__).parent / "package_data"),
]
# The image build collects, hashes and compresses; `make run` serves the files where they are.
STATIC_IS_COLLECTED = environment.switch("STATIC_IS_COLLECTED", default=False)
STATIC_ROOT = BASE_DIR / "staticfiles" if STATIC_IS_COLLECTED else None
WHITENOISE_USE_FINDERS = not STATIC_IS_COLLECTED
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "portfolio.storage.HashedFiles"
        if STATIC_IS_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
COTTON_DIR = "cotton"

# --- Language and time -----------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Mail: files until an SMTP server is named -------------------------------------------

MAIL_SERVER = environment.mail("EMAIL_URL")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.text("MAIL_FROM", default=f"Headway <headway@{SITE_HOST}>")
if MAIL_SERVER:
    if SITE_IS_LOOPBACK:
        environment.refuse(
            f"EMAIL_URL is set while SITE_URL is {SITE_URL}: links in mail would lead nowhere. "
            "Set SITE_URL to the address people use."
        )
    vars().update(MAIL_SERVER)
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"

# --- API ------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "pilots.web.tokens.BearerTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["pilots.web.tokens.IsAuthenticatedWithinScope"],
    "DEFAULT_PAGINATION_CLASS": "pilots.web.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["pilots.web.filters.StrictFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["pilots.web.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "pilots.web.schema.HeadwaySchema",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS tells nothing: the schema does
    "EXCEPTION_HANDLER": "pilots.web.problems.answer_problem",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "NUM_PROXIES": 1 if environment.switch("BEHIND_PROXY", default=False) else 0,
}
# Our ApiToken stands in for knox's own model, whose migrations would lay a second, unused table.
MIGRATION_MODULES = {"knox": None}
KNOX_TOKEN_MODEL = "access.ApiToken"  # noqa: S105 -- the name of a model
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_MODEL": KNOX_TOKEN_MODEL,
    "TOKEN_PREFIX": "hw_",  # so that scanners and people know a leaked one
    "TOKEN_TTL": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Headway",
    "VERSION": "1",
    "DESCRIPTION": "Pilots, their history, the people who answer for them, and the funnel.",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "TAGS": [
        {"name": "me", "description": "The caller and how far their token reaches."},
        {"name": "programs", "description": "Families of pilots."},
        {"name": "members", "description": "Who is in which program, and as what."},
        {"name": "pilots", "description": "Log, find, edit and move pilots."},
        {"name": "owners", "description": "People and teams; a typed address receives no mail."},
        {"name": "ownerships", "description": "Who answers for what on which pilot."},
        {"name": "transitions", "description": "The history of stages, and its corrections."},
        {"name": "holds", "description": "Periods in which a pilot rests."},
        {"name": "plans", "description": "The dated way of a pilot to its users."},
        {"name": "phases", "description": "The stretches of a plan, and closing them."},
        {"name": "log", "description": "Check-ins and comments."},
        {"name": "decisions", "description": "Questions somebody has to settle, and what was decided."},
        {"name": "answers", "description": "What people answered by mail, for managers to confirm."},
        {"name": "funnel", "description": "How far pilots came."},
        {"name": "pace", "description": "How fast pilots move, and what is to be expected."},
        {"name": "events", "description": "Every change, to keep a copy in step."},
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "Basis": "kpis.api.codes.BASIS",
        "Commitment": "kpis.api.codes.COMMITMENT",
        "Direction": "kpis.api.codes.DIRECTION",
        "ReadingEntry": "kpis.api.codes.ENTRY",
        "BenefitFinding": "kpis.api.codes.FINDING",
        "KpiKind": "kpis.api.codes.KPI_KIND",
        "LedgerKind": "kpis.api.codes.LEDGER_KIND",
        "MoneyCategory": "kpis.api.codes.MONEY_CATEGORY",
        "MoneyPhase": "kpis.api.codes.MONEY_PHASE",
        "Provenance": "kpis.api.codes.PROVENANCE",
        "ReadingOutcome": "kpis.api.codes.READING_OUTCOME",
        "ReportKind": "kpis.api.codes.REPORT_KIND",
        "Verdict": "kpis.api.codes.VERDICT",
        "AnswerKind": "pilots.api.codes.ANSWER_KIND",
        "Area": "pilots.api.codes.AREA",
        "Audience": "pilots.api.codes.AUDIENCE",
        "BacktestOutcome": "pilots.api.codes.BECAME",
        "BacktestState": "pilots.api.codes.BACKTEST_STATE",
        "Cause": "pilots.api.codes.CAUSE",
        "Complexity": "pilots.api.codes.COMPLEXITY",
        "ConnectionKind": "pilots.api.codes.CONNECTION_KIND",
        "ConnectionState": "pilots.api.codes.CONNECTION_STATE",
        "EvidenceKind": "pilots.api.codes.EVIDENCE_KIND",
        "FieldKind": "pilots.api.codes.FIELD_KIND",
        "Gate": "pilots.api.codes.GATE",
        "Going": "pilots.api.codes.GOING",
        "Health": "pilots.api.codes.HEALTH",
        "HowBuilt": "pilots.api.codes.HOW_BUILT",
        "LogKind": "pilots.api.codes.LOG_KIND",
        "ModelTier": "pilots.api.codes.MODEL_TIER",
        "Origin": "pilots.api.codes.ORIGIN",
        "OwnerKind": "pilots.api.codes.OWNER_KIND",
        "OwnerRole": "pilots.models.ownership.OWNER_ROLE_CHOICES",
        "Pattern": "pilots.api.codes.PATTERN",
        "PhaseCode": "pilots.api.codes.PHASE_CODE",
        "PlanTemplate": "pilots.api.codes.PLAN_TEMPLATE",
        "Precision": "pilots.calendar.PRECISION_CHOICES",
        "ProgramRole": "pilots.access.models.program.ROLE_CHOICES",
        "Regime": "pilots.api.codes.REGIME",
        "RequirementState": "pilots.api.codes.REQUIREMENT_STATE",
        "Risk": "pilots.api.codes.RISK",
        "RolloutKind": "pilots.api.codes.ROLLOUT_KIND",
        "RolloutOutcome": "pilots.api.codes.ROLLOUT_OUTCOME",
        "RuleClass": "pilots.api.codes.RULE_CLASS",
        "ServingLocation": "pilots.api.codes.SERVING_LOCATION",
        "ServingPattern": "pilots.api.codes.SERVING_PATTERN",
        "Severity": "pilots.api.codes.SEVERITY",
        "PacedStage": "portfolio.api.pace.PACED_STAGES",
        "PathStage": "portfolio.api.funnel.STAGES",
        "Stage": "pilots.lifecycle.STAGE_CHOICES",
    },
}

# --- Logs ----------------------------------------------------------------------------------

LOGGING = logs.settings()
logs.configure_structlog()
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO  # a wrong address is not our fault
