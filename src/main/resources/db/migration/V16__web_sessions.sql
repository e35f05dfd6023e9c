-- Who has signed in to the page. Of the cookie and of the auth token only hashes are kept; a session is worth what its token is.
create table web_sessions (
    id_hash    bytea primary key, -- SHA-256 of the cookie
    token_hash bytea not null,    -- as in auth_tokens
    expires_at timestamptz not null
);
