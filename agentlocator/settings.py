"""Every setting of the installation, read top to bottom.

An empty environment works: practice mode, embedded services, loopback only. `.env.example` lists the
variables. Outside DEBUG a missing secret stops start-up by name; `agentlocator.checks` explains the rest.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from agentlocator.runtime import paths, services
from agentlocator.runtime.environment import Env
from agentlocator.runtime.local_secret import local_secret
from agentlocator.static_files import theme_sheets

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
Env.read_env(BASE_DIR / ".env")


def _url(name: str, value: str, schemes: tuple[str, ...]) -> str:
    parts = urlsplit(value)
    if parts.scheme not in schemes or not (parts.netloc or parts.path):
        raise ImproperlyConfigured(
            f"{name} must be an address starting with {' or '.join(s + '://' for s in schemes)}."
        )
    return value.rstrip("/")


# --- The installation -------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", True)
PORT = env.int("PORT", 8000)
PUBLIC_URL = _url("PUBLIC_URL", env.str("PUBLIC_URL", "") or f"http://localhost:{PORT}", ("http", "https"))
SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured("SECRET_KEY must be set when DEBUG is off.")
    SECRET_KEY = local_secret(paths.data_dir() / "secret_key")
SALT_KEY = [SECRET_KEY[:32]]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or [
    urlsplit(PUBLIC_URL).hostname or "localhost",
    "localhost",
    "127.0.0.1",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "agentlocator.errors.form_out_of_date"
RUN_MIGRATIONS_ON_START = env.bool("RUN_MIGRATIONS_ON_START", True)
ROLE = env.str("ROLE", "") or "all"  # all | web | media | worker: which part of the product this process is
DRAIN_SECONDS = env.int("DRAIN_SECONDS", 120)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # empty: /metrics answers private networks only

# --- Applications -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    # Gives runserver WebSockets; other programs need not load Twisted.
    *(["daphne"] if sys.argv[1:2] == ["runserver"] else []),
    "agentlocator",
    "whatsapp",
    "calls",
    "booking",
    "faq",
    "crm",
    "unfold",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "encrypted_fields",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "csp",
    "django_htmx",
    "template_partials",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "agentlocator.middleware.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "agentlocator.middleware.LanguageMiddleware",
    "agentlocator.middleware.FragmentSignInMiddleware",
    "crm.middleware.BusinessMiddleware",
    "agentlocator.middleware.PlainTextMiddleware",
    "agentlocator.history.actor.ActorMiddleware",
    "agentlocator.middleware.SettingsNeedBusinessMiddleware",
    "agentlocator.middleware.BusinessClockMiddleware",
    "agentlocator.middleware.BadgesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "agentlocator.urls"
ASGI_APPLICATION = "agentlocator.asgi.application"
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
                "agentlocator.context.product",
            ],
            "builtins": ["crm.templatetags.form_tokens"],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Accounts ---------------------------------------------------------------------------------------
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
AUTHENTICATION_BACKENDS = ["agentlocator.accounts.backends.HouseBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SIGN_UP_OPEN = env.bool("SIGN_UP_OPEN", DEBUG)  # whether anybody may open a business here
# Behind https stands a proxy of ours (see SECURE_PROXY_SSL_HEADER): limits count what it saw, not the proxy itself.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if PUBLIC_URL.startswith("https://") else 0
ACCOUNT_ADAPTER = "agentlocator.accounts.adapter.HouseAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody gets letters from us by being named in a form
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of passwords, addresses and second factors; `accounts.notices` has the words
ACCOUNT_RATE_LIMITS = {
    "login": "100/m/ip",  # a whole office behind one address in the morning; guessing is held by the next line
    "login_failed": "10/m/ip,5/15m/key",
}
ACCOUNT_FORMS = {
    "login": "agentlocator.accounts.forms.SignInForm",
    "signup": "agentlocator.accounts.forms.SignUpForm",
    "reset_password": "agentlocator.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "agentlocator.accounts.forms.NewPasswordForm",
    "change_password": "agentlocator.accounts.forms.ChangePasswordForm",
    "set_password": "agentlocator.accounts.forms.SetPasswordForm",
    "add_email": "agentlocator.accounts.forms.EmailForm",
    "reauthenticate": "agentlocator.accounts.forms.ConfirmPasswordForm",
}
MFA_ADAPTER = "agentlocator.accounts.adapter.HouseMFAAdapter"
MFA_TOTP_ISSUER = "AgentLocator"
MFA_TOTP_TOLERANCE = 1  # telephones' clocks differ; a code counts for half a minute more on either side
MFA_FORMS = {
    "authenticate": "agentlocator.accounts.forms.SecondFactorForm",
    "reauthenticate": "agentlocator.accounts.forms.ConfirmFactorForm",
    "activate_totp": "agentlocator.accounts.forms.ActivateFactorForm",
}

# --- E-mail -----------------------------------------------------------------------------------------
_email_url = env.str("EMAIL_URL", "") or ("consolemail://" if DEBUG else "")
EMAIL_READY = bool(_email_url)  # without a mail server invitations and lost passwords say so
MFA_ALLOW_UNVERIFIED_EMAIL = not EMAIL_READY  # where no letter is sent no address can be confirmed
try:
    _email = env.email_url_config(_email_url or "dummymail://")
except Exception as error:
    raise ImproperlyConfigured(
        "EMAIL_URL must be an address such as smtp+tls://user:password@mail.example.com:587."
    ) from error
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email["EMAIL_HOST"] or "localhost"
EMAIL_PORT = _email["EMAIL_PORT"] or 25
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = bool(_email.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(_email.get("EMAIL_USE_SSL"))
EMAIL_FILE_PATH = _email["EMAIL_FILE_PATH"] or None
EMAIL_TIMEOUT = 10  # seconds a page waits for the mail server
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "") or f"AgentLocator <no-reply@{urlsplit(PUBLIC_URL).hostname}>"

# --- Database and broker ----------------------------------------------------------------------------
DATABASE_URL = services.database_url()
REDIS_URL = services.redis_url()
if not DATABASE_URL.startswith(("postgres://", "postgresql://")):
    raise ImproperlyConfigured("DATABASE_URL must be a postgres:// address; no other database is supported.")
try:
    _database: dict[str, Any] = dict(env.db_url_config(DATABASE_URL))
except Exception as error:
    raise ImproperlyConfigured("DATABASE_URL must be an address such as postgres://user:password@host/name.") from error
_database |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
_database.setdefault("OPTIONS", {})
if env.bool("DATABASE_POOL", ROLE in ("all", "web", "media")):
    # A thread per request under ASGI: kept connections run the server out of them (stack.md 7.6).
    _database["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 10, "timeout": 10}
DATABASES = {"default": _database}
_url("REDIS_URL", REDIS_URL, ("redis", "rediss", "unix"))
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py's 5 s default ends a consumer that merely waits.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}]},
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# --- Celery -----------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "unacked_restore_throttle": 1}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 120
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "wrap-up-forgotten-calls": {"task": "calls.tasks.wrap_up_forgotten_calls", "schedule": 30.0},
    "close-forgotten-calls": {"task": "calls.tasks.close_forgotten_calls", "schedule": 30.0},
    "fetch-waiting-recordings": {"task": "calls.tasks.fetch_waiting_recordings", "schedule": 30.0},
    "delete-old-recordings": {"task": "calls.tasks.delete_old_recordings", "schedule": 3600.0},
    "deliver-news": {"task": "crm.tasks.deliver_news", "schedule": 30.0},
    "forget-old-merges": {"task": "agentlocator.tasks.forget_old_merges", "schedule": 3600.0},
    "forget-imports": {"task": "crm.tasks.forget_imports", "schedule": 300.0},
    "forget-old-answers": {"task": "booking.tasks.forget_old_answers", "schedule": 3600.0},
    "deliver-messages": {"task": "whatsapp.tasks.sweep_deliveries", "schedule": 30.0},
    "fetch-message-files": {"task": "whatsapp.tasks.sweep_files", "schedule": 30.0},
    "send-due-flows": {"task": "whatsapp.tasks.send_due_flows", "schedule": 30.0},
    "notice-idle-conversations": {"task": "whatsapp.tasks.notice_idle_conversations", "schedule": 300.0},
    "release-left-conversations": {"task": "whatsapp.tasks.release_left_conversations", "schedule": 60.0},
    "answer-waiting": {"task": "whatsapp.tasks.answer_waiting", "schedule": 30.0},
    "settle-runs": {"task": "whatsapp.tasks.settle_runs", "schedule": 30.0},
    "reconcile-bridge": {"task": "whatsapp.tasks.reconcile_bridge", "schedule": 300.0},
    "release-holds": {"task": "booking.tasks.release_holds", "schedule": 30.0},
}

# --- Language and time ------------------------------------------------------------------------------
LANGUAGE_CODE = "he"
LANGUAGES = [("he", _("Hebrew")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["agentlocator.formats"]
TIME_ZONE = "Asia/Jerusalem"
USE_TZ = True

# --- Files ------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = paths.data_dir() / "static"
STATICFILES_DIRS = [BASE_DIR / "static", theme_sheets()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "agentlocator.static_files.HouseStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = paths.data_dir() / "media"
FILE_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024  # what an import accepts never touches the disk

# --- Security ---------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
if PUBLIC_URL.startswith("https://"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$", r"^webhook/"]
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
# unfold is built on Alpine, which evaluates expressions; only pages under /admin/ get this.
ADMIN_CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": CONTENT_SECURITY_POLICY["DIRECTIVES"]
    | {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
}
# The API's own documentation page styles itself; its script is an address of its own.
DOCS_CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": CONTENT_SECURITY_POLICY["DIRECTIVES"] | {"style-src": [SELF, UNSAFE_INLINE]}
}

# --- The voice and text provider --------------------------------------------------------------------
OPENAI_API_KEY = env.str("OPENAI_API_KEY", "")
OPENAI_BASE_URL = _url(
    "OPENAI_BASE_URL", env.str("OPENAI_BASE_URL", "") or "https://api.openai.com/v1", ("http", "https")
)
OPENAI_REALTIME_MODEL = env.str("OPENAI_REALTIME_MODEL", "") or "gpt-realtime-2.1"
OPENAI_TEXT_MODEL = env.str("OPENAI_TEXT_MODEL", "") or "gpt-6-luna"
_chosen = [model for model in env.list("OPENAI_TRANSCRIBE_MODELS", default=[]) if model]
OPENAI_TRANSCRIBE_MODELS = _chosen or ["gpt-transcribe", "gpt-4o-transcribe"]
OPENAI_EMBEDDING_MODEL = env.str("OPENAI_EMBEDDING_MODEL", "") or "text-embedding-3-small"
OPENAI_VOICE = env.str("OPENAI_VOICE", "") or "marin"
PRACTICE_MODE = not OPENAI_API_KEY  # no key: the local stand-in answers, and every page says so

# --- The carrier ------------------------------------------------------------------------------------
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", "")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", "")
TWILIO_API_BASE_URL = env.str("TWILIO_API_BASE_URL", "")
if TWILIO_API_BASE_URL:
    TWILIO_API_BASE_URL = _url("TWILIO_API_BASE_URL", TWILIO_API_BASE_URL, ("http", "https"))

# --- WhatsApp and its assistant ---------------------------------------------------------------------
AGENTS_ENABLED = env.bool("AGENTS_ENABLED", False)
BAILEYS_BASE_URL = env.str("BAILEYS_BASE_URL", "")
if BAILEYS_BASE_URL:
    BAILEYS_BASE_URL = _url("BAILEYS_BASE_URL", BAILEYS_BASE_URL, ("http", "https"))
BAILEYS_API_KEY = env.str("BAILEYS_API_KEY", "")
BAILEYS_HOOK_KEY = env.str("BAILEYS_HOOK_KEY", "")
if DEBUG and not BAILEYS_BASE_URL:  # the bridge is this checkout's own
    BAILEYS_API_KEY = BAILEYS_API_KEY or local_secret(paths.data_dir() / "baileys_api_key")
    BAILEYS_HOOK_KEY = BAILEYS_HOOK_KEY or local_secret(paths.data_dir() / "baileys_hook_key")
# What `manage.py up` links the bridge to: real | practice (the stand-in network) | off (no bridge)
WHATSAPP_NETWORK = env.str("WHATSAPP_NETWORK", "") or ("practice" if DEBUG and not BAILEYS_BASE_URL else "real")
WA_NETWORK_URL = env.str("WA_NETWORK_URL", "")  # where the stand-in network is; empty: WhatsApp itself
BAILEYS_API_KEY_NEXT = env.str("BAILEYS_API_KEY_NEXT", "")  # while keys are changed both are taken
BAILEYS_HOOK_KEY_NEXT = env.str("BAILEYS_HOOK_KEY_NEXT", "")

# --- Calls ------------------------------------------------------------------------------------------
AI_MAX_WORDS_FIRST_REPLY = env.int("AI_MAX_WORDS_FIRST_REPLY", 24)
MIN_UTT_SEC = env.float("MIN_UTT_SEC", 0.25)
VAD_THRESHOLD = env.float("VAD_THRESHOLD", 0.6)
VAD_SILENCE_MS = env.int("VAD_SILENCE_MS", 500)
BARGE_IN_RMS = env.int("BARGE_IN_RMS", 260)
ASYNC_LOG_QUEUE = env.bool("ASYNC_LOG_QUEUE", True)
MAX_CALLS = env.int("MAX_CALLS", 200)  # per media process; one more hears that all lines are busy

# --- REST -------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "rest_framework.views.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "AgentLocator",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    # A name for each set of choices: several rows have a `status`, and a lead's `source` is a medium.
    "ENUM_NAME_OVERRIDES": {
        "MediumEnum": "crm.models.Medium",
        "AppointmentStatusEnum": "booking.models.Appointment.Status",
        "LeadStatusEnum": "crm.models.Lead.Status",
        "CallStatusEnum": "calls.models.CallSession.Status",
    },
}

# --- Logging ----------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", "") or "INFO"
if LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR"):
    raise ImproperlyConfigured("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_pii": {"()": "agentlocator.logs.NoPii"}},
    "formatters": {"line": {"()": "agentlocator.logs.LineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_pii"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},  # Django's own handlers repeat each line, without our formatter
        "fontTools": {"level": "WARNING"},  # names the letters of every document that it draws
        "httpx2": {"level": "WARNING"},
        "openai": {"level": "WARNING"},
        # A line for every connection and every received task says nothing that ours do not.
        "celery.worker.strategy": {"level": "WARNING"},
        "picows": {"level": "WARNING"},
        "uvicorn.error": {"level": "WARNING"},
    },
}

# --- The admin's look -------------------------------------------------------------------------------
from agentlocator.unfold_settings import UNFOLD as UNFOLD  # noqa: E402  # kept apart: navigation and colours
