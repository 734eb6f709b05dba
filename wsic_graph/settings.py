"""Settings, each of which can be given as an environment variable ``WSIC_*``."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What may differ from one installation to the next."""

    model_config = SettingsConfigDict(env_prefix="WSIC_", frozen=True)

    data_dir: Path = Field(
        Path("var"),
        description="Where the release, its dumps, the history of the records, the ledger, links and runs are kept.",
    )
    public_url: str = Field("http://127.0.0.1:8000", description="Address under which people reach the site.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 lets the system choose.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="What is logged, from this up; `info` has a line for each request."
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="Addresses of proxies whose X-Forwarded-For is believed, with commas between."
    )
    engine: str = Field("", description="Address of a running engine; `wsic serve` sets it for its processes.")
    cache_seconds: int = Field(300, ge=0, description="How long browsers and a CDN may keep an answer, in seconds.")
    page_rows: int = Field(10_000, ge=1, description="Most rows of a saved query in one answer; pages follow.")
    query_seconds: float = Field(10.0, gt=0, le=300, description="Deadline of a query, in seconds.")
    query_memory_mb: int = Field(1500, ge=200, description="Memory a query may add to that of the graph, in megabytes.")
    query_bytes: int = Field(20_000_000, ge=1_000_000, description="Largest answer, in bytes.")
    query_rows: int = Field(500_000, ge=1_000, description="Longest table, in rows.")
    query_length: int = Field(20_000, ge=100, description="Longest query text, in characters.")
    query_depth: int = Field(40, ge=5, description="Deepest nesting of brackets in a query.")
    query_places: int = Field(8, ge=1, description="Queries that may run at once.")
    client_places: int = Field(3, ge=1, description="Queries of one client that may run at once.")
    client_waiting: int = Field(20, ge=0, description="Queries of one client that may wait for a place.")
    client_connections: int = Field(200, ge=1, description="Connections that one client may have open.")
    client_seconds: float = Field(
        30.0, gt=0, description="How long a client may take to send a request, or the next part of an answer to arrive."
    )
    unread_mb: int = Field(200, ge=20, description="Answers that slow clients have yet to read, in megabytes in all.")
    query_cache_mb: int = Field(
        32,
        ge=0,
        description="Answers that a process remembers, in megabytes of queries and of pages.",
    )
    calculation_places: int = Field(2, ge=1, description="Calculations that may run at once.")
    calculation_seconds: float = Field(20.0, gt=0, le=300, description="Deadline of a calculation, in seconds.")
    service_endpoints: tuple[str, ...] = Field((), description="Endpoints that SERVICE may call, as a JSON list.")
    links_mb: int = Field(50, ge=1, description="Most that the short links of queries may take on disk, in megabytes.")
    links_per_hour: int = Field(60, ge=1, description="New short links that one client may make in an hour.")
    runs_mb: int = Field(500, ge=1, description="Most that the kept runs of the calculator may take, in megabytes.")
    runs_per_hour: int = Field(60, ge=1, description="New runs that one client may keep in an hour.")
    dumps_kept: int = Field(
        10, ge=1, description="Versions whose files are kept for download, the newest; those of the release always are."
    )
    registration: bool = Field(True, description="Whether people can make accounts of contributors by themselves.")
    mail_host: str = Field(
        "", description="Mail server to send by; without one, messages are files in `WSIC_DATA_DIR/mail`."
    )
    mail_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    mail_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the mail server is spoken to: `starttls`, `tls` from the start, or `none`."
    )
    mail_user: str = Field("", description="User name at the mail server, if it wants one.")
    mail_password_file: Path | None = Field(None, description="File with the password at the mail server.")
    mail_from: str = Field("wsic@localhost", description="Address that messages come from.")
    oidc_issuer: str = Field(
        "", description="OpenID Connect provider where people can sign in, by the address of its issuer."
    )
    oidc_client_id: str = Field("", description="What this site is called at that provider.")
    oidc_client_secret_file: Path | None = Field(None, description="File with this site's secret at that provider.")
    oidc_name: str = Field("your organisation", description="What the provider is called on the sign-in page.")
    plans_mb: int = Field(200, ge=1, description="Most that the kept plans may take on disk, in megabytes.")
    plans_per_hour: int = Field(600, ge=1, description="Versions of plans that one client may keep in an hour.")
    sparql_endpoint: str = Field("", description="Query address of a remote SPARQL 1.1 engine to use, if any.")
    sparql_graph_store: str = Field("", description="Graph store address of that engine, for `wsic publish`.")
    sparql_user: str = Field("", description="User name at that engine.")
    sparql_password: SecretStr = Field(SecretStr(""), description="Password at that engine.")
    sparql_token: SecretStr = Field(SecretStr(""), description="Bearer token at that engine, instead of a user name.")
    sparql_union: bool = Field(
        False, description="Trust the default graph of that engine to be the union of its graphs; do not name them."
    )

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, address: str) -> str:
        """So that paths can be written behind it."""
        return address.rstrip("/")

    @field_validator("oidc_issuer")
    @classmethod
    def _safe_issuer(cls, address: str) -> str:
        """Who hears what the provider says could be anybody who they like, so it is heard in secret."""
        here = re.match(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/|$)", address)
        if address and not address.startswith("https://") and not here:
            raise ValueError("the address of the issuer starts with https://")
        return address

    @property
    def release_dir(self) -> Path:
        """Folder of the built release."""
        return self.data_dir / "release"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read from the environment once."""
    return Settings()
